"""Before a file is sent, its owner may see how many of its records stand alone, and by which attributes."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amana.codebook.records import Records
from amana.validation.risk import Combination, Picture, Risk

KEYS = ("SEX", "AGE", "CITIZENSHIP")


def block(rows: list[tuple[int, ...]], names: tuple[str, ...] = KEYS) -> Records:
    columns = {name: np.array([row[place] for row in rows], dtype=np.int16) for place, name in enumerate(names)}
    return Records("VICTIMS", "MAR", "2022", columns, {}, None, {}, frozenset(names))


def picture(*blocks: Records, keys: tuple[str, ...] = KEYS, least_count: int = 3, together: int = 2) -> Risk:
    looked = Picture(keys)
    for one in blocks:
        looked.add(one)
    return looked.risk(least_count, together)


def test_a_record_that_no_other_resembles_is_counted_with_what_gives_it_away():
    #                  SEX AGE CITIZENSHIP
    rows = [(0, 1, 4), (0, 1, 4), (0, 1, 4), (0, 2, 4), (1, 1, 4)]
    told = picture(block(rows))
    assert (told.records, told.keys, told.unique, told.rare) == (5, KEYS, 2, 2)
    assert told.worst[0] == Combination(("SEX", "AGE"), unique=2, rare=2)
    assert Combination(("SEX",), unique=1, rare=1) in told.worst
    assert all(one.variables != ("CITIZENSHIP",) for one in told.worst), "what singles nobody out is not named"


def test_blocks_are_one_file():
    assert picture(block([(0, 1, 4)]), block([(0, 1, 4)]), block([(0, 1, 4)])).rare == 0


def test_only_what_the_file_holds_is_looked_at():
    told = picture(block([(0, 1)], ("SEX", "AGE")))
    assert (told.keys, told.unique) == (("SEX", "AGE"), 1)


def test_a_file_without_keys_or_without_records_has_no_risk_to_show():
    assert picture(block([(7,)], ("ROUTE",))) == Risk(1, 3, (), 0, 0, ())
    assert picture() == Risk(0, 3, (), 0, 0, ())
    assert picture(block([])) == Risk(0, 3, KEYS, 0, 0, ())


people = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 300)), min_size=1, max_size=40)


@given(people, st.integers(1, 39))
def test_the_picture_is_that_of_an_obvious_count(rows: list[tuple[int, ...]], cut: int):
    told = picture(block(rows[:cut]), block(rows[cut:]), together=3)
    for size in (1, 2, 3):
        for places in combinations(range(3), size):
            seen = Counter(tuple(row[place] for place in places) for row in rows)
            unique, rare = sum(n == 1 for n in seen.values()), sum(n for n in seen.values() if n < 3)
            if size == 3:
                assert (told.unique, told.rare) == (unique, rare)
            expected = Combination(tuple(KEYS[place] for place in places), unique, rare)
            assert (expected in told.worst) == (rare > 0)

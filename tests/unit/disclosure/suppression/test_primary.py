"""What is hidden before anything is hidden for its sake, and what may not: by groups, past releases, other prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import audit
from amana.disclosure.suppression.at_once.method import suppress_at_once
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import by_group
from amana.disclosure.table import Insider, KnownFigure, Publication, RawTable, Rule, Status
from support.drawn import drawn, raw

LARGE = """
            | _T |  F |  M |  O
    _T      | 90 | 30 | 30 | 30
    a       | 30 | 10 | 10 | 10
    b       | 30 | 10 | 10 | 10
    c       | 30 | 10 | 10 | 10 """
RULE = Rule(5, zeros_hidden=True, coalition=0)


Hide = Callable[..., Candidate]


@pytest.fixture(params=[suppress_at_once, suppress_in_turn])
def hidden(request: pytest.FixtureRequest) -> Hide:
    """Both ways of hiding begin with the same."""

    def hide(table: RawTable, rule: Rule = RULE, **more: Sequence[object]) -> Candidate:
        return request.param(table, rule, Random(1), **more)

    return hide


def published(text: str) -> Publication:
    one = drawn(text)
    return Publication((one.cube,), {"drawn": one.values}, {"drawn": one.status}, 5, zeros_hidden=True)


def test_where_all_is_large_all_is_shown(hidden: Hide):
    assert (hidden(raw(drawn(LARGE))).status["drawn"] == Status.SHOWN).all()


def test_a_figure_of_one_event_is_hidden_with_others_however_large(hidden: Hide):
    table = raw(drawn(LARGE))
    lone = np.zeros((4, 4), dtype=np.bool_)
    lone[2, 2] = True
    status = hidden(replace(table, lone={"drawn": lone})).status["drawn"]
    assert status[2, 2] == Status.HIDDEN
    assert ((status[1:, 1:] == Status.HIDDEN).sum(axis=0) != 1).all()
    assert ((status[1:, 1:] == Status.HIDDEN).sum(axis=1) != 1).all()


def test_what_was_hidden_once_stays_hidden_and_what_was_shown_unchanged_stays_shown(hidden: Hide):
    before = """
            | _T |  F |  M |  O
    _T      | 90 | 30 | 30 | 30
    a       | 30 | 10 | 10 | 10
    b       | 30 |  x |  x | 10
    c       | 30 |  x |  x | 10 """
    status = hidden(raw(drawn(LARGE)), past=[published(before)]).status["drawn"]
    assert (status[2:, 1:3] == Status.HIDDEN).all()
    assert (status[:2] == Status.SHOWN).all()


def test_a_figure_that_changed_by_one_is_hidden_and_may_be_what_it_was(hidden: Hide):
    changed = """
            | _T |  F |  M |  O
    _T      | 90 | 30 | 30 | 30
    a       | 30 | 10 | 10 | 10
    b       | 30 | 11 |  9 | 10
    c       | 30 |  9 | 11 | 10 """
    status = hidden(raw(drawn(changed)), past=[published(LARGE)]).status["drawn"]
    assert (status[2:, 1:3] == Status.HIDDEN).all()


SMALL = """
            | _T |  F |  M |  O
    _T      | 83 | 23 | 30 | 30
    a       | 23 |  3 | 10 | 10
    b       | 30 | 10 | 10 | 10
    c       | 30 | 10 | 10 | 10 """


def test_a_printed_figure_is_hidden_and_hides_nothing(hidden: Hide):
    key = frozenset({("ROW", "a"), ("COL", "F")})
    status = hidden(raw(drawn(SMALL)), known=[KnownFigure(key, 3, "report")]).status["drawn"]
    assert [tuple(index) for index in np.argwhere(status == Status.HIDDEN)] == [(1, 1)]


def test_a_figure_printed_of_something_else_changes_nothing(hidden: Hide):
    table, key = raw(drawn(SMALL)), frozenset({("ROW", "z")})
    status = hidden(table, known=[KnownFigure(key, 3, "report")]).status["drawn"]
    assert np.array_equal(status, hidden(table).status["drawn"])
    assert (status == Status.HIDDEN).sum() > 1


def test_a_complement_that_was_another_figure_may_still_be_that(hidden: Hide):
    """All figures were twice as large then: whatever is hidden beside the three has to reach twenty again."""
    before = """
            | _T  |  F |  M |  O
    _T      | 166 | 46 | 60 | 60
    a       |  46 |  6 | 20 | 20
    b       |  60 | 20 | 20 | 20
    c       |  60 | 20 | 20 | 20 """
    status = hidden(raw(drawn(SMALL)), past=[published(before)]).status["drawn"]
    assert status[1, 1] == Status.HIDDEN
    assert (status == Status.HIDDEN).sum() > 1


def test_who_knows_the_figures_of_then_learns_no_small_one_of_now(hidden: Hide):
    """Nearly everything has changed, up and down: what is hidden may be what it was, or surely is nothing near it."""
    before = """
            | _T  |  F  |  M  |  O
    _T      | 240 |  79 |  72 |  89
    a       | 103 |  54 |  12 |  37
    b       |  89 |  10 |  60 |  19
    c       |  48 |  15 |  -- |  33 """.replace("--", "x ")
    now = """
            | _T  |  F  |  M  |  O
    _T      | 222 |  75 |  75 |  72
    a       | 102 |  60 |  12 |  30
    b       |  75 |   3 |  60 |  12
    c       |  45 |  12 |   3 |  30 """
    then, table = published(before), raw(drawn(now))
    found = hidden(table, past=[then])
    page = Publication(table.cubes, found.values, found.status, 5, zeros_hidden=True)
    assert audit([then, page]).passed
    assert found.status["drawn"][3, 2] == Status.HIDDEN


def test_what_was_published_of_other_persons_changes_nothing(hidden: Hide):
    other = drawn("| _T | F\nDZA | 30 | 30", name="other")
    page = Publication((other.cube,), {"other": other.values}, {"other": other.status}, 5, zeros_hidden=True)
    status = hidden(raw(drawn(SMALL)), past=[page]).status["drawn"]
    assert np.array_equal(status, hidden(raw(drawn(SMALL))).status["drawn"])


AREAS = """
            | _T |  F |  M
    _T      | 66 | 33 | 33
    MAR     | 20 | 10 | 10
    TUN     | 20 | 10 | 10
    EGY     | 26 | 13 | 13 """


def by_area(text: str) -> RawTable:
    table = raw(drawn(text, ("REF_AREA", "SEX")))
    insiders = []
    for place, name in enumerate(("MAR", "TUN", "EGY"), 1):
        own = np.zeros_like(table.counts["drawn"])
        own[[0, place]] = table.counts["drawn"][place]
        insiders.append(Insider(name, committee=True, counts={"drawn": own}))
    return replace(table, insiders=tuple(insiders))


FEW = AREAS.replace("TUN     | 20 | 10 | 10", "TUN     | 10 |  0 | 10").replace("66 | 33", "56 | 23")


def test_a_regional_figure_of_which_two_parts_are_hidden_is_hidden_too(hidden: Hide):
    status = hidden(by_area(FEW), Rule(5, zeros_hidden=True, coalition=1)).status["drawn"]
    assert status[2, 1] == Status.HIDDEN
    behind = ((status[1:, 1] == Status.HIDDEN) & (by_area(FEW).counts["drawn"][1:, 1] > 0)).sum()
    assert status[0, 1] == Status.HIDDEN or behind in {0, 3}


def test_where_nobody_counts_committees_it_may_be_shown():
    status = suppress_at_once(by_area(FEW), RULE, Random(1)).status["drawn"]
    assert status[2, 1] == Status.HIDDEN
    assert status[0, 1] == Status.SHOWN


def test_two_committees_that_are_everybody_learn_nothing_from_each_other():
    few = raw(drawn("| _T | F | M\n_T | 40 | 23 | 17\nMAR | 20 | 3 | 17\nTUN | 20 | 20 | 0", ("REF_AREA", "SEX")))
    insiders = tuple(
        Insider(name, committee=True, counts={"drawn": few.counts["drawn"][[place] * 3] * np.eye(3, dtype=int)[[0]].T})
        for place, name in ((1, "MAR"), (2, "TUN"))
    )
    rule = Rule(5, zeros_hidden=True, coalition=2)
    candidate = suppress_at_once(replace(few, insiders=insiders), rule, Random(1))
    assert candidate.status["drawn"][1, 1] == Status.HIDDEN


def test_a_cube_without_areas_shows_no_figure_of_two_committees_only(hidden: Hide):
    table = raw(drawn("| _T | F | M\n_T | 66 | 33 | 33\na | 33 | 17 | 16\nb | 33 | 16 | 17"))
    own = np.array([[4, 2, 2], [2, 1, 1], [2, 1, 1]])
    two = [Insider(name, committee=True, counts={"drawn": own}) for name in ("MAR", "TUN")]
    rule = Rule(5, zeros_hidden=True, coalition=1)
    assert (hidden(replace(table, insiders=tuple(two)), rule).status["drawn"] == Status.HIDDEN).all()


def test_a_row_of_one_category_only_is_hidden_where_zeros_are_published(hidden: Hide):
    rows = """
            | _T |  F |  M |  O
    _T      | 90 | 50 | 20 | 20
    a       | 30 | 30 |  0 |  0
    b       | 30 | 10 | 10 | 10
    c       | 30 | 10 | 10 | 10 """
    shown = Rule(5, zeros_hidden=False, coalition=0)
    assert (hidden(raw(drawn(rows)), shown).status["drawn"] == Status.SHOWN).all()
    assert (hidden(raw(drawn(rows)), replace(RULE)).status["drawn"][1, 1:] == Status.HIDDEN).all()


def test_a_sensitive_category_that_a_whole_row_has_is_hidden_where_zeros_are_published(hidden: Hide):
    rows = """
            | _T |  F |  M |  O
    _T      | 90 | 50 | 20 | 20
    a       | 30 | 30 |  0 |  0
    b       | 30 | 10 | 10 | 10
    c       | 30 | 10 | 10 | 10 """
    rule = Rule(5, zeros_hidden=False, coalition=0, sensitive=frozenset({"COL"}))
    status = hidden(raw(drawn(rows)), rule).status["drawn"]
    assert status[1, 1] == Status.HIDDEN
    assert (status == Status.HIDDEN).sum() > 1


OLDER = drawn("|_T|X|Y\n_T|90|6|84\na|30|2|28\nb|30|2|28\nc|30|2|28", ("REF_AREA", "PLACE"), "places")


def test_nothing_of_a_table_that_stands_is_small(hidden: Hide):
    """It was published where fewer persons were enough; hiding more of it takes nothing back."""
    stands = replace(raw(drawn(LARGE, ("REF_AREA", "SEX"), "sexes"), OLDER), standing=frozenset({"places"}))
    page = Publication((OLDER.cube,), {"places": OLDER.values}, {"places": OLDER.status}, 2, zeros_hidden=False)
    found = hidden(stands, past=[replace(page, revised=frozenset())])
    assert (found.status["places"] == Status.SHOWN).all()
    assert (found.status["sexes"] == Status.SHOWN).all()
    assert [cube.id for cube in stands.released] == ["sexes"]


def test_nor_is_a_sum_in_it_hidden_because_few_of_its_parts_are():
    table = raw(OLDER, insiders=[Insider("a", True, {"places": OLDER.values * [[0], [1], [0], [0]]})])
    system, one = link(table), np.zeros(len(link(table).truth), dtype=np.bool_)
    one[system.numbers["places"][1, 1]] = True
    few = Rule(5, zeros_hidden=True, coalition=1)
    assert set(by_group(table, few, system, one)) == {system.numbers["places"][0, 1]}
    assert not len(by_group(replace(table, standing=frozenset({"places"})), few, system, one))

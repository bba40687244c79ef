"""Whose change some of those who revised put together, against all that can be said of each single person's change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.disclosure.checker.page import Page
from amana.disclosure.checker.steps import followed
from amana.disclosure.suppression.in_turn.changes import TurnOfWhoRevised, changes
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import AREA, Axis, Cube, Insider, Key, Node, Publication, RawTable, Rule, Status

WHO = "ABCD"  # all of whom have revised; E has not
CODES: Mapping[str, str] = {AREA: WHO + "E", "SEX": "FM", "AGE": "YO"}
PERSONS = [dict(zip(CODES, each, strict=True)) for each in product(*CODES.values())]


def axis(dim: str) -> Axis:
    nodes = (Node("_T", None), *(Node(code, (dim, code)) for code in CODES[dim]))
    return Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),))


CUBES = tuple(Cube("-".join(dims), tuple(map(axis, dims))) for dims in ((AREA, "SEX"), (AREA, "AGE"), ("SEX", "AGE")))
CELLS = [(cube.id, index, cube.cell_key(index)) for cube in CUBES for index in cube.indices()]
KEYS = list(dict.fromkeys(key for _, _, key in CELLS))


def row(key: Key) -> np.ndarray:
    """Return of what single changes a change is the sum: (persons,) 0 or 1; E's is none."""
    return np.array([all(who[dim] == code for dim, code in key) and who[AREA] in WHO for who in PERSONS], dtype=float)


def follows(known: np.ndarray, asked: np.ndarray) -> bool:
    return bool(np.linalg.matrix_rank(np.vstack([known, asked])) == np.linalg.matrix_rank(known))


def place(code: str, key: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return where a cell is found first: by sex or age of one committee, or by both of all together."""
    if len(key) > 1:
        return "SEX-AGE", (key["SEX"], key["AGE"])
    dim = "AGE" if "AGE" in key else "SEX"
    return f"{AREA}-{dim}", (code, key.get(dim, "_T"))


def expected(told: Collection[Key], nobody: Collection[Key], coalition: int) -> set[tuple[str, tuple[str, ...]]]:
    """Return whose changes, and of whom, so many of those who revised know by adding up what is told and their own."""
    rows = [row(key) for key in told]
    single = np.eye(len(PERSONS))
    rows += [
        single[at] for at, who in enumerate(PERSONS) for key in nobody if all(who[dim] == code for dim, code in key)
    ]
    base = np.array([np.zeros(len(PERSONS)), *rows])
    found = set()
    for some in combinations(WHO, coalition):
        theirs = np.vstack([base, single[[who[AREA] in some for who in PERSONS]]])
        for code in set(WHO) - set(some):
            for key in {frozenset(pair for pair in each if pair[0] != AREA) for each in KEYS}:
                asked = row(key | {(AREA, code)})
                if follows(theirs, asked) and not follows(base, asked):
                    found.add(place(code, dict(key)))
    return found


@given(
    st.sets(st.sampled_from(KEYS)),
    st.sets(st.sampled_from([key for key in KEYS if AREA in dict(key)]), max_size=4),
    st.sampled_from((1, 2)),
)
@settings(max_examples=60, deadline=None)
def test_what_several_follow_is_what_adds_up(told: set[Key], none: set[Key], coalition: int) -> None:
    none = {key for key in none if dict(key)[AREA] in WHO}
    shape = {cube.id: np.zeros(cube.shape, dtype=np.int64) for cube in CUBES}
    page = Publication(
        CUBES, shape, {name: each.astype(np.uint8) + Status.SHOWN for name, each in shape.items()}, 5, True
    )
    numbers = Page([page])
    flags = np.zeros(numbers.cells, dtype=np.bool_)
    for _, cube, grid in numbers.grids:
        for index in cube.indices():
            flags[grid[index]] |= cube.cell_key(index) in told | none
    nobody = {code: [key - {(AREA, code)} for key in none if (AREA, code) in key] for code in WHO}
    assert set(followed(page, flags, nobody, coalition)) == expected(told | none, none, coalition)


def counted(rng: np.random.Generator) -> RawTable:
    """Draw up to two persons of each kind, and what each committee knows of them."""
    persons = {tuple(who.values()): int(rng.integers(0, 3)) for who in PERSONS}

    def cells(some: Collection[str]) -> dict[str, np.ndarray]:
        found = {cube.id: np.zeros(cube.shape, dtype=np.int64) for cube in CUBES}
        for name, index, key in CELLS:
            held = (dict(zip(CODES, who, strict=True)) for who in persons if who[0] in some)
            found[name][index] = sum(
                persons[tuple(who.values())] for who in held if all(who[dim] == code for dim, code in key)
            )
        return found

    absent = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in CUBES}
    return RawTable(CUBES, cells(CODES[AREA]), absent, tuple(Insider(code, True, cells(code)) for code in CODES[AREA]))


@pytest.mark.parametrize("seed", range(12))
def test_after_the_turn_of_who_revised_nothing_adds_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = counted(rng)
    system, rule = link(table), Rule(2, zeros_hidden=True, coalition=1 + seed % 2)
    share = (0.5, 0.7, 0.9)[seed % 3]
    status = {name: (rng.random(each.shape) > share).astype(np.uint8) for name, each in table.counts.items()}
    for name, index, key in CELLS:  # one quantity has one mark
        first = next((other, at) for other, at, one in CELLS if one == key)
        status[name][index] = status[first[0]][first[1]]
    then = Publication(CUBES, table.counts, status, 2, True, frozenset(WHO))
    (what,) = changes(table, rule, system.numbers, [then])
    hidden = np.zeros(len(system.truth), dtype=np.bool_)
    fixed = ~system.guarded
    turn = TurnOfWhoRevised(what, hidden, np.ones(len(hidden)), fixed, rng, effort=Effort())

    def told() -> tuple[set[Key], set[Key]]:
        keys = {key for name, at, key in CELLS if not status[name][at] and not turn.hides()[system.numbers[name][at]]}
        none = {key for name, at, key in CELLS if key in keys and AREA in dict(key) and not table.counts[name][at]}
        return keys, {key for key in none if dict(key)[AREA] in WHO}

    before = expected(*told(), rule.coalition)
    turn.protect()
    assert not expected(*told(), rule.coalition)
    assert not turn.left().any()
    assert turn.hides().any() == bool(before)
    more = np.flatnonzero(turn.hides())
    again = [each for each in more if turn.spare(np.array([each]))]
    assert not expected(*told(), rule.coalition)
    assert len(again) < len(more) or not len(more)


def test_what_readers_have_anyhow_is_left_and_what_nobody_was_told_is_shown_again() -> None:
    table = counted(np.random.default_rng(0))
    system, rule = link(table), Rule(2, zeros_hidden=True, coalition=2)
    nothing = {name: np.zeros(each.shape, dtype=np.uint8) for name, each in table.counts.items()}
    hidden = np.ones(len(system.truth), dtype=np.bool_)
    every, none = (Publication(CUBES, table.counts, each, 2, True, frozenset(WHO)) for each in (
        nothing, {name: each + np.uint8(Status.HIDDEN) for name, each in nothing.items()}))  # fmt: skip
    assert not changes(table, Rule(2, zeros_hidden=True, coalition=0), system.numbers, [every])
    for page, fixed in ((every, True), (none, False)):
        (what,) = changes(table, rule, system.numbers, [page])
        rng, all_ = np.random.default_rng(0), np.full(len(hidden), fixed)
        turn = TurnOfWhoRevised(what, hidden, np.ones(len(hidden)), all_, rng, effort=Effort())
        turn.protect()
        assert turn.left().any() == fixed
        assert turn.spare(np.flatnonzero(hidden)[:1])
        turn.restore()
        assert turn.hides().all()

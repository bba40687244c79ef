"""Two vintages read as one system, against every pair of tables that could be behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from amana.disclosure.checker.reading import Reading
from amana.disclosure.checker.vintages import linked
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.table import Axis, Cube, Insider, Node, Publication, RawTable, Rule, Status

K = 3
CUBE = Cube(
    "c",
    (
        Axis(
            "REF_AREA", (Node("_T", None), Node("A", ("REF_AREA", "A")), Node("B", ("REF_AREA", "B"))), ((0, (1, 2)),)
        ),
        Axis("SEX", (Node("_T", None), Node("F", ("SEX", "F")), Node("M", ("SEX", "M"))), ((0, (1, 2)),)),
    ),
)


def table(a: Sequence[int], b: Sequence[int]) -> np.ndarray:
    leaves = np.array([a, b])
    by_area = np.vstack([leaves.sum(axis=0), leaves])
    return np.hstack([by_area.sum(axis=1, keepdims=True), by_area])


MOST = 12 + K  # persons: what is hidden with its total may be that many
TABLES = np.array(
    [table((i, j), (k, rest)) for i, j, k, rest in product(range(MOST + 1), repeat=4) if i + j + k + rest <= MOST]
)


@st.composite
def vintages(draw: st.DrawFn, most: tuple[int, int, int] = (3, 3, 3), *, totals: bool = True) -> tuple[np.ndarray, ...]:
    """Draw what is true then and now, and what is hidden of it.

    most: persons in each cell of A, of B then, of B now. totals: whether they are shown.
    """
    a, was, later = (draw(st.tuples(st.integers(0, each), st.integers(0, each))) for each in most)
    marks = [np.array(draw(st.lists(st.booleans(), min_size=9, max_size=9))).reshape(3, 3) for _ in range(2)]
    for mark in marks:
        mark[0, 0] &= not totals
    marks[1][1] |= marks[0][1]  # what was hidden stays hidden, where it has not changed
    return table(a, was), table(a, later), *marks


def published(values: np.ndarray, mark: np.ndarray, cube: Cube = CUBE) -> Publication:
    status = np.where(mark, Status.HIDDEN, Status.SHOWN).astype(np.uint8).reshape(cube.shape)
    shown = np.where(mark, 0, values).reshape(cube.shape)
    return Publication((cube,), {"c": shown}, {"c": status}, K, zeros_hidden=True)


def told(least: int, most: int, *, before: bool) -> bool:
    """Say whether a hidden cell is told too closely. before: it was shown, so that somebody is known to be there."""
    several = most > least
    return not (((least == 0 or (before and several)) and most >= K) or (least >= K and (several or before)))


def expected(
    then: np.ndarray,
    now: np.ndarray,
    hidden_then: np.ndarray,
    hidden_now: np.ndarray,
    *,
    tables: np.ndarray = TABLES,
    still: Sequence[int] = (1,),
) -> set[object]:
    """Return the cells that all pairs of tables tell in which some rows have not changed: that of A, by default."""
    was = tables[((then == tables) | hidden_then).all(axis=(1, 2))]
    later = tables[((now == tables) | hidden_now).all(axis=(1, 2))]
    rows = list(still)
    first, second = ((was[:, None, rows] == later[None, :, rows]).all(axis=(2, 3))).nonzero()
    by_itself, was, later = was, was[first], later[second]
    found = set()
    for cell in product(*map(range, then.shape)):
        same = cell[0] in still
        ends = [(int(side[:, *cell].min()), int(side[:, *cell].max())) for side in (was, later, later - was)]
        shown_then = not hidden_then[cell]
        asked_then = hidden_then[cell] and (hidden_now[cell] or not same)
        alone = int(by_itself[:, *cell].min()), int(by_itself[:, *cell].max())
        # What the older vintage tells too closely by itself, and as closely, is not the new one's fault.
        as_before = told(*alone, before=False) and ends[0][0] <= alone[0] and ends[0][1] >= min(alone[1], K)
        if asked_then and told(*ends[0], before=False) and not as_before:
            found.add(cell)
        asked_now = hidden_now[cell] and not (same and shown_then)
        if asked_now and told(*ends[1], before=shown_then) and not (same and as_before):
            found.add(cell)
        if hidden_then[cell] | hidden_now[cell] and (0 < ends[2][0] < K or -K < ends[2][1] < 0):
            found.add(cell)
    return found


@given(vintages())
@settings(max_examples=25, deadline=None)
def test_what_the_linked_system_tells_is_what_all_pairs_of_tables_tell(drawn: tuple[np.ndarray, ...]) -> None:
    then, now, hidden_then, hidden_now = drawn
    new, old = linked(published(now, hidden_now), published(then, hidden_then), frozenset({"B"}))
    findings, _ = Reading(new, (old,), (), np.zeros(0, dtype=np.int64), then=old).judge(())
    assert {each.codes for each in findings} == {CUBE.cell_codes(cell) for cell in expected(*drawn)}


ALL_BUT_BS_TOTAL = np.array([[True, True, True], [True, True, True], [False, True, True]])


@given(vintages(most=(1, 2, 4), totals=False))
@example((table((1, 0), (1, 1)), table((1, 0), (3, 3)), np.full((3, 3), fill_value=True), ALL_BUT_BS_TOTAL))
@settings(max_examples=25, deadline=None)
def test_what_may_have_fallen_by_any_number_is_no_step_that_anybody_can_tell(drawn: tuple[np.ndarray, ...]) -> None:
    """With few persons in each cell no table need have more than MOST, though no total says so."""
    then, now, hidden_then, hidden_now = drawn
    new, old = linked(published(now, hidden_now), published(then, hidden_then), frozenset({"B"}))
    findings, _ = Reading(new, (old,), (), np.zeros(0, dtype=np.int64), then=old).judge(())
    assert {each.codes for each in findings} == {CUBE.cell_codes(cell) for cell in expected(*drawn)}


NESTED = Cube(
    "c",
    (
        Axis(
            "REF_AREA",
            (Node("_T", None), *(Node(code, ("REF_AREA", code)) for code in ("N", "A", "B", "C"))),
            ((0, (1, 4)), (1, (2, 3))),
        ),
    ),
)
PEOPLE = np.array(
    [[[a + b + c], [a + b], [a], [b], [c]] for a, b, c in product(range(MOST + 1), repeat=3) if a + b + c <= MOST]
)


@given(
    st.tuples(*[st.integers(0, 4)] * 3),
    st.tuples(*[st.integers(0, 4)] * 3),
    st.lists(st.booleans(), min_size=10, max_size=10),
    st.sampled_from(["A", "B", "C", "AC", "BC"]),
)
@settings(max_examples=40, deadline=None)
def test_a_sub_region_is_another_one_where_somebody_in_it_revised(
    was: tuple[int, ...], later: tuple[int, ...], marks: list[bool], who: str
) -> None:
    """N is A and B. One that has nobody who revised is the same quantity in both vintages."""
    later = tuple(new if code in who else old for code, new, old in zip("ABC", later, was, strict=True))
    then, now = (np.array([[sum(each)], [each[0] + each[1]], *([one] for one in each)]) for each in (was, later))
    mark_then, mark_now = (np.array(some)[:, None] for some in (marks[:5], marks[5:]))
    mark_then[0] = mark_now[0] = False
    still = [1] * (who == "C") + [2 + at for at, code in enumerate("ABC") if code not in who]
    for at in still:
        mark_now[at] |= mark_then[at]
    new, old = linked(published(now, mark_now, NESTED), published(then, mark_then, NESTED), frozenset(who))
    findings, _ = Reading(new, (old,), (), np.zeros(0, dtype=np.int64), then=old).judge(())
    told = expected(then, now, mark_then, mark_now, tables=PEOPLE, still=still)
    assert {each.codes for each in findings} == {NESTED.cell_codes(cell[:1]) for cell in told}


def hidden(values: np.ndarray, *past: Publication) -> np.ndarray:
    """Return what the engine hides of a table, with somebody looking on who knows of nobody."""
    nobody = Insider("Z", committee=False, counts={"c": np.zeros_like(values)})
    raw = RawTable((CUBE,), {"c": values}, {"c": np.zeros((3, 3), dtype=np.bool_)}, (nobody,))
    rule = Rule(K, zeros_hidden=True, coalition=1)
    return suppress_in_turn(raw, rule, Random(1), past=past).status["c"] == Status.HIDDEN


@given(vintages())
@settings(max_examples=10, deadline=None)
def test_of_what_the_engine_leaves_shown_no_pair_of_tables_tells_anything(drawn: tuple[np.ndarray, ...]) -> None:
    then, now = (np.where(values > 0, values + K - 1, 0) for values in (drawn[0][1:, 1:], drawn[1][1:, 1:]))
    then, now = table(*then.tolist()), table(*now.tolist())
    assume(max(then[0, 0], now[0, 0]) <= MOST - K)
    first = hidden(then)
    page = replace(published(then, first), revised=frozenset({"B"}))
    assert not expected(then, now, first, hidden(now, page))

"""Two vintages read as one system, against every pair of tables that could be behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.disclosure.reading import Reading
from amana.disclosure.table import Axis, Cube, Node, Publication, Status
from amana.disclosure.vintages import linked

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
CELLS = [(area, sex) for area in range(3) for sex in range(3)]


def table(a: Sequence[int], b: Sequence[int]) -> np.ndarray:
    leaves = np.array([a, b])
    by_area = np.vstack([leaves.sum(axis=0), leaves])
    return np.hstack([by_area.sum(axis=1, keepdims=True), by_area])


def tables(total: int) -> Iterator[np.ndarray]:
    """Yield every table with this total."""
    for first in range(total + 1):
        for men in range(total - first + 1):
            for women in range(total - first - men + 1):
                yield table((first, men), (women, total - first - men - women))


def worlds(then: int, now: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield every pair of tables with these totals in which A has not changed."""
    for was in tables(then):
        first, men = was[1, 1:].tolist()
        for later in range(now - first - men + 1):
            yield was, table((first, men), (later, now - first - men - later))


@st.composite
def vintages(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw what is true then and now, and what is hidden of it; totals are shown."""
    few = st.integers(0, 3)
    a = draw(st.tuples(few, few))
    marks = [np.array(draw(st.lists(st.booleans(), min_size=9, max_size=9))).reshape(3, 3) for _ in range(2)]
    for mark in marks:
        mark[0, 0] = False
    marks[1][1] |= marks[0][1]  # what was hidden stays hidden, where it has not changed
    return table(a, draw(st.tuples(few, few))), table(a, draw(st.tuples(few, few))), *marks


def published(values: np.ndarray, mark: np.ndarray) -> Publication:
    status = np.where(mark, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
    return Publication((CUBE,), {"c": np.where(mark, 0, values)}, {"c": status}, K, zeros_hidden=True)


def told(least: int, most: int, *, loose: bool) -> bool:
    """Say whether a hidden cell is told too closely."""
    return not ((least == 0 and most >= K) or (least >= K and (most > least or loose)))


@given(vintages())
@settings(max_examples=25, deadline=None)
def test_what_the_linked_system_tells_is_what_all_pairs_of_tables_tell(drawn: tuple[np.ndarray, ...]) -> None:
    then, now, hidden_then, hidden_now = drawn
    pairs = [
        (was, later)
        for was, later in worlds(int(then[0, 0]), int(now[0, 0]))
        if not ((was != then) & ~hidden_then).any() and not ((later != now) & ~hidden_now).any()
    ]
    was, later = (np.array(side) for side in zip(*pairs, strict=True))
    by_itself = np.array([one for one in tables(int(then[0, 0])) if not ((one != then) & ~hidden_then).any()])
    expected = set()
    for cell in CELLS:
        same = cell[0] == 1
        ends = [(int(side[:, *cell].min()), int(side[:, *cell].max())) for side in (was, later, later - was)]
        shown_then = not hidden_then[cell]
        asked_then = hidden_then[cell] and (hidden_now[cell] or not same)
        before = by_itself[:, *cell]  # what the older vintage tells as closely alone is not the new one's fault
        as_before = ends[0][0] <= before.min() and ends[0][1] >= min(before.max(), K)
        if asked_then and told(*ends[0], loose=False) and not as_before:
            expected.add(cell)
        asked_now = hidden_now[cell] and not (same and shown_then)
        if asked_now and told(*ends[1], loose=shown_then) and not (same and as_before):
            expected.add(cell)
        if hidden_then[cell] | hidden_now[cell] and (0 < ends[2][0] < K or -K < ends[2][1] < 0):
            expected.add(cell)
    new, old = linked(published(now, hidden_now), published(then, hidden_then), frozenset({"B"}))
    findings, _ = Reading(new, (old,), (), np.zeros(0, dtype=np.int64), then=old).judge(())
    assert {each.codes for each in findings} == {CUBE.cell_codes(cell) for cell in expected}

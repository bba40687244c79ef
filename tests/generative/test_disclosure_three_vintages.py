"""Three vintages read as one system, against every three tables that could be behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from amana.disclosure.audit import audit
from amana.disclosure.checker.reading import Reading
from amana.disclosure.checker.vintages import Other, linked
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.table import AREA, Axis, Cube, Insider, Node, Publication, RawTable, Rule, Status

K = 2
AREAS = "AB"
CUBE = Cube(
    "c",
    (
        Axis(AREA, (Node("_T", None), *(Node(code, (AREA, code)) for code in AREAS)), ((0, (1, 2)),)),
        Axis("SEX", (Node("_T", None), Node("F", ("SEX", "F")), Node("M", ("SEX", "M"))), ((0, (1, 2)),)),
    ),
)
TOTALS = Cube("t", CUBE.axes[:1])
CELLS = tuple(product(range(3), range(3)))
MOST = 9  # persons


def table(leaves: Sequence[int]) -> np.ndarray:
    rows = np.array(leaves).reshape(2, 2)
    by_area = np.vstack([rows.sum(axis=0), rows])
    return np.hstack([by_area.sum(axis=1, keepdims=True), by_area])


TABLES = np.array([table(each) for each in product(range(MOST + 1), repeat=4) if sum(each) <= MOST])


@dataclass(frozen=True)
class Vintage:
    """What is true, what is hidden of it, and which holding of each committee it counts.

    columns: how many of them are published: all three, or the first, which are the totals, by another plan.
    """

    truth: np.ndarray
    hidden: np.ndarray
    held: Mapping[str, int]
    columns: int = 3

    def page(self, last: Vintage) -> Publication:
        """Return what is published, with what the vault knows when it judges the last."""
        cube = CUBE if self.columns > 1 else TOTALS
        marked, truth = (each[:, : self.columns].reshape(cube.shape) for each in (self.hidden, self.truth))
        status = {cube.id: np.where(marked, Status.HIDDEN, Status.SHOWN).astype(np.uint8)}
        revised = frozenset(code for code in AREAS if self.held[code] != last.held[code])
        return Publication((cube,), {cube.id: np.where(marked, 0, truth)}, status, K, True, revised)

    def has(self, cell: tuple[int, int], *, hidden: bool) -> bool:
        """Say whether a cell is published, and hidden or shown."""
        return cell[1] < self.columns and bool(self.hidden[cell]) == hidden


@st.composite
def three(draw: st.DrawFn) -> tuple[Vintage, Vintage, Vintage]:
    """Draw three vintages; each time some revise. Totals are shown, and what was hidden stays hidden."""
    leaves, held = [draw(st.integers(0, 2)) for _ in range(4)], dict.fromkeys(AREAS, 0)
    hidden, found = np.zeros((3, 3), dtype=np.bool_), []
    for number in range(3):
        if number:
            for at, code in enumerate(AREAS):
                if draw(st.booleans()):
                    held[code] = number
                    leaves[2 * at : 2 * at + 2] = (draw(st.integers(0, 3)), draw(st.integers(0, 3)))
        assume(sum(leaves) <= MOST - K)
        columns = draw(st.sampled_from((1, 3))) if number == 1 else 3
        marks = np.array([draw(st.booleans()) for _ in CELLS]).reshape(3, 3) & (np.arange(3) < columns)
        hidden = hidden | marks
        hidden[0, 0] = False
        found.append(Vintage(table(leaves), hidden, dict(held), columns))
    return found[0], found[1], found[2]


def closely(least: int, most: int, *, before: bool) -> bool:
    """Say whether a hidden cell is told too closely. before: it was shown, so that somebody is known to be there."""
    several = most > least
    return not (((least == 0 or (before and several)) and most >= K) or (least >= K and (several or before)))


def little(least: int, most: int) -> bool:
    """Say whether a step is told to be some persons, and may be few."""
    return 0 < least < K or -K < most < 0


def worlds(vintages: Sequence[Vintage]) -> list[np.ndarray]:
    """Return of each vintage the table in every world that fits them all: (worlds, 3, 3)."""
    unseen = [each.hidden | (np.arange(3) >= each.columns) for each in vintages]
    fitting = [
        TABLES[((each.truth == TABLES) | some).all(axis=(1, 2))] for each, some in zip(vintages, unseen, strict=True)
    ]
    at = [np.arange(len(fitting[0]))]
    for number, later in enumerate(vintages[1:], 1):
        fits = np.ones((len(at[0]), len(fitting[number])), dtype=np.bool_)
        for was, earlier in enumerate(vintages[:number]):
            same = [1 + row for row, code in enumerate(AREAS) if earlier.held[code] == later.held[code]]
            old, new = fitting[was][at[was]][:, None, same], fitting[number][None, :, same]
            fits &= (old == new).all(axis=(2, 3))
        kept, more = fits.nonzero()
        at = [*(each[kept] for each in at), more]
    return [some[each] for some, each in zip(fitting, at, strict=True)]


def same(one: Vintage, other: Vintage, row: int) -> bool:
    """Say whether a row counts the same persons in both."""
    return all(one.held[code] == other.held[code] for at, code in enumerate(AREAS) if row in (0, at + 1))


def told(vintages: tuple[Vintage, Vintage, Vintage]) -> set[tuple[str, ...]]:
    """Return the cells that all three together tell too closely, or of which they tell a small step to the last."""
    *older, last = vintages
    both, every = worlds(older), worlds(vintages)
    found = set()
    for cell in CELLS:
        shown, marked = ([each.has(cell, hidden=hidden) for each in vintages] for hidden in (False, True))
        for number, one in enumerate(vintages):
            others = [at for at, each in enumerate(vintages) if same(one, each, cell[0])]
            if any(shown[at] for at in others) or not any(marked[at] for at in others):
                continue
            ends = every[number][:, *cell]
            least, most = int(ends.min()), int(ends.max())
            before = 2 in others and any(shown)
            alone = [both[at][:, *cell] for at in others if at < 2 and cell[1] < vintages[at].columns]
            # What those before tell as closely by themselves is not the last one's fault.
            as_before = any(
                closely(int(each.min()), int(each.max()), before=False)
                and least <= each.min()
                and most >= min(int(each.max()), K)
                for each in alone
            )
            if closely(least, most, before=before) and not as_before:
                found.add(cell)
        for number, one in enumerate(older):
            steps = every[2][:, *cell] - every[number][:, *cell]
            seen = [
                any(shown[at] for at, each in enumerate(vintages) if same(each, two, cell[0])) for two in (one, last)
            ]
            if cell[1] < one.columns and not all(seen) and little(int(steps.min()), int(steps.max())):
                found.add(cell)
    return {CUBE.cell_codes(cell) for cell in found}


def findings(vintages: tuple[Vintage, Vintage, Vintage]) -> set[tuple[str, ...]]:
    """Return what an outsider is found to be told who knows who has revised."""
    *older, last = vintages
    found = set()
    for number, one in enumerate(older):
        if then := one.page(last).revised:
            other = older[1 - number]
            alike = frozenset(code for code in AREAS if one.held[code] == other.held[code])
            beside = other.page(last)
            more = Other(beside, beside.revised or frozenset(), alike & then)
            now, old, with_both = linked(last.page(last), one.page(last), then, [more])
            reading = Reading(now, (old, with_both), (), np.zeros(0, dtype=np.int64), then=old)
            found |= {(*each.codes, "_T")[:2] for each in reading.judge(())[0]}
    return found


@given(three())
@settings(max_examples=25, deadline=None)
def test_what_three_tell_is_what_all_tables_tell_that_could_be_behind_them(
    vintages: tuple[Vintage, Vintage, Vintage],
) -> None:
    assume(vintages[0].page(vintages[2]).revised)
    assert findings(vintages) == told(vintages)


@given(three())
@settings(max_examples=25, deadline=None)
def test_what_three_tell_is_refused(vintages: tuple[Vintage, Vintage, Vintage]) -> None:
    *older, last = vintages
    assume(told(vintages))
    pages = [*(each.page(last) for each in older), replace(last.page(last), revised=None)]
    assert not audit(pages).passed


def engine(truth: np.ndarray, held: Mapping[str, int], columns: int, *older: Vintage) -> Vintage:
    """Return what the engine makes of a table beside older vintages, with somebody looking on who knows of nobody."""
    cube = CUBE if columns > 1 else TOTALS
    counts = {cube.id: truth[:, :columns].reshape(cube.shape)}
    nobody = Insider("Z", committee=False, counts={cube.id: np.zeros(cube.shape, dtype=np.int64)})
    raw = RawTable((cube,), counts, {cube.id: np.zeros(cube.shape, dtype=np.bool_)}, (nobody,))
    last = Vintage(truth, np.zeros((3, 3), dtype=np.bool_), held, columns)
    rule, past = Rule(K, zeros_hidden=True, coalition=1), [each.page(last) for each in older]
    found = suppress_in_turn(raw, rule, Random(1), past=past)
    hidden = last.hidden.copy()
    hidden[:, :columns] = (found.status[cube.id] == Status.HIDDEN).reshape(3, -1)
    return replace(last, hidden=hidden)


@st.composite
def revised_twice(draw: st.DrawFn) -> list[tuple[np.ndarray, Mapping[str, int], int]]:
    """Draw three tables, whose holdings they count, and how many columns are published."""
    people, held, found = [draw(st.sampled_from((0, 2, 3))) for _ in range(4)], dict.fromkeys(AREAS, 0), []
    for number in range(3):
        for at, code in enumerate(AREAS if number else ""):
            if draw(st.booleans()):
                held[code] = number
                people[2 * at : 2 * at + 2] = [max(0, each + draw(st.integers(-1, 2))) for each in people[2 * at :][:2]]
        found.append((table(people), dict(held), draw(st.sampled_from((1, 3))) if number == 1 else 3))
    assume(all(each[0, 0] <= MOST - K for each, _, _ in found))
    return found


@given(revised_twice())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_of_what_the_engine_leaves_shown_no_three_tables_tell_anything(
    drawn: list[tuple[np.ndarray, Mapping[str, int], int]],
) -> None:
    vintages: list[Vintage] = []
    for truth, held, columns in drawn:
        vintages.append(engine(truth, held, columns, *vintages))
    first, second, third = vintages
    assume(not any(each.hidden[0, 0] for each in vintages))  # else there may be more than any of the tables have
    assert not told((first, second, third))

"""Stage: one release, and everybody who looks at it.

Runs in: worker.   Sees: true counts, and what everybody knows of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.suppression.room import Flags, Numbers
from amana.disclosure.suppression.system import System
from amana.disclosure.suppression.turn import Sight
from amana.disclosure.table import AREA, Insider, KnownFigure, Publication, RawTable, Rule, Status

_REGIONAL: Final = 0.3  # of the price of a national figure; measured on the demo's tables, where it shows most cells
_CONTRIBUTORS: Final = 3  # committees whose own figure is hidden, behind a regional one that is shown


@dataclass(frozen=True)
class Told:
    """What somebody printed or published. All (n,): figures that stand unchanged, and the old figure where it changed.

    old: persons; -1 where nothing was published, or nothing changed.
    """

    figures: Flags
    old: Numbers


@dataclass(frozen=True)
class Stage:
    """One release, and everybody who looks at it."""

    raw: RawTable
    rule: Rule
    system: System

    @property
    def cells(self) -> Flags:
        """Return (n,) which quantities are cells; the others are rests and slacks."""
        cells: Flags = np.arange(len(self.system.truth)) < self.system.cells
        return cells

    def told(self, known: Sequence[KnownFigure], past: Sequence[Publication]) -> Told:
        """Return what readers have from elsewhere."""
        truth, numbers = self.system.truth, self.system.numbers
        figures, old = np.zeros(len(truth), dtype=np.bool_), np.full(len(truth), -1, dtype=np.int64)
        printed = {one.key for one in known}
        for cube in self.raw.cubes if printed else ():
            for index in cube.indices():
                figures[numbers[cube.id][index]] |= cube.cell_key(index) in printed
        for quantity, value in self._shown_before(past):
            if value == truth[quantity]:
                figures[quantity] = True
            else:
                old[quantity] = value
        return Told(figures, np.where(figures, -1, old))

    def begin(self, past: Sequence[Publication]) -> Flags:
        """Return (n,) what is hidden to begin with.

        Rests and slacks, which nobody prints; what is small or lone, or was hidden before; and what was shown before
        with nearly the same figure.
        """
        system, truth, k = self.system, self.system.truth, self.rule.least_count
        small = truth < k if self.rule.zeros_hidden else (truth > 0) & (truth < k)
        for name, lone in self.raw.lone.items():
            small[system.numbers[name][lone]] = True
        places = self._places()
        for page in past:
            for cube in page.cubes:
                for index in map(tuple, np.argwhere(page.status[cube.id] == Status.HIDDEN)):
                    quantity = places.get(cube.cell_key(index))
                    if quantity is not None:
                        small[quantity] = True
        for quantity, value in self._shown_before(past):
            small[quantity] |= 0 < abs(int(truth[quantity]) - value) < k
        small[self.cells & ~system.guarded] = False
        return np.where(self.cells, small | ~(system.guarded | system.fixed), True)  # noqa: FBT003 - numpy's own signature

    def price(self) -> NDArray[np.float64]:
        """Return (n,) what it costs to hide a quantity: a regional one little, which a national one takes along."""
        price = np.log1p(self.system.truth) + 1
        for cube in self.raw.cubes:
            for dim, axis in enumerate(cube.axes):
                if axis.dim == AREA:
                    wholes = [parent for parent, _ in axis.sums]
                    price[np.take(self.system.numbers[cube.id], wholes, axis=dim)] *= _REGIONAL
        found: NDArray[np.float64] = price
        return found

    def _places(self) -> dict[frozenset[tuple[str, str]], int]:
        return {
            cube.cell_key(index): int(self.system.numbers[cube.id][index])
            for cube in self.raw.cubes
            for index in cube.indices()
        }

    def _shown_before(self, past: Sequence[Publication]) -> Iterator[tuple[int, int]]:
        places = self._places() if past else {}
        for page in past:
            for cube in page.cubes:
                for index in map(tuple, np.argwhere(page.status[cube.id] == Status.SHOWN)):
                    quantity = places.get(cube.cell_key(index))
                    if quantity is not None:
                        yield quantity, int(page.values[cube.id][index])

    def sights(self, told: Told) -> Iterator[Sight]:
        """Yield what each party sees: the best informed first, and the outsider last."""
        committees = [one for one in self.raw.insiders if one.committee]
        for size in range(self.rule.coalition, 1, -1):
            yield from (self._sight(members, told) for members in combinations(committees, size))
        if self.rule.coalition:
            yield from (self._sight((one,), told) for one in self.raw.insiders)
        yield self._sight((), told)

    def _sight(self, members: Sequence[Insider], told: Told) -> Sight:
        system, rule = self.system, self.rule
        own = np.zeros(system.cells, dtype=np.int64)
        for cube in self.raw.cubes:
            own[system.numbers[cube.id]] = sum((one.counts[cube.id] for one in members), np.zeros(cube.shape, np.int64))
        mine = np.concatenate([own, np.zeros(len(system.truth) - system.cells, dtype=np.int64)])
        late = system.equations[system.equations.shape[0] - (len(mine) - system.cells) :].tocsr()
        mine[system.cells :] = -(late @ mine) * late[:, system.cells :].diagonal()
        truth, alone = system.truth - mine, self._alone(members)
        least = np.where(self.cells & system.guarded, rule.hidden_least, 0)
        nobody = ~self.cells & (truth == 0) & (not rule.zeros_hidden)
        return Sight(
            truth=truth,
            known=alone | told.figures,
            low=np.maximum(np.maximum(least, rule.hidden_least * system.guarded) - mine, 0),
            high=rule.least_count - mine,
            least=np.maximum(least - mine, 0),
            exempt=~system.guarded | alone | told.figures | nobody,
            old=np.where(told.old < 0, -1, np.maximum(told.old - mine, 0)),
        )

    def _alone(self, members: Sequence[Insider]) -> Flags:
        """Return (n,) where nobody but the party can have persons, as anybody knows."""
        system, codes = self.system, {one.name for one in members if one.committee}
        if not codes:
            return np.zeros(len(system.truth), dtype=np.bool_)
        alone = system.fixed.copy()
        for cube in self.raw.cubes:
            for dim, axis in enumerate(cube.axes):
                if axis.dim == AREA:
                    own = [node for node, each in enumerate(axis.nodes) if each.code in codes]
                    alone[np.take(system.numbers[cube.id], own, axis=dim)] = True
        heads, tails = _halves(system)
        while True:
            others = tails @ (~alone).astype(np.int64)
            wholes = heads.T @ (others == 0).astype(np.int64) > 0
            parts = tails.T @ (heads @ alone.astype(np.int64) > 0).astype(np.int64) > 0
            if not ((wholes | parts) & ~alone).any():
                return alone
            alone |= wholes | parts

    def by_group(self, hidden: Flags) -> Flags:
        """Return (n,) what the rules about groups hide besides; nothing where no person is counted (coalition 0)."""
        found = np.zeros(len(hidden), dtype=np.bool_)
        if not self.rule.coalition:
            return found
        for cube in self.raw.cubes:
            grid, counts = self.system.numbers[cube.id], self.raw.counts[cube.id]
            for dim, axis in enumerate(cube.axes):
                ids, persons = np.moveaxis(grid, dim, 0), np.moveaxis(counts, dim, 0)
                for parent, children in axis.sums:
                    some = list(children)
                    if axis.dim == AREA:
                        marked = hidden[ids[some]] & ~self.system.fixed[ids[some]]
                        behind = (marked & (persons[some] > 0)).sum(axis=0)
                        found[ids[parent][marked.any(axis=0) & (behind > 0) & (behind < _CONTRIBUTORS)]] = True
                    elif axis.dim in self.rule.sensitive and not self.rule.zeros_hidden:
                        whole = (persons[some] == persons[parent]) & (persons[some] > 0)
                        found[ids[some][whole]] = True
            if AREA not in {axis.dim for axis in cube.axes}:
                found[grid[self._few(cube.id)]] = True
        found[self.system.fixed | ~self.system.guarded] = False
        return found & self.cells

    def around(self, unmet: Flags) -> Flags:
        """Return (n,) the cells of every sum in which something is not protected, parent and parts."""
        found = np.zeros(len(unmet), dtype=np.bool_)
        for cube in self.raw.cubes:
            for dim, axis in enumerate(cube.axes):
                ids = np.moveaxis(self.system.numbers[cube.id], dim, 0)
                for parent, children in axis.sums:
                    line = ids[[parent, *children]]
                    found[line[:, unmet[line].any(axis=0)]] = True
        rests = len(unmet) - self.system.cells
        late = self.system.equations[self.system.equations.shape[0] - rests :]
        found |= abs(late).T @ unmet[self.system.cells :].astype(np.int64) > 0
        found[self.system.fixed | ~self.system.guarded] = False
        return found & self.cells

    def _few(self, name: str) -> Flags:
        """Return where a cube without areas counts persons of fewer committees than hide each other."""
        parts = [one.counts[name] > 0 for one in self.raw.insiders if one.committee]
        behind = np.sum(parts, axis=0) if parts else np.zeros(self.raw.counts[name].shape, dtype=np.int64)
        few: Flags = (behind > 0) & (behind < _CONTRIBUTORS)
        return few


def _halves(system: System) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return the sum of each equation, and what it sums; covers, which are no equations of persons, are left out."""
    rows = system.equations.tocsr()
    slack = np.arange(len(system.truth)) >= system.cells + int(system.guarded[system.cells :].sum())
    plain = rows[np.flatnonzero(abs(rows) @ slack.astype(np.int64) == 0)]
    return (plain < 0).astype(np.int64), (plain > 0).astype(np.int64)

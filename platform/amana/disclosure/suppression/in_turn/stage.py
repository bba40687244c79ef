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

from amana.disclosure.suppression.in_turn.sight import Sight
from amana.disclosure.suppression.linked.system import System
from amana.disclosure.suppression.primary import Given
from amana.disclosure.table import AREA, Flags, Insider, Numbers, RawTable, Rule

LARGE: Final = 2**20  # persons: what may be anything is that little, and its step that far from none
_REGIONAL: Final = 0.3  # of the price of a national figure; measured on the demo's tables, where it shows most cells


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

    def begin(self, what: Given) -> Flags:
        """Return (n,) what is hidden to begin with, rests and slacks among it, which nobody prints."""
        return np.where(self.cells, what.primary | ~(self.system.guarded | self.system.fixed), True)  # noqa: FBT003 - numpy's own signature

    def price(self) -> NDArray[np.float64]:
        """Return (n,) what it costs to hide a quantity: a regional one little, which a national one takes along."""
        # Dearer totals, or prices by volume, show fewer cells of the demo's eight committees and hide as many totals;
        # of three small ones they show about as many cells and hide fewer sums.
        price = np.log1p(self.system.truth) + 1
        for cube in self.raw.cubes:
            for dim, axis in enumerate(cube.axes):
                if axis.dim == AREA:
                    wholes = [parent for parent, _ in axis.sums]
                    price[np.take(self.system.numbers[cube.id], wholes, axis=dim)] *= _REGIONAL
        found: NDArray[np.float64] = price
        return found

    def parties(self) -> Iterator[tuple[Insider, ...]]:
        """Yield who looks on: the best informed first, and the outsider last."""
        committees = [one for one in self.raw.insiders if one.committee]
        for size in range(self.rule.coalition, 1, -1):
            yield from combinations(committees, size)
        if self.rule.coalition:
            yield from ((one,) for one in self.raw.insiders)
        yield ()

    def sight(self, members: Sequence[Insider], what: Given) -> Sight:
        """Return what one party sees."""
        system, rule = self.system, self.rule
        own = np.zeros(system.cells, dtype=np.int64)
        for cube in self.raw.cubes:
            own[system.numbers[cube.id]] = sum((one.counts[cube.id] for one in members), np.zeros(cube.shape, np.int64))
        mine = system.completed(own)
        truth, alone = system.truth - mine, self._alone(members)
        least = np.where(self.cells & system.guarded, rule.hidden_least, 0)
        changed = not what.revised.isdisjoint(one.name.partition("/")[0] for one in members)
        committees = {one.name for one in members if one.committee}
        heard = np.any([shown for who, shown in what.seen if who <= committees], axis=0)  # nobody else's has changed
        loose = (what.old >= 0) & (not changed)  # that somebody is there was told then
        exempt = ~system.guarded | alone | what.told | heard
        nobody = ~(self.cells | exempt) & (truth == 0) & (not rule.zeros_hidden)
        return Sight(
            truth=truth,
            known=alone | what.told,
            low=np.where(loose, LARGE, np.maximum(rule.hidden_least * system.guarded - mine, 0)),
            high=rule.least_count - mine,
            least=np.maximum(least - mine, 0),
            exempt=exempt | nobody,
            nobody=nobody,
            old=np.where((what.old < 0) | changed, -1, np.maximum(what.old - mine, 0)),
            apart=rule.least_count,
            loose=loose,
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

    def lines(self) -> Iterator[Numbers]:
        """Yield the cells of each regional figure and of the areas that it sums."""
        for cube in self.raw.cubes:
            for dim, axis in enumerate(cube.axes):
                if axis.dim == AREA:
                    ids = np.moveaxis(self.system.numbers[cube.id], dim, 0)
                    for parent, children in axis.sums:
                        yield from ids[[parent, *children]].reshape(1 + len(children), -1).T

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


def _halves(system: System) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return the sum of each equation, and what it sums; covers, which are no equations of persons, are left out."""
    rows = system.equations.tocsr()
    slack = np.arange(len(system.truth)) >= system.cells + int(system.guarded[system.cells :].sum())
    plain = rows[np.flatnonzero(abs(rows) @ slack.astype(np.int64) == 0)]
    return (plain < 0).astype(np.int64), (plain > 0).astype(np.int64)

"""The oracle: how far a quantity can go within what is hidden, by linear programming (HiGHS), for one party.

Runs in: worker.   Sees: true counts.
What fractions cannot reach, whole numbers cannot: that is a bound. What the solver reaches in whole numbers is a
world, and proves something for every quantity in it and for everybody whom it fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.linked.system import connected
from amana.disclosure.suppression.solving import INFINITE, Effort, programme, solution
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_TRIFLE: Final = 1e-3  # of moving a quantity: the shortest move is most often one in whole numbers
_LESS: Final = (0, 1, 1)  # persons short of what fractions reach, try after try, until it is in whole numbers
_NEAR: Final = 20  # persons; farther than that, moves are long, and one try in fractions is seldom followed by a better


def movable(mask: Mask, party: int) -> Numbers:
    """Return what may move, as far as a party can tell."""
    return np.flatnonzero((mask.hidden & mask.movable & ~mask.own[:, party])[:-1])


def parts(mask: Mask, party: int) -> Iterator[Numbers]:
    """Yield what may move part by part, where something is unmet: no equation binds two parts to each other."""
    free = movable(mask, party)
    label = connected(mask.system.equations[:, free])
    order = np.argsort(label, kind="stable")
    waiting = mask.unmet(free)[:, party]
    for part in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if waiting[part].any():
            yield free[part]


class Oracle:
    """One party's programme over what is hidden now; while it is asked nothing else may be hidden.

    free:   quantities that no equation binds to others that may move (``parts``); all that may, by default.
    effort: what may be asked of the solver; the mask's, by default.
    """

    def __init__(self, mask: Mask, party: int, free: Numbers | None = None, effort: Effort | None = None) -> None:
        self.mask, self.party, self._effort = mask, party, effort or mask.effort
        self.free = movable(mask, party) if free is None else free
        lines = mask.system.equations[:, self.free].tocsr()
        self._rows = lines[np.diff(lines.indptr) > 0].tocsc()
        width, self._rng = len(self.free), np.random.default_rng(0)
        self._upper = np.concatenate([np.full(width, INFINITE), mask.room[self.free, party]])
        columns = sparse.hstack([self._rows, -self._rows]).tocsc()
        nothing, rest = np.zeros(2 * width), np.zeros(columns.shape[0])
        self._solver = programme(columns, nothing, nothing, self._upper, rest, local=True)
        self._price()

    def ask(self, quantity: int, by: int) -> Numbers | None:
        """Send one quantity up (by > 0) or down as far as it goes, at most by so many persons, and note the world.

        Returns (free,) what changes in it; None where none in whole numbers is found.
        """
        mask, place = self.mask, int(np.searchsorted(self.free, quantity))
        z = self._farthest(place, by)
        least = int(mask.truth[quantity]) + (0 if z is None else z[place])
        if z is not None and by < 0 and least > mask.k - 1 + _CLOSE:
            mask.never_small[quantity, self.party or slice(None)] = True
        whole = self._whole(z)
        for less in _LESS if abs(by) <= _NEAR else ():
            if z is None or whole is not None:
                break
            self._price()
            z = self._farthest(place, int(np.sign(by)) * max(0, int(abs(z[place]) + _CLOSE) - less))
            whole = self._whole(z)
        return whole

    def ask_together(self, quantities: Numbers) -> Numbers | None:
        """Let as many of some quantities fall as far as they can as go together, and note the world.

        Returns (free,) what changes in it; None where it is none in whole numbers. Chance favours others each time.
        """
        width, places = len(self.free), np.searchsorted(self.free, quantities)
        columns = np.concatenate([places, places + width]).astype(np.int32)
        cost, rise = self._cost[columns], np.zeros(len(places))  # what is to fall may not rise: else it did both
        cost[len(places) :] = -self._rng.uniform(0.5, 1.5, len(places)) / self._upper[columns[len(places) :]]
        self._solver.changeColsCost(len(columns), columns, cost)
        self._solver.changeColsBounds(len(places), columns[: len(places)], rise, rise)
        found = solution(self._solver, self._effort)
        self._solver.changeColsBounds(len(columns), columns, np.zeros(len(columns)), self._upper[columns])
        self._solver.changeColsCost(len(columns), columns, self._cost[columns])
        return None if found is None else self._whole(found[:width] - found[width:])

    def _whole(self, z: Vector | None) -> Numbers | None:
        """Return a move, and note the world that it leads to; None if there is none, or none in whole numbers."""
        if z is None:
            return None
        whole = np.rint(z).astype(np.int64)
        if np.abs(z - whole).max() > _CLOSE or (self._rows @ whole).any():
            return None
        self._share(whole)
        return whole

    def _price(self) -> None:
        cost = self._rng.uniform(0.2, 2.0, 2 * len(self.free)) * _TRIFLE
        self._cost = cost
        self._solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)

    def _farthest(self, place: int, by: int) -> Vector | None:
        """Return the shortest move that sends one quantity as far as it goes, at most by so many persons."""
        width = len(self.free)
        ways = [place, place + width] if by > 0 else [place + width, place]
        columns = np.array(ways, dtype=np.int32)
        self._solver.changeColsBounds(2, columns, np.zeros(2), np.array([abs(by), 0.0]))
        self._solver.changeColCost(ways[0], -1.0)
        found = solution(self._solver, self._effort)
        self._solver.changeColsBounds(2, columns, np.zeros(2), self._upper[columns])
        self._solver.changeColCost(ways[0], float(self._cost[ways[0]]))
        return None if found is None else found[:width] - found[width:]

    def _share(self, whole: Numbers) -> None:
        """Note a world, for whoever cannot rule it out."""
        moved = np.flatnonzero(whole)
        ids, z = self.free[moved], whole[moved].astype(np.int32)
        room = self.mask.room[ids] + z[:, None]
        fits = (room >= 0).all(axis=0) & ~self.mask.own[ids].any(axis=0)
        self.mask.note(ids, np.where(fits, room, self.mask.room[ids]))

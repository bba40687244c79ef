"""Moves: other tables with the same margins, found by linear programming around a table that is known to fit.

Runs in: worker.   Sees: true counts; used by the suppressor only.
A move is an integer vector z with equations @ z = 0; table + z is another table that a reader cannot tell apart once
every cell that z touches is hidden. Source: Kelly, Golden, Assad, Cell suppression (Networks 22, 1992); Fischetti,
Salazar, Complementary cell suppression (Management Science 47, 2001).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.solving import INFINITE, programme, solution
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.walk import Moves
from amana.disclosure.table import Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_TRIES: Final = 3  # prices under which a move in whole numbers is looked for


class CheapestMoves:
    """The cheapest moves among some quantities, for one party after the other; all others stay.

    What is hidden moves nearly free of charge; the rest has its price and would have to be hidden.
    """

    def __init__(self, mask: Mask, ids: Numbers) -> None:
        self.mask, self.ids = mask, ids[mask.movable[ids]]
        rows = mask.system.equations[:, self.ids].tocsr()
        self._rows = rows[np.diff(rows.indptr) > 0].tocsc()
        self._cost, self._party = mask.cost[self.ids], -1
        columns = sparse.hstack([self._rows, -self._rows]).tocsc()
        self._upper = np.full(2 * len(self.ids), INFINITE)
        nothing = np.zeros(len(self._upper))
        rest = np.zeros(columns.shape[0])
        self._solver = programme(columns, np.tile(self._cost, 2), nothing, self._upper, rest, local=True)
        self._rng = np.random.default_rng(0)

    def move(self, quantity: int, by: int, party: int) -> Moves | None:
        """Return the cheapest move that changes a quantity by so much and that the party cannot rule out.

        None where there is none, or none in whole numbers is found.
        """
        self._look(party)
        place, size = int(np.searchsorted(self.ids, quantity)), len(self.ids)
        columns = np.array([place, size + place], dtype=np.int32)
        exactly = np.array([max(by, 0), max(-by, 0)], dtype=np.float64)
        self._solver.changeColsBounds(2, columns, exactly, exactly)
        z = self._whole()
        self._solver.changeColsBounds(2, columns, np.zeros(2), self._upper[columns])
        return None if z is None else Moves(self.ids[None, z != 0], z[None, z != 0].astype(np.int32))

    def _look(self, party: int) -> None:
        """See what the party sees, at today's prices."""
        mask, size = self.mask, len(self.ids)
        if (mask.cost[self.ids] != self._cost).any():
            self._cost = mask.cost[self.ids]
            self._price(np.ones(size))
        if party != self._party:
            own = mask.own[self.ids, party]
            fall = np.where(own, 0, mask.room[self.ids, party])
            self._upper = np.concatenate([np.where(own, 0.0, INFINITE), fall.astype(np.float64)])
            every = np.arange(2 * size, dtype=np.int32)
            self._solver.changeColsBounds(2 * size, every, np.zeros(2 * size), self._upper)
            self._party = party

    def _price(self, factor: Vector) -> None:
        size = 2 * len(self.ids)
        self._solver.changeColsCost(size, np.arange(size, dtype=np.int32), np.tile(self._cost * factor, 2))

    def _whole(self) -> Numbers | None:
        """Return the cheapest move in whole numbers; where that is half a person somewhere, at prices nearby."""
        size, found = len(self.ids), solution(self._solver, self.mask.effort)
        for _ in range(_TRIES):
            if found is None:
                return None
            z = np.rint(found[:size] - found[size:]).astype(np.int64)
            if np.abs(found[:size] - found[size:] - z).max(initial=0.0) <= _CLOSE and not (self._rows @ z).any():
                return z
            self._price(self._rng.uniform(0.5, 2.0, size))
            found = solution(self._solver, self.mask.effort)
            self._price(np.ones(size))
        return None

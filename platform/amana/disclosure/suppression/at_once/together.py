"""Together: hide from an outsider by few programmes, each of which settles as much as it can at once.

Runs in: worker.   Sees: true counts.
First a covering (``covering``). Then worlds over what is hidden: half of what is open is to rise or to fall, as lots
and coins say, all of it in one programme, and whatever the answer shows of anything is noted. Then worlds that may
touch what is shown, at a price, while more and more is paid for each person by whom something small moves. What is
small and still open is given the cheapest move that settles it; what else is open is asked for one by one before.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.at_once.covering import alone, cover
from amana.disclosure.suppression.at_once.engine import Engine
from amana.disclosure.suppression.linked.system import connected
from amana.disclosure.suppression.solving import programme
from amana.disclosure.suppression.worlds.bounds import note_never_small
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.oracle import Oracle, movable, parts
from amana.disclosure.suppression.worlds.tied import tied
from amana.disclosure.table import Flags, Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_EVEN: Final = 0.5  # a fair coin
_SWAY: Final = (0.5, 1.5)  # of what it is worth to settle something: chance favours others each time
_RESTLESS: Final = 1e-3  # worth of moving what is settled, so that the others find new ways
_FAR: Final = 1_000  # persons: nothing has to rise by more
_DIVES: Final = 10  # programmes after the first that make a world whole
_ROUNDED: Final = 0.1  # share of what is not whole that is rounded before each
_WORLDS: Final = 14  # over what is hidden, in a row
_PAYS: Final = 24  # rises and falls that a world has to show: one by one they take as long
_FEW: Final = 12  # cheapest in each sum that may be hidden: dearer ones seldom are
_REWARDS: Final = (1.2, 2.0, 3.0, 4.0, 6.0, 9.0)  # prices, for each person by whom something small is to move
_ROUNDS: Final = 8  # of cheapest moves for what is open, before it is asked whether all else still holds
_AGAIN: Final = 6  # times that it is
_AWKWARD: Final = 3.0  # price, besides, of a count that can seldom fall far enough, and seldom never is small


class Together:
    """Hides on the mask of an outsider alone.

    engine: works on the same mask, and makes the cheapest moves.
    """

    def __init__(self, mask: Mask, rng: np.random.Generator, engine: Engine) -> None:
        self._mask, self._rng, self._engine = mask, rng, engine
        self._small, self._asked = mask.truth < mask.k, -1
        middle = np.minimum(mask.truth - mask.k, 4 * mask.k - mask.truth) / mask.k
        mask.charge(_AWKWARD * np.clip(middle, 0, 1))

    def protect(self) -> None:
        """Hide what small quantities need, and find out what is settled."""
        mask = self._mask
        note_never_small(mask)
        mask.hide(cover(mask))
        note_never_small(mask)
        self._within(self._small)
        self._mend()
        self._within(mask.hidden)
        left = _AGAIN
        while left and mask.unmet().any():
            left -= 1
            self._settle()
            mask.doubt()
            note_never_small(mask)
            self._asked = -1
            self._one_by_one()

    def _open(self, among: Flags) -> int:
        return int((self._mask.unmet()[:, 0] & among).sum())

    def _wanted(self, among: Flags) -> int:
        return sum(int((each[:, 0] & among).sum()) for each in self._mask.wants())

    def _within(self, among: Flags) -> None:
        """Look at worlds over what is hidden, as long as it pays."""
        worlds, left, paid = Worlds(self._mask, movable(self._mask, 0)), _WORLDS, _PAYS
        while left and paid >= _PAYS and (before := self._wanted(among)):
            worlds.ask(self._rng, among)
            left, paid = left - 1, before - self._wanted(among)

    def _mend(self) -> None:
        """Hide more for what is small, at rising rewards."""
        rewards = list(_REWARDS)
        while rewards and self._open(self._small):
            Worlds(self._mask, self._near()).ask(self._rng, self._small, rewards.pop(0))
            note_never_small(self._mask)

    def _near(self) -> Numbers:
        """Return what may move, and of what may be hidden, alone in one sum at most, the cheapest of each sum.

        Nothing of which the marks of its parts tell more than they may.
        """
        mask = self._mask
        free = (mask.hidden & mask.movable)[:-1]
        some = np.flatnonzero((mask.movable & ~mask.beyond[:, 0])[:-1] & ~free & (alone(mask) <= 1))
        some = some[np.argsort(mask.cost[some], kind="stable")]
        sums = mask.system.lines[:, some].tocsr()
        sums.sort_indices()
        rank = np.arange(sums.nnz) - np.repeat(sums.indptr[:-1], np.diff(sums.indptr))
        return np.union1d(np.flatnonzero(free), np.delete(some, sums.indices[rank >= _FEW]))

    def _one_by_one(self) -> None:
        """Ask for what is open within what is hidden, unless that was asked before anything else was hidden."""
        mask, before = self._mask, self._asked
        self._asked = int(mask.hidden.sum())
        for part in parts(mask, 0) if before < self._asked else ():
            oracle = Oracle(mask, 0, part)
            for quantity in part[mask.unmet(part)[:, 0]].tolist():
                for way in (1, -1):
                    if by := mask.missing(quantity, 0, way):
                        oracle.ask(quantity, way * by)

    def _settle(self) -> None:
        """Hide for one after the other what it needs, first for what is small."""
        mask, left, before = self._mask, _ROUNDS, -1
        while left and before < (before := int(mask.hidden.sum())) and mask.unmet().any():
            left -= 1
            self._engine.look_first_among(self._near())
            self._hide_for(self._small)
            self._one_by_one()
            self._hide_for(mask.hidden)

    def _hide_for(self, among: Flags) -> None:
        """Make the cheapest move for each that is open, as if all that never was small were so still."""
        mask, sure = self._mask, self._mask.never_small.copy()
        for quantity in np.flatnonzero(mask.unmet()[:, 0] & among).tolist():
            self._engine.settle(quantity)
            mask.never_small |= sure
        note_never_small(mask)


class Worlds:
    """Programmes over some quantities, while all others stay. What is shown among them moves at its price by person."""

    def __init__(self, mask: Mask, ids: Numbers) -> None:
        self._mask, self._ids, self._hidden = mask, ids, mask.hidden[ids]
        self._rows = mask.system.equations[:, ids].tocsr()
        self._tied = tied(self._rows)
        self._reach = self._tied.least(np.stack([np.full(len(ids), _FAR), mask.room[ids, 0]]).astype(np.float64))
        self._price = abs(self._tied.ways).T @ np.where(self._hidden, 0.0, mask.cost[ids])
        self._both = np.flatnonzero(self._price)  # falling is another column than rising
        columns = sparse.hstack([self._tied.lines, -self._tied.lines[:, self._both]]).tocsc()
        rest, nothing = np.zeros(columns.shape[0]), np.zeros(columns.shape[1])
        self._solver = programme(columns, nothing, nothing, nothing, rest, local=True)

    def ask(self, rng: np.random.Generator, among: Flags, reward: float | None = None) -> None:
        """Look for a world in which much of what is open moves as it has to; note it, and hide what it changes.

        among: (n + 1,) what is asked for. reward: for each person; without, each quantity is worth the same.
        """
        self._aim(rng, among, reward)
        self._solver.clearSolver()
        if self._mask.effort.run(self._solver):
            self._note(self._dive(rng))

    def _aim(self, rng: np.random.Generator, among: Flags, reward: float | None) -> None:
        """Set what is to move, by lot, how far, and what that is worth."""
        mask, ids, size = self._mask, self._ids, len(self._ids)
        drawn = among[ids] & self._hidden & (rng.random(size) < _EVEN)
        up, down = (each[ids, 0] & drawn for each in mask.wants())
        coin = rng.random(size) < _EVEN
        up, down = up & (coin | ~down), down & ~(coin & up)
        rise = np.where(up, np.maximum(mask.top[ids] - mask.truth[ids], 1), 0)
        fall = np.where(down, np.where(mask.never_small[ids, 0], 1, mask.room[ids, 0]), 0)
        worth = (up.astype(float) - down) * rng.uniform(*_SWAY, size)
        worth = self._tied.ways.T @ (worth * reward if reward else worth / np.maximum(rise + fall, 1))
        worth += rng.uniform(-_RESTLESS, _RESTLESS, len(worth)) * (self._price == 0)
        far = self._tied.most(np.stack([rise, np.zeros(size)]))
        upper, lower = np.where(far > 0, np.minimum(far, self._reach), self._reach)
        cost = np.concatenate([self._price - worth, (self._price + worth)[self._both]])
        lowest = np.concatenate([np.where(self._price > 0, 0, -lower), np.zeros(len(self._both))])
        every = np.arange(len(cost), dtype=np.int32)
        self._solver.changeColsCost(len(cost), every, cost)
        self._solver.changeColsBounds(len(cost), every, lowest, np.concatenate([upper, lower[self._both]]))

    def _dive(self, rng: np.random.Generator) -> Vector:
        """Return the answer, made whole as far as it goes: some is rounded, the rest follows, again and again."""
        x, left = np.array(self._solver.getSolution().col_value), _DIVES
        while left and len(crooked := np.flatnonzero(np.abs(x - np.rint(x)) > _CLOSE)):
            some = rng.permutation(crooked)[: 1 + int(_ROUNDED * len(crooked))].astype(np.int32)
            near = np.rint(x[some])
            self._solver.changeColsBounds(len(some), some, near, near)
            done = self._mask.effort.run(self._solver)
            x, left = (np.array(self._solver.getSolution().col_value), left - 1) if done else (x, 0)
        return x

    def _note(self, x: Vector) -> None:
        """Note the world without those parts of it that are not whole, and hide what it changes."""
        y = x[: len(self._price)].copy()
        y[self._both] -= x[len(y) :]
        whole, moves = np.rint(y).astype(np.int64), np.flatnonzero(np.abs(y) > _CLOSE)
        crooked, part = (np.abs(y - whole) > _CLOSE)[moves], connected(self._tied.lines[:, moves])
        whole[moves[np.isin(part, part[crooked])]] = 0
        z = self._tied.ways @ whole
        room = self._mask.room[self._ids] + z[:, None]
        moved = np.flatnonzero(z if not (self._rows @ z).any() and (room >= 0).all() else 0 * z)
        self._mask.hide(self._ids[moved])
        self._mask.note(self._ids[moved], room[moved].astype(np.int32))

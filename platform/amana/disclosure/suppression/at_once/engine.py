"""The engine: hide, for every party, until each hidden quantity is shown to be protected.

Runs in: worker.   Sees: true counts.
Small quantities first: the cheapest move that sends one far enough, by linear programming among the cubes it stands in;
what the move touches is hidden, and the move is kept. Between, all parties walk at random over blocks and over the
moves found so far, and every world they pass settles whatever it settles. What stays open is mostly large and was
hidden for others: the oracle tells whether it can fall, never was small, or needs more to be hidden.
All that is asked of the solver is bounded by an effort (``solving``), not by a clock: what is open then is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.worlds.blocks import Frame, Frames
from amana.disclosure.suppression.worlds.bounds import note_never_small
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.moves import CheapestMoves
from amana.disclosure.suppression.worlds.oracle import Oracle
from amana.disclosure.suppression.worlds.walk import Heap, Walk, tell
from amana.disclosure.table import Cube, Flags, Numbers

_PATIENCE: Final = 3  # rounds in a row that settle nothing, before giving up
_TURNS: Final = 10  # of one walk before it begins at the truth again
_IDLE: Final = 2  # walks that settle little, before giving up
_PAYS: Final = 0.97  # share of open quantities left by a walk that was worth while
_RESTLESS: Final = 0.05  # worth of moving what is settled, so that the others find new ways
_BATCH: Final = 25  # quantities between two walks
_MANY: Final = 1_000  # open quantities: to settle so many one by one would take hours
_EVERYWHERE: Final[frozenset[int]] = frozenset()


class Engine:
    """Works on one mask. It may be called again after something was hidden besides."""

    def __init__(self, cubes: Sequence[Cube], mask: Mask, rng: np.random.Generator) -> None:
        self.mask, self.rng = mask, rng
        self.frames, self.walk, self.heap = Frames(cubes, mask), Walk(mask), Heap(len(mask.truth))
        self.cheapest: dict[frozenset[int], CheapestMoves] = {}
        self.near: Numbers | None = None
        self.nearby: dict[frozenset[int], CheapestMoves] = {}
        self.stuck: set[int] = set()  # what its own cubes alone cannot settle
        self.coarse = np.zeros(len(mask.truth), dtype=np.bool_)  # what stands in no sum any more that is shown

    def protect(self) -> None:
        """Hide until nothing is unmet, nothing helps any more, or the effort is spent."""
        self._stroll(self.frames.each, _IDLE)
        note_never_small(self.mask)
        before, idle = self._open(), 0
        while before and idle < _PATIENCE and not self.mask.effort.spent:
            self._sweep(self.mask.truth < self.mask.k)
            note_never_small(self.mask)
            self._stroll(self.frames.each, _IDLE)
            self._consult()
            self._sweep(self.mask.hidden)
            note_never_small(self.mask)
            self._stroll(self.frames.each, _IDLE)
            self._consult()
            now = self._open()
            idle = idle + 1 if now >= before else 0
            before = now

    def _open(self) -> int:
        return int(self.mask.unmet().sum())

    def _sweep(self, among: Flags) -> None:
        """Settle what is open, the margins that many cubes share first."""
        groups: dict[frozenset[int], list[int]] = {}
        for quantity in np.flatnonzero(self.mask.unmet().any(axis=1) & among).tolist():
            groups.setdefault(self._group(quantity), []).append(quantity)
        for group in sorted(groups, key=lambda one: (len(one) == 1, sorted(one))):
            moves = self._cheapest(group)
            for number, quantity in enumerate(self.rng.permutation(groups[group]).tolist(), 1):
                if self.mask.effort.spent:
                    return
                self._settle(moves, quantity)
                if not number % _BATCH:
                    self._stroll([self.frames.each[each] for each in sorted(group)], 1)

    def settle(self, quantity: int) -> None:
        """Make the cheapest moves that send one quantity far enough, for each party that still asks for it.

        Where very many are open, too little is shown to be worth it: all sums that they stand in are hidden, and they
        are judged anew.
        """
        open_: Flags = np.asarray(self.mask.unmet().any(axis=1))
        if int((open_ & ~self.coarse).sum()) > _MANY:
            self._coarsen(open_)
        if not self.coarse[quantity] or int(open_.sum()) <= _MANY:
            group = self._group(quantity)
            if self.near is not None:
                self._settle(self._nearby(group, self.near), quantity)
                self.stuck.discard(quantity)
            self._settle(self._cheapest(group), quantity)

    def look_first_among(self, near: Numbers) -> None:
        """Look for what settles a quantity among these first, from now on, and among all only where that fails."""
        self.near = near
        self.nearby.clear()

    def _coarsen(self, open_: Flags) -> None:
        """Hide every sum in which something open stands. open_: (n + 1,)."""
        heads, tails = self.mask.system.halves
        sums = heads.T @ (tails @ open_[:-1].astype(np.int64) > 0).astype(np.int64) > 0
        self.mask.hide(np.flatnonzero(sums & self.mask.movable[:-1]))
        self.coarse |= self.mask.hidden

    def _group(self, quantity: int) -> frozenset[int]:
        return _EVERYWHERE if quantity in self.stuck else self.frames.homes(quantity)

    def _cheapest(self, group: frozenset[int]) -> CheapestMoves:
        if group not in self.cheapest:
            self.cheapest[group] = CheapestMoves(self.mask, self.frames.inside(group))
        return self.cheapest[group]

    def _nearby(self, group: frozenset[int], near: Numbers) -> CheapestMoves:
        if group not in self.nearby:
            self.nearby[group] = CheapestMoves(self.mask, np.intersect1d(self.frames.inside(group), near))
        return self.nearby[group]

    def _settle(self, moves: CheapestMoves, quantity: int) -> None:
        """Make the cheapest moves that send one quantity far enough, for each party that still asks for it."""
        for party in self.rng.permutation(np.flatnonzero(self.mask.unmet(np.array([quantity]))[0])).tolist():
            for way in (1, -1):
                by = self.mask.missing(quantity, party, way)
                z = moves.move(quantity, way * by, party) if by else None
                if z is not None:
                    self.mask.hide(z.ids[0])
                    self.heap.add(z)
                    tell(self.mask, z)
                elif by:
                    self.stuck.add(quantity)

    def _consult(self) -> None:
        """Ask for each party how far each open quantity can go within what is hidden."""
        for party in np.argsort(-self.mask.unmet().sum(axis=0)).tolist():
            waiting = np.flatnonzero(self.mask.unmet()[:, party])
            if not len(waiting) or self.mask.effort.spent:
                continue
            oracle = Oracle(self.mask, party)
            for quantity in self.rng.permutation(waiting).tolist():
                for way in (1, -1):
                    by = self.mask.missing(quantity, party, way)
                    if by:
                        oracle.ask(quantity, way * by)

    def _stroll(self, frames: Sequence[Frame], idle: int) -> None:
        """Walk at random, again and again from the truth, as long as it pays."""
        left = idle
        while (before := self._open()) and left and not self.mask.effort.spent:
            coin = self.rng.random((len(self.mask.truth), 1)) < 0.5  # noqa: PLR2004 - a fair coin
            for _ in range(_TURNS):
                self._turn(frames, coin)
            self.walk.home()
            left = left - 1 if self._open() > _PAYS * before else idle

    def _turn(self, frames: Sequence[Frame], coin: Flags) -> None:
        """Make many moves at once: blocks drawn at random, and moves found before."""
        want, waiting = self._worth(coin), np.asarray(self.mask.unmet().any(axis=1))
        drawn = [self.frames.blocks(frame, self.rng) for frame in frames if waiting[frame.places].any()]
        found = [each.take(np.flatnonzero(waiting[each.ids].any(axis=1))) for each in self.heap.by_width()]
        for moves in (*drawn, *found):
            for part in moves.disjoint(self.rng, len(waiting)):
                self.walk.push(part, want)

    def _worth(self, coin: Flags) -> NDArray[np.float32]:
        """Return (n + 1, p) what one more person in each quantity is worth; of both ways the coin chooses one."""
        up, down = self.mask.wants()
        sign = np.where(up & (coin | ~down), 1.0, np.where(down, -1.0, 0.0))
        noise = self.rng.normal(0, _RESTLESS, (len(up), 1))
        return (sign * self.rng.uniform(0.5, 1.5, (len(up), 1)) + noise).astype(np.float32)

"""Families: hide from everybody at once, each small cell by blocks enough that nobody rules all of them out.

Runs in: worker.   Sees: true counts.
A committee knows its own area, and no block that moves it leads it to another world: a small cell swaps persons with as
many areas as it takes until every party is left one. What a block has to lose is counted at what the best informed
leave of it, so that most searches serve everybody. What was hidden for others and stays open even to programmes is
shown again, and others are hidden in its place; what is open after some such rounds is left to whoever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.bounds import note_never_small
from amana.disclosure.suppression.corners import FREE, NEVER, Corners, Step, joined
from amana.disclosure.suppression.mask import FAR, Flags, Mask
from amana.disclosure.suppression.oracle import Oracle, parts
from amana.disclosure.suppression.walk import Moves, tell
from amana.disclosure.table import AREA, RawTable

_ROUNDS: Final = 3  # of showing what stays open again, at most
_DEAR: Final = 20.0  # times the price, of what was hidden in vain
_BEHIND: Final = 3  # committees whose own figure is hidden, behind a regional one that is shown
_OUTSIDER: Final = 0  # the number of the party that knows nothing besides
_UP, _DOWN, _AWAY = 1, -1, 0  # ways in which a cell is to be seen to move


class Families:
    """Hides by blocks on the mask of many parties."""

    def __init__(self, raw: RawTable, mask: Mask, rng: np.random.Generator) -> None:
        self._raw, self._mask, self._rng = raw, mask, rng
        self._places = [mask.system.numbers[cube.id].ravel() for cube in raw.cubes]
        ids = np.concatenate(self._places)
        self._free = mask.movable & (np.bincount(ids, minlength=len(mask.truth)) == 1)
        self._free[: mask.system.cells] &= np.diff(mask.system.defining.tocsc().indptr) == 0
        self._left = np.where(mask.own, FAR, mask.room).min(axis=1).astype(np.int64)  # by the best informed
        self._first = mask.hidden.copy()
        self._knows = mask.own.sum(axis=0)
        self._more = np.array([
            ((mask.floor >= mask.floor[:, [one]]) & (mask.own | ~mask.own[:, [one]])).all(axis=0)
            for one in range(mask.parties)
        ])  # fmt: skip
        self._unfit = np.zeros(len(mask.truth), dtype=np.bool_)  # what was hidden for others and could not be settled
        self._blocks: list[Step] = []  # of the families, as quantities
        self._worlds: list[Step] = []  # what else was seen to move

    def protect(self) -> Iterator[None]:
        """Hide what small cells need, and find out what is settled. Yields often."""
        for at in range(len(self._places)):
            self._hide(at)
            yield
        for _ in range(_ROUNDS):
            yield from self._see()
            stuck = self._mask.unmet().any(axis=1) & self._free & ~self._first
            if not stuck.any():
                return
            self._exchange(stuck)
            for at in range(len(self._places)):
                self._hide(at)
                yield
        yield from self._see()

    def _hide(self, at: int) -> None:
        """Give every small cell of one cube its family, and every regional figure enough that is hidden behind it."""
        mask, ids = self._mask, self._places[at]
        open_ = np.flatnonzero(mask.unmet(ids).any(axis=1) & self._free[ids] & (mask.truth[ids] < mask.k))
        dear = np.where(self._unfit[ids] & ~mask.hidden[ids], _DEAR, 1.0)
        corners = self._corners(at, mask.cost[ids] * dear)
        for way in (_UP, _DOWN):
            for place in self._rng.permutation(open_).tolist():
                self._meet(at, corners, place, way)
        self._stand_behind(at)

    def _stand_behind(self, at: int) -> None:
        """Hide the cheapest areas beside those that are too few behind a regional figure."""
        mask, cube = self._mask, self._raw.cubes[at]
        for dim, axis in enumerate(cube.axes):
            for _, children in axis.sums if axis.dim == AREA else ():
                lines = np.moveaxis(self._places[at].reshape(cube.shape), dim, 0)[list(children)].reshape(
                    len(children), -1
                )
                counted = mask.hidden[lines] & (mask.truth[lines] > 0)
                few = (counted.sum(axis=0) > 0) & (counted.sum(axis=0) < _BEHIND)
                for line in lines[:, few & self._free[lines].all(axis=0)].T:
                    missing = _BEHIND - int((mask.hidden[line] & (mask.truth[line] > 0)).sum())
                    others = line[~mask.hidden[line] & (mask.truth[line] > 0) & ~self._unfit[line]]
                    mask.hide(others[np.argsort(mask.cost[others], kind="stable")[:missing]])

    def _see(self) -> Iterator[None]:
        """Find out what is settled by what is hidden: by blocks, by subtraction, and by programmes."""
        note_never_small(self._mask)
        outsider = np.arange(self._mask.parties) == _OUTSIDER
        for among in (outsider, ~outsider):
            for at in range(len(self._places)):
                self._look(at, among)
                yield
            for party in self._rng.permutation(np.flatnonzero(among)).tolist():
                self._ask(party)
                yield

    def _look(self, at: int, among: Flags) -> None:
        mask, ids = self._mask, self._places[at]
        waiting = np.flatnonzero((mask.unmet(ids) & among).any(axis=1) & self._free[ids])
        corners = self._corners(at, np.where(mask.hidden[ids], FREE, NEVER))
        for place in waiting.tolist():
            for way in (_UP, _DOWN, _AWAY):
                self._meet(at, corners, place, way, among=among)

    def _ask(self, party: int) -> None:
        """Ask how far what is still open to one party can go, in each part of what is hidden."""
        mask = self._mask
        for part in parts(mask, party):
            oracle = Oracle(mask, party, part)
            for quantity in part[mask.unmet(part)[:, party]].tolist():
                for way in (_UP, _DOWN):
                    if by := mask.missing(quantity, party, way):
                        world = oracle.ask(quantity, way * by)
                        mask.never_small[quantity, self._more[party]] |= mask.never_small[quantity, party]
                        if world is not None:
                            self._worlds.append(Step(part[world != 0], world[world != 0]))
                            self._tell(self._worlds[-1])

    def _exchange(self, stuck: Flags) -> None:
        """Show again what could not be settled, and what was hidden for its sake; keep what does without it."""
        mask = self._mask
        self._unfit |= stuck
        self._blocks = [each for each in self._blocks if not stuck[each.places].any()]
        needed = self._first.copy()
        for each in self._blocks:
            needed[each.places] = True
        mask.show(np.flatnonzero(mask.hidden & ~needed))
        self._worlds = [each for each in self._worlds if mask.hidden[each.places].all()]
        for each in (*self._blocks, *self._worlds):
            self._tell(each)

    def _meet(self, at: int, corners: Corners, place: int, way: int, *, among: Flags | None = None) -> None:
        """Find blocks by which one cell moves for each party that still asks for it; hide what they move.

        among: parties, within what is hidden; None for all, and whatever has to be hidden.
        """
        ids = self._places[at]
        quantity = int(ids[place])
        left = self._asks(quantity, way) & (True if among is None else among)
        while left.any():
            asking = np.flatnonzero(left)
            party = int(asking[np.argmin(self._knows[asking])])
            if steps := self._search(at, corners, place, way, party):
                block = joined(steps)
                found = Step(ids[block.places], block.by)
                self._mask.hide(found.places)
                corners.hide(block.places)
                self._blocks.append(found)
                self._tell(found)
            left &= self._asks(quantity, way)
            if left[party]:
                left &= ~self._more[party]

    def _asks(self, quantity: int, way: int) -> Flags:
        """Return (p,) which parties a quantity has still to be seen to move for, this way."""
        mask = self._mask
        shown = {_UP: mask.high, _DOWN: mask.low | mask.never_small, _AWAY: mask.moved | ~mask.never_small}
        asks: Flags = mask.unmet(np.array([quantity]))[0] & ~shown[way][quantity]
        return asks

    def _search(self, at: int, corners: Corners, place: int, way: int, party: int) -> list[Step]:
        """Return steps that move nothing of the party's own, and lose what even the best informed leave to be lost."""
        mask, ids = self._mask, self._places[at]
        quantity, own = ids[place], np.flatnonzero(mask.own[ids, party])
        before = corners.price[own].copy()
        corners.rate(own, np.full(len(own), NEVER, dtype=np.float32))
        rise, fall = int(mask.top[quantity] - mask.truth[quantity]), int(mask.room[quantity, party])
        wanted = {_UP: ((1, rise),), _DOWN: ((-1, fall),), _AWAY: ((1, 1), (-1, int(fall > 0)))}[way]
        left = int(corners.room[place])
        corners.allow(place, max(left, fall))
        steps: list[Step] = []
        for sign, by in wanted:
            steps = steps or corners.reach(place, sign, by)
        corners.allow(place, left)
        corners.rate(own, before)
        return steps

    def _corners(self, at: int, price: NDArray[np.floating[Any]]) -> Corners:
        ids = self._places[at]
        free, left = self._free[ids], self._left[ids]
        return Corners(self._raw.cubes[at], free, left, price.astype(np.float32))

    def _tell(self, step: Step) -> None:
        signs = (step.by // np.gcd.reduce(step.by)).astype(np.int32)
        tell(self._mask, Moves(step.places[None], signs[None]))

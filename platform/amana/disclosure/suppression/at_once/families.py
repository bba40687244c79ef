"""Families: hide from everybody at once, each small cell by blocks enough that nobody rules all of them out.

Runs in: worker.   Sees: true counts.
A committee knows its own area, and no block that moves it leads it to another world: a small cell swaps persons with as
many areas as it takes until every party is left one. What a block has to lose is counted at what the best informed
leave of it, so that most searches serve everybody. What was hidden for others is then looked at by programmes for one
party after the other, as many quantities at once as fall together; what still tells too much to anybody gets the
cheapest move that mends it, until nothing does. Showing it again and hiding others in its place was tried: as much is
open afterwards, round after round.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.at_once.corners import FREE, NEVER, Corners, Step, joined
from amana.disclosure.suppression.at_once.engine import Engine
from amana.disclosure.suppression.primary import by_group
from amana.disclosure.suppression.worlds.bounds import note_never_small
from amana.disclosure.suppression.worlds.mask import FAR, Mask
from amana.disclosure.suppression.worlds.oracle import Oracle, parts
from amana.disclosure.suppression.worlds.walk import Moves, tell
from amana.disclosure.table import AREA, Flags, Numbers, RawTable, Rule

_TURNS: Final = 15  # of seeing what is settled and mending what is not, at most; releases have taken about six
_FEW: Final = 3  # quantities that are worth a programme for all of them
_PAYS: Final = 0.95  # share of them left by a programme that was worth while
_BEHIND: Final = 3  # committees whose own figure is hidden, behind a regional one that is shown
_OUTSIDER: Final = 0  # the number of the party that knows nothing besides
_UP, _DOWN, _AWAY = 1, -1, 0  # ways in which a cell is to be seen to move


class Families:
    """Hides by blocks on the mask of many parties, and has the engine make the moves that blocks leave to be made."""

    def __init__(self, raw: RawTable, rule: Rule, mask: Mask, rng: np.random.Generator, engine: Engine) -> None:
        self._raw, self._rule, self._mask, self._rng, self._engine = raw, rule, mask, rng, engine
        self._places = [mask.system.numbers[cube.id].ravel() for cube in raw.cubes]
        ids = np.concatenate(self._places)
        self._free = mask.movable & (np.bincount(ids, minlength=len(mask.truth)) == 1)
        self._free[: mask.system.cells] &= np.diff(mask.system.defining.tocsc().indptr) == 0
        self._left = np.where(mask.own, FAR, mask.room).min(axis=1).astype(np.int64)  # by the best informed
        self._knows = mask.own.sum(axis=0)
        self._more = np.array([
            ((mask.floor >= mask.floor[:, [one]]) & (mask.own | ~mask.own[:, [one]])).all(axis=0)
            for one in range(mask.parties)
        ])  # fmt: skip

    def protect(self) -> None:
        """Hide until nothing is open, the turns are over, or the effort is spent."""
        for at in range(len(self._places)):
            self._hide(at)
        for _ in range(_TURNS):
            self._stand_behind()
            self._see()
            waiting = self._rng.permutation(np.flatnonzero(self._mask.unmet().any(axis=1)))
            if not len(waiting):
                return
            for quantity in waiting.tolist():
                if self._mask.effort.spent:
                    return
                self._engine.settle(quantity)

    def _hide(self, at: int) -> None:
        """Give every small cell of one cube its family."""
        mask, ids = self._mask, self._places[at]
        open_ = np.flatnonzero(mask.unmet(ids).any(axis=1) & self._free[ids] & (mask.truth[ids] < mask.k))
        corners = self._corners(at, mask.cost[ids])
        for way in (_UP, _DOWN):
            for place in self._rng.permutation(open_).tolist():
                self._meet(at, corners, place, way)

    def _stand_behind(self) -> None:
        """Hide the cheapest areas beside those that are too few behind a regional figure, or else the figure."""
        mask = self._mask
        for cube, places in zip(self._raw.cubes, self._places, strict=True):
            for dim, axis in enumerate(cube.axes):
                for _, children in axis.sums if axis.dim == AREA else ():
                    lines = np.moveaxis(places.reshape(cube.shape), dim, 0)[list(children)].reshape(len(children), -1)
                    counted = mask.hidden[lines] & (mask.truth[lines] > 0)
                    few = (counted.sum(axis=0) > 0) & (counted.sum(axis=0) < _BEHIND)
                    for line in lines[:, few & self._free[lines].all(axis=0)].T:
                        missing = _BEHIND - int((mask.hidden[line] & (mask.truth[line] > 0)).sum())
                        others = line[~mask.hidden[line] & (mask.truth[line] > 0)]
                        mask.hide(others[np.argsort(mask.cost[others], kind="stable")[:missing]])
        mask.hide(by_group(self._raw, self._rule, mask.system, mask.hidden[:-1]))

    def _see(self) -> None:
        """Find out what is settled by what is hidden: by subtraction, by blocks, and by programmes.

        The outsider first, as whoever knows more can rule out what he can, and then the best informed, as nobody can
        rule out what they cannot.
        """
        note_never_small(self._mask)
        for at in range(len(self._places)):
            self._look(at)
        given_up = np.zeros(len(self._mask.truth), dtype=np.bool_)
        for party in sorted(range(self._mask.parties), key=lambda each: (each != _OUTSIDER, -self._knows[each])):
            if self._mask.effort.spent:
                return
            self._ask(party, given_up)

    def _look(self, at: int) -> None:
        """Let what is open to the outsider move by blocks within what is hidden."""
        mask, ids, outsider = self._mask, self._places[at], np.arange(self._mask.parties) == _OUTSIDER
        waiting = np.flatnonzero(mask.unmet(ids)[:, _OUTSIDER] & self._free[ids])
        corners = self._corners(at, np.where(mask.hidden[ids], FREE, NEVER))
        for place in waiting.tolist():
            for way in (_UP, _DOWN, _AWAY):
                self._meet(at, corners, place, way, among=outsider)

    def _ask(self, party: int, given_up: Flags) -> None:
        """Ask how far what is still open to one party can go, in each part of what is hidden.

        given_up: (n + 1,) what tells somebody too much, so that it has to be mended whatever others can tell; more is
                  added.
        """
        mask = self._mask
        for part in parts(mask, party) if (mask.unmet()[:, party] & ~given_up).any() else ():
            oracle = Oracle(mask, party, part)
            self._ask_together(oracle, part[~given_up[part]])
            for quantity in part[mask.unmet(part)[:, party] & ~given_up[part]].tolist():
                if mask.effort.spent:
                    return
                for way in (_UP, _DOWN):
                    if by := mask.missing(quantity, party, way):
                        self._note(part, oracle.ask(quantity, way * by))
                        mask.never_small[quantity, self._more[party]] |= mask.never_small[quantity, party]
                given_up[quantity] = mask.unmet(np.array([quantity]))[0, party]

    def _ask_together(self, oracle: Oracle, among: Numbers) -> None:
        """Let as much as goes together fall at once, again and again as long as it pays."""
        mask, party = self._mask, oracle.party

        def waiting() -> Numbers:
            done = mask.low[among, party] | mask.never_small[among, party]
            found: Numbers = among[mask.unmet(among)[:, party] & ~done]
            return found

        some = waiting()
        while len(some) >= _FEW:
            self._note(oracle.free, oracle.ask_together(some))
            before, some = len(some), waiting()
            if len(some) > _PAYS * before:
                return

    def _note(self, part: Numbers, world: Numbers | None) -> None:
        """Note what a world shows as far as it goes both ways. world: (part,) what changes, None for none."""
        if world is not None and world.any():
            self._tell(Step(part[world != 0], world[world != 0]))

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

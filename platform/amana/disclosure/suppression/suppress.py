"""Suppress: hide small cells, and as few others as it takes to keep them hidden.

Runs in: worker.   Sees: true counts. Its own evidence is not proof: the checker judges what it leaves shown.
Primary: every cell below the least count. Complementary: whatever the cheapest moves touch, until each hidden quantity
can be 0 and can be the least count in some table that shows the same, or provably never was small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.moves import (
    Flags,
    Numbers,
    Room,
    Vector,
    Window,
    fence,
    least_possible,
    reached,
    window,
)
from amana.disclosure.suppression.system import SHARED, System, link, refusal
from amana.disclosure.table import RawTable, Rule, Status

Progress = Callable[[str], None]  # told the name of each step, at least every few seconds

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_PATIENCE: Final = 4  # rounds in a row that settle nothing, before giving up
_SLOW: Final = 0.98  # share of open cells left by a round beyond which dear moves in the whole system are due
_WORTH: Final = 2  # open cells that a widening within one cube must settle for another to be worth its time
_FEW: Final = 30  # moves in one cube between two widenings
_BATCH: Final = 25  # moves in the whole system between two widenings


@dataclass(frozen=True)
class Candidate:
    """What would be shown. values: 0 wherever the status is not SHOWN; both by cube id, shape ``cube.shape``."""

    values: Mapping[str, NDArray[np.int64]]
    status: Mapping[str, NDArray[np.uint8]]


def suppress(raw: RawTable, rule: Rule, rng: Random, progress: Progress) -> Candidate:
    """Return a candidate for publication.

    Raises ClearingRefused when the counts contradict each other or some cell cannot be protected by hiding others.
    """
    system = link(raw)
    mask = _Mask(system, rule, np.random.default_rng(rng.getrandbits(128)), progress)
    mask.protect()
    if mask.unmet().any():
        raise refusal("beyond_protection", raw.cubes, system.numbers, mask.unmet())
    values, status = {}, {}
    for cube in raw.cubes:
        hidden = mask.hidden[system.numbers[cube.id]]
        status[cube.id] = np.where(hidden, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
        status[cube.id][raw.absent[cube.id]] = Status.NOT_COLLECTED
        values[cube.id] = np.where(status[cube.id] == Status.SHOWN, raw.counts[cube.id], 0)
    return Candidate(values, status)


class _Mask:
    """What is hidden so far, and which hidden quantities are known to reach far enough.

    low, high:   (n,) some table that fits has the quantity at or below the least hidden value, at or above k.
    never_small: (n,) no table that fits has it below k; holds until something else is hidden.
    """

    def __init__(self, system: System, rule: Rule, rng: np.random.Generator, progress: Progress) -> None:
        truth, k = system.truth, rule.least_count
        cell = np.arange(len(truth)) < system.cells
        small = truth < k if rule.zeros_hidden else (truth > 0) & (truth < k)
        self.system, self.rule, self.rng, self.progress = system, rule, rng, progress
        self.hidden = np.where(cell, system.guarded & small | ~(system.guarded | system.fixed), True)  # noqa: FBT003 - numpy's own signature
        self.least = np.where(cell & system.guarded, rule.hidden_least, 0)
        self.price = (np.log1p(truth) + 1) * rng.uniform(0.9, 1.1, len(truth))
        self.low, self.high, self.never_small = (np.zeros(len(truth), dtype=np.bool_) for _ in range(3))
        self.exempt = ~system.guarded | (~cell & (truth == 0) & (not rule.zeros_hidden))
        self.note(np.arange(len(truth)), truth)
        owners = range(len(system.numbers))
        self.windows = [window(system, np.flatnonzero((system.owner == owner) & ~system.fixed)) for owner in owners]
        self.fences = [
            fence(system, np.union1d(grid, view.ids))
            for grid, view in zip(system.numbers.values(), self.windows, strict=True)
        ]

    def note(self, ids: Numbers, table: Numbers) -> None:
        """Remember what one table shows to be possible."""
        self.low[ids[table <= self.rule.hidden_least]] = True
        self.high[ids[table >= self.rule.least_count]] = True

    def unmet(self) -> Flags:
        """Return (n,) the hidden quantities whose protection is not yet shown."""
        settled = self.high & (self.low | self.never_small)
        unmet: Flags = self.hidden & ~self.exempt & ~settled
        return unmet

    def protect(self) -> None:
        """Hide until nothing is unmet, or nothing helps any more."""
        truth = self.system.truth
        everything = np.flatnonzero(~self.system.fixed)
        whole = self._room(window(self.system, everything), truth)
        self.progress("suppress")
        for place in self._open(whole, self.system.owner[everything] == SHARED):
            self._settle(whole, place)
        for view in self.windows:
            self._look_around(self._room(view, truth))
        self._note_never_small()
        stalled = 0
        while self.unmet().any() and stalled < _PATIENCE:
            self.progress("suppress")
            before = int(self.unmet().sum())
            self._tour(whole, self._widen(whole), self._widen_while_it_pays)
            if int(self.unmet().sum()) > before * _SLOW:
                self._tour(whole, self._widen(whole), self._look_around)
                self._note_never_small_by_cube()
            if int(self.unmet().sum()) > before * _SLOW:
                for place in self._open(whole)[:_BATCH]:
                    if self.unmet()[whole.ids[place]]:
                        self._tour(whole, self._settle(whole, place), self._widen_while_it_pays)
            self._note_never_small()
            stalled = stalled + 1 if int(self.unmet().sum()) >= before else 0

    def _tour(self, whole: Room, z: Numbers | Vector | None, visit: Callable[[Room], None]) -> None:
        """From the table that a move leads to, look further in every cube where something is open."""
        if z is None or np.abs(np.rint(z) - z).max(initial=0.0) > _CLOSE:
            return
        table = self.system.truth.copy()
        table[whole.ids] += np.rint(z).astype(np.int64)
        for view in self.windows:
            if self.unmet()[view.ids].any():
                visit(self._room(view, table))

    def _room(self, view: Window, base: Numbers) -> Room:
        return Room(view, base, hidden=self.hidden, price=self.price, least=self.least)

    def _open(self, room: Room, among: Flags | None = None) -> list[int]:
        """Return the places of a room whose protection is not yet shown, in random order."""
        unmet = self.unmet()[room.ids]
        places = np.flatnonzero(unmet if among is None else unmet & among)
        return [int(place) for place in self.rng.permutation(places)]

    def _look_around(self, room: Room) -> None:
        """Settle what can be settled by moving the cells of one cube while all shared margins stay."""
        given_up: set[int] = set()
        small = self.system.truth[room.ids] < self.rule.least_count
        while True:
            self._widen_while_it_pays(room)
            waiting = [place for place in self._open(room, small) if place not in given_up]
            if not waiting:
                return
            for place in waiting[:_FEW]:
                self._settle(room, place)
            given_up.update(waiting[:_FEW])

    def _widen_while_it_pays(self, room: Room) -> None:
        before, now = len(room.ids) + _WORTH, len(self._open(room))
        while now and now <= before - _WORTH:
            self._widen(room)
            before, now = now, len(self._open(room))

    def _widen(self, room: Room) -> Numbers:
        """Try to raise and lower all open quantities at once, at no cost; return the move that was made."""
        room.note(self.hidden)
        unmet, coin = self.unmet()[room.ids], self.rng.random(len(room.ids)) < 0.5  # noqa: PLR2004 - a fair coin
        up, down = unmet & ~self.high[room.ids], unmet & ~self.low[room.ids]
        weight = self.rng.uniform(0.5, 1.5, len(room.ids))
        z = room.widen(weight * (up & ~(down & coin)), weight * (down & ~(up & ~coin)), self.rule.least_count)
        self._learn(room, z)
        return z

    def _settle(self, room: Room, place: int) -> Vector | None:
        """Settle one quantity, hiding more where needed; return the last move that was made.

        One that is not small is settled in the room of everything only: a bound found in a smaller room is none.
        """
        room.note(self.hidden)
        k, quantity, z = self.rule.least_count, room.ids[place], None
        if not self.high[quantity]:
            z = self._make(room, room.move(place, k))
        if self.low[quantity]:
            return z
        if self.system.truth[quantity] >= k:
            smaller = room.move(place, k - 1)
            if smaller is None or len(room.touches(smaller)):
                self.never_small[quantity] = True
                return z
        return self._make(room, room.move(place, self.rule.hidden_least))

    def _make(self, room: Room, z: Vector | None) -> Vector | None:
        if z is None:
            return None
        fresh = room.touches(z)
        if len(fresh):
            self.hidden[fresh] = True
            self.never_small[:] = False
            self._note_never_small()
            room.note(self.hidden)
        self._learn(room, z)
        return z

    def _learn(self, room: Room, z: Numbers | Vector) -> None:
        for table in reached(room.base, np.minimum(self.least[room.ids], room.base), z):
            self.note(room.ids, table)

    def _note_never_small(self) -> None:
        """Remember the large quantities that plain subtraction keeps at or above k whatever the table."""
        truth, most = self.system.truth, np.int64(2**40)
        lower, _ = self.system.plain_bounds(
            np.where(self.hidden, np.minimum(self.least, truth), truth),
            np.where(self.hidden & ~self.system.fixed, most, truth),
        )
        self.never_small |= lower >= self.rule.least_count

    def _note_never_small_by_cube(self) -> None:
        """Remember what the equations of one cube keep at or above k, by linear programming."""
        for view in self.fences:
            places = np.flatnonzero(self.unmet()[view.ids] & ~self.low[view.ids] & self.high[view.ids])
            bound = least_possible(view, self.system.truth, self.hidden, self.least, places)
            self.never_small[view.ids[places]] |= bound > self.rule.least_count - 1 + _CLOSE

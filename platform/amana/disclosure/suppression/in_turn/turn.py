"""One party's turn: hide until nothing that it does not know can be told, whatever it knows of its own persons.

Runs in: worker.   Sees: true counts. Its own evidence is not proof: the checker judges what it leaves shown.
The party takes its own persons out of every figure; what is left are tables of everybody else's, and a hidden cell must
be able to be as little there, and as much, as the standard asks. Whatever the cheapest moves touch is hidden as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from amana.disclosure.suppression.in_turn.room import Room, Window, fence, least_possible, reached, window
from amana.disclosure.suppression.in_turn.sight import Sight, guard_unsure_rests
from amana.disclosure.suppression.linked.system import SHARED, System
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Flags, Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_PATIENCE: Final = 4  # rounds in a row that settle nothing, before giving up
_SLOW: Final = 0.98  # share of open cells left by a round beyond which dear moves in the whole system are due
_WORTH: Final = 2  # open cells that a widening within one cube must settle for another to be worth its time
_FEW: Final = 30  # moves in one cube between two widenings
_BATCH: Final = 25  # moves in the whole system between two widenings
_FAR: Final = np.int64(2**40)

World = tuple[Numbers, Numbers]  # some quantities, and what they are in a table that fits; all others are the truth


class Turn:
    """What is hidden so far, and which hidden quantities are known to reach far enough for the party.

    can_fall, can_rise, moved, back: (n,) some table that fits has the quantity low enough, high enough, anywhere else
    than it is, as far as its old figure. never_small: (n,) no table that fits has it below ``high``.
    far: (n,) none has it less than k persons from its old figure.
    """

    def __init__(
        self, system: System, sight: Sight, hidden: Flags, price: Vector, rng: np.random.Generator, *, effort: Effort
    ) -> None:
        """Begin with what is hidden from everybody.

        hidden: (n,); ``protect`` adds to a copy of it. effort: what all turns of the run share.
        """
        self.system, self.sight, self.price, self.rng, self.effort = system, sight, price, rng, effort
        self.plain = system  # for plain subtraction
        rest = np.arange(len(sight.truth)) >= system.cells
        self._says = (sight.low < sight.high) | (sight.low > sight.truth) | rest
        self.hidden = hidden.copy()
        self.never_small = sight.high <= 0
        self.far = np.zeros(len(hidden), dtype=np.bool_)
        self.worlds: list[World] = []
        self._forget()
        self.note(np.arange(len(sight.truth)), sight.truth)
        movable = ~(system.fixed | sight.known)
        self._everything = np.flatnonzero(movable)
        self._whole = window(system, self._everything)
        owners = range(len(system.numbers))
        self.windows = [window(system, np.flatnonzero((system.owner == owner) & movable)) for owner in owners]
        self.fences: list[Window] | None = None

    def follow(self, hidden: Flags) -> None:
        """Take in what has been hidden meanwhile, in other parties' turns."""
        if (hidden & ~self.hidden).any():
            self.hidden |= hidden
            self.never_small = self.sight.high <= 0

    def _forget(self) -> None:
        size = len(self.sight.truth)
        self.can_fall, self.can_rise, self.moved, self.back = (np.zeros(size, dtype=np.bool_) for _ in range(4))

    def note(self, ids: Numbers, table: Numbers) -> None:
        """Remember what one table shows to be possible, and the table, if that is new."""
        sight, new = self.sight, False
        old, truth = sight.old[ids], sight.truth[ids]
        there = (old < 0) | ((old <= truth) & (table <= old)) | ((old >= truth) & (table >= old))
        shown = (table <= sight.low[ids], table >= sight.high[ids], table != truth, there)
        for flags, possible in zip((self.can_fall, self.can_rise, self.moved, self.back), shown, strict=True):
            found = ids[possible]
            new = new or not flags[found].all()
            flags[found] = True
        if new:
            self.worlds.append((ids, table))

    def unmet(self) -> Flags:
        """Return (n,) the hidden quantities whose protection from this party is not yet shown."""
        low = self._fallen() | (self.never_small & (self.moved | self.sight.loose))
        unmet: Flags = self.hidden & ~self.sight.exempt & ~(self.can_rise & (self.back | self.far) & low)
        return unmet

    def _fallen(self) -> Flags:
        """Return (n,) what is seen to be little enough, where that says anything.

        Of a cell of the party's own persons, k or more, it does not: the others may be none and nothing else.
        """
        return self.can_fall & self._says

    def hides(self) -> Flags:
        """Return (n,) what is hidden as far as this party is concerned."""
        return self.hidden

    def left(self) -> Flags:
        """Return (n,) what is not protected from it."""
        return self.unmet()

    def protect(self) -> None:
        """Hide until nothing is unmet, nothing helps any more, or the effort is spent."""
        guard_unsure_rests(self.sight, self.system, self._everything[self.hidden[self._everything]], self.effort)
        self._note_never_small()
        if not self.unmet().any():
            return
        truth = self.sight.truth
        whole = self._room(self._whole, truth)
        self._widen_while_it_pays(whole)
        for place in self._open(whole, self.system.owner[self._everything] == SHARED):
            self._settle(whole, place)
        for view in self.windows:
            self._look_around(self._room(view, truth))
        self._note_never_small()
        stalled = 0
        while self.unmet().any() and stalled < _PATIENCE and not self.effort.spent:
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

    def spare(self, some: Numbers) -> bool:
        """Show some hidden quantities again if everything else stays protected without them; return whether it does.

        The tables in which they do not change still count; those that are missed then are looked for.
        """
        self._before = self._state()
        self.hidden, worlds, self.worlds = self.hidden.copy(), self.worlds, []
        self.hidden[some] = False
        self.never_small = self.never_small.copy()
        self._forget()
        shown = np.zeros(len(self.hidden), dtype=np.bool_)
        shown[some] = True
        for ids, table in worlds:
            if (table == self.sight.truth[ids])[shown[ids]].all():
                self.note(ids, table)
        done = not self.unmet().any() or self._is_protected()
        if not done:
            self.restore()
        return done

    def _is_protected(self) -> bool:
        """Find tables for all that is unmet, within what is hidden; return whether there are such."""
        room = self._room(window(self.system, self._everything[self.hidden[self._everything]]), self.sight.truth)
        self._widen(room)
        self._note_never_small()
        self._widen(room)
        for place in self._open(room):
            if self.unmet()[room.ids[place]]:
                self._settle(room, place)
                if self.unmet()[room.ids[place]]:
                    return False
        return not self.unmet().any()

    def _state(self) -> tuple[Any, ...]:
        flags = (self.can_fall, self.can_rise, self.moved, self.back)
        return self.hidden, self.never_small, self.far, self.worlds, *flags

    def restore(self) -> None:
        """Hide again what was last shown."""
        self.hidden, self.never_small, self.far, self.worlds, *flags = self._before
        self.can_fall, self.can_rise, self.moved, self.back = flags

    def _tour(self, whole: Room, z: Numbers | Vector | None, visit: Callable[[Room], None]) -> None:
        """From the table that a move leads to, look further in every cube where something is open."""
        if z is None or np.abs(np.rint(z) - z).max(initial=0.0) > _CLOSE:
            return
        table = self.sight.truth.copy()
        table[whole.ids] += np.rint(z).astype(np.int64)
        for view in self.windows:
            if self.unmet()[view.ids].any():
                visit(self._room(view, table))

    def _room(self, view: Window, base: Numbers) -> Room:
        return Room(view, base, hidden=self.hidden, price=self.price, least=self.sight.least, effort=self.effort)

    def _open(self, room: Room, among: Flags | None = None) -> list[int]:
        """Return the places of a room whose protection is not yet shown, in random order."""
        unmet = self.unmet()[room.ids]
        places = np.flatnonzero(unmet if among is None else unmet & among)
        return [int(place) for place in self.rng.permutation(places)]

    def _look_around(self, room: Room) -> None:
        """Settle what can be settled by moving the cells of one cube while all shared margins stay."""
        given_up: set[int] = set()
        small = self.sight.truth[room.ids] < self.sight.high[room.ids]
        while True:
            self._widen_while_it_pays(room)
            waiting = [place for place in self._open(room, small) if place not in given_up]
            if not waiting or self.effort.spent:
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
        up, down = unmet & ~self.can_rise[room.ids], unmet & ~self._fallen()[room.ids]
        weight = self.rng.uniform(0.5, 1.5, len(room.ids))
        most = int(self.sight.high.max(initial=1))
        z = room.widen(weight * (up & ~(down & coin)), weight * (down & ~(up & ~coin)), most)
        self._learn(room, z)
        return z

    def _settle(self, room: Room, place: int) -> Vector | None:
        """Settle one quantity, hiding more where needed; return the last move that was made.

        One that is not small is settled in the room of everything only: a bound found in a smaller room is none.
        """
        room.note(self.hidden)
        quantity, sight, z = room.ids[place], self.sight, None
        if not self.can_rise[quantity]:
            z = self._make(room, room.move(place, int(sight.high[quantity])))
        if not (self.back | self.far)[quantity]:
            z = self._make(room, room.move(place, int(sight.old[quantity])))
        if self._fallen()[quantity]:
            return z
        if sight.truth[quantity] >= sight.high[quantity]:
            if not self.never_small[quantity]:
                smaller = room.move(place, int(sight.high[quantity]) - 1)
                self.never_small[quantity] = room.sure if smaller is None else len(room.touches(smaller)) > 0
            if self.never_small[quantity]:
                return z if (self.moved | sight.loose)[quantity] else self._make(room, self._anywhere(room, place))
        return self._make(room, room.move(place, int(sight.low[quantity])))

    def _anywhere(self, room: Room, place: int) -> Vector | None:
        """Return the cheaper of one person more and one person less."""
        here = int(self.sight.truth[room.ids[place]])
        up = room.move(place, here + 1)
        return up if up is not None else room.move(place, here - 1)

    def _make(self, room: Room, z: Vector | None) -> Vector | None:
        if z is None:
            return None
        fresh = room.touches(z)
        if len(fresh):
            self.hidden[fresh] = True
            self.never_small = self.sight.high <= 0
            self._note_never_small()
            room.note(self.hidden)
        self._learn(room, z)
        return z

    def _learn(self, room: Room, z: Numbers | Vector) -> None:
        for table in reached(room.base, np.minimum(self.sight.least[room.ids], room.base), z):
            self.note(room.ids, table)

    def _note_never_small(self) -> None:
        """Remember what plain subtraction keeps at or above ``high``, and what far from an old figure."""
        sight, free = self.sight, self.hidden & ~self.sight.known & ~self.system.fixed
        lower, upper = self.plain.plain_bounds(
            np.where(free, np.minimum(sight.least, sight.truth), sight.truth),
            np.where(free, _FAR, sight.truth),
        )
        self.never_small |= lower >= sight.high
        self.far = (sight.old >= 0) & ((lower - sight.old >= sight.apart) | (sight.old - upper >= sight.apart))

    def _note_never_small_by_cube(self) -> None:
        """Remember what the equations of one cube keep at or above ``high``, by linear programming."""
        sight, free = self.sight, self.hidden & ~self.sight.known
        if self.fences is None:
            grids = zip(self.system.numbers.values(), self.windows, strict=True)
            self.fences = [fence(self.system, np.union1d(grid, view.ids)) for grid, view in grids]
        for view in self.fences:
            places = np.flatnonzero(self.unmet()[view.ids] & ~self.can_fall[view.ids] & self.can_rise[view.ids])
            bound = least_possible(view, sight.truth, free, sight.least, places, effort=self.effort)
            self.never_small[view.ids[places]] |= bound > sight.high[view.ids[places]] - 1 + _CLOSE

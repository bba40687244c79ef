"""Closing: see that what is protected in tables that agree is protected in tables of persons, too, and hide the rest.

Runs in: worker.   Sees: true counts. Its own evidence is not proof: the checker judges what it leaves shown.
Nearly all of it is protected anyhow, and only has to be seen. Where a circle (``circles``) tells too much, more is
hidden: of tables without areas and of the region first, which are large and stay so for everybody, while a figure of
one committee has to be able to be nobody for each that looks on. What is hidden so has to be protected as well, so it
is tried at several prices, and the way that hides fewest is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from amana.disclosure.suppression.in_turn.sight import guard_unsure_rests
from amana.disclosure.suppression.in_turn.stage import Stage
from amana.disclosure.suppression.in_turn.turn import Turn, World
from amana.disclosure.suppression.linked.persons import with_unprinted
from amana.disclosure.suppression.linked.system import link, refusal
from amana.disclosure.suppression.primary import Given, by_group, given
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import (
    AREA,
    ClearingRefused,
    Flags,
    Insider,
    KnownFigure,
    Publication,
    RawTable,
    Rule,
    Vector,
)

Hidden = Mapping[str, Flags]  # by cube id, shape ``cube.shape``
_REGIONAL: Final = (0.5, 0.3, 0.2)  # try after try, the share of its price that a figure of no one area costs
_SWAY: Final = 0.3  # how much chance sways a price, after the first try
_ROUNDS: Final = 8  # until nobody's turn hides any more; realistic releases settle in about three
_AGAIN: Final = 3  # times that one turn hides more before the next has its own
_HEARD: Final = 2  # better informed parties whose worlds are taken over; more have few new ones


def closing(
    raw: RawTable,
    rule: Rule,
    chance: np.random.Generator,
    effort: Effort,
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
    caution: int = 0,
    together: int | None = None,
) -> Closing | None:
    """Return what closes the circles of a release; None where its tables go round in none that is closed (``circles``).

    Arguments are those of ``suppress``; effort: what may be asked of the solver. together: how many readers at most who
    put together what they know look on here; None: as many as ``rule.as_persons``.
    Raises ClearingRefused where nobody is found who could stand behind the figures: no circle is left open unsaid.
    """
    whole = with_unprinted(raw, effort)
    if whole is None:
        raise ClearingRefused(reason=effort.reason, cells=0, places=())
    if whole is raw:
        return None
    stage = Stage(whole, rule, link(whole))
    what = given(whole, rule, stage.system, known, past, caution=caution)
    return Closing(stage, what, rule.as_persons if together is None else together, chance, effort)


class Closing:
    """All readers of one release, each shown the tables that nobody prints as well.

    stage: with these tables. together: how many readers who put together what they know look on, at most.
    """

    def __init__(self, stage: Stage, what: Given, together: int, chance: np.random.Generator, effort: Effort) -> None:
        self._stage, self._what, self._chance, self._effort = stage, what, chance, effort
        self._parties = [members for members in stage.parties() if len(members) <= together]
        self._price = stage.price()
        self._turns: list[ClosedTurn] = []  # with what was seen when it was last closed

    def close(self, hidden: Hidden) -> Hidden:
        """Return what is to be hidden, of what is hidden already. Raises ClearingRefused where that does not do."""
        numbers, first = self._stage.system.numbers, self._stage.begin(self._what)
        for name, marked in hidden.items():
            first[numbers[name][marked]] = True
        for turn in self._turns:
            turn.follow(first)
        if not self._turns:
            begun = (first, self._price, self._chance)
            sights = [self._stage.sight(members, self._what) for members in self._parties]
            self._turns = [ClosedTurn(self._stage.system, sight, *begun, effort=self._effort) for sight in sights]
        found = first if self._see(self._turns) else self._cheapest(self._turns, first)
        return {name: found[numbers[name]] for name in hidden}

    def _see(self, turns: Sequence[ClosedTurn]) -> bool:
        """Have everybody look, the best informed first, whose worlds are everybody's."""
        protected = True
        for at, turn in enumerate(turns):
            better = [one for one in range(at) if _knows(self._parties[one], self._parties[at])]
            for one in better[-_HEARD:]:
                turn.hear(turns[one])
            protected &= turn.see()
        return protected

    def _cheapest(self, turns: Sequence[ClosedTurn], first: Flags) -> Flags:
        best: Flags | None = None
        seen, wide = [turn.state() for turn in turns], regional(self._stage)
        closed = seen
        for number, share in enumerate(_REGIONAL):
            for turn, state in zip(turns, seen, strict=True):
                turn.resume(state)
            sway = self._chance.uniform(1 - _SWAY, 1 + _SWAY, len(first)) if number else np.ones(len(first))
            price = self._price * sway * np.where(wide, share, 1.0)
            found = self._mended(turns, first, price, len(first) if best is None else int(best.sum()) - 1)
            if found is not None:
                best, closed = found, [turn.state() for turn in turns]
        if best is None:
            unmet = np.any([turn.left() for turn in turns], axis=0)
            printed = [cube for cube in self._stage.raw.cubes if cube.printed]
            raise refusal(self._effort.reason, printed, self._stage.system.numbers, unmet)
        for turn, state in zip(turns, closed, strict=True):
            turn.resume(state)
        return best

    def _mended(
        self,
        turns: Sequence[ClosedTurn],
        first: Flags,
        price: Vector,
        most: int,
    ) -> Flags | None:
        """Return what is hidden once nobody's turn hides any more; None where it does not do, or is more than most."""
        stage, hidden = self._stage, first.copy()
        for _ in range(_ROUNDS):
            before = hidden.copy()
            for turn in turns:
                turn.follow(hidden)
                turn.mend(price)
                hidden |= turn.hides()
                if int(hidden.sum()) > most:
                    return None
            hidden[by_group(stage.raw, stage.rule, stage.system, hidden, self._what.since)] = True
            if (hidden == before).all():
                unmet = np.any([turn.left() for turn in turns], axis=0)
                if not unmet.any():
                    return hidden
                if self._effort.spent:
                    return None
                hidden |= stage.around(unmet)
        return None


class Mending(Turn):
    """One party's turn where little is open: one move after the other hides what is missing, and nothing beside it."""

    def see(self) -> bool:
        """Look for tables that protect what is hidden, hiding nothing more; return whether all of it is protected."""
        guard_unsure_rests(self.sight, self.system, self._everything[self.hidden[self._everything]], self.effort)
        return not self.unmet().any() or self._is_protected()

    def mend(self, price: Vector) -> None:
        """Hide what is missing, at these prices."""
        self.price = price
        for _ in range(_AGAIN):
            if self.see() or self.effort.spent:
                return
            whole = self._room(self._whole, self.sight.truth)
            for place in (each for each in self._open(whole) if self.unmet()[whole.ids[each]]):
                self._settle(whole, place)
        self.see()


class ClosedTurn(Mending):
    """One party's turn, the tables that nobody prints included."""

    def hear(self, other: ClosedTurn) -> None:
        """Take over the worlds of a party that knows no less."""
        more = self.sight.truth - other.sight.truth
        for ids, table in other.worlds:
            self.note(ids, table + more[ids])

    def state(self) -> tuple[tuple[Flags, ...], list[World]]:
        """Return what is known so far."""
        flags = (self.can_fall, self.can_rise, self.moved, self.back)
        kept = (self.sight.nobody, self.sight.exempt, self.hidden, self.never_small, self.far, *flags)
        return tuple(each.copy() for each in kept), list(self.worlds)

    def resume(self, state: tuple[tuple[Flags, ...], list[World]]) -> None:
        """Go back to what was known."""
        self.sight.nobody[:], self.sight.exempt[:], *kept = state[0]
        self.hidden, self.never_small, self.far, *flags = (each.copy() for each in kept)
        self.can_fall, self.can_rise, self.moved, self.back = flags
        self.worlds = list(state[1])


def regional(stage: Stage) -> Flags:
    """Return (n,) which quantities are figures of no one area."""
    found = np.zeros(len(stage.system.truth), dtype=np.bool_)
    for cube in stage.raw.cubes:
        ids, dims = stage.system.numbers[cube.id], [axis.dim for axis in cube.axes]
        wholes = [parent for axis in cube.axes if axis.dim == AREA for parent, _ in axis.sums]
        found[np.take(ids, wholes, axis=dims.index(AREA)) if AREA in dims else ids] = True
    return found


def _knows(one: Sequence[Insider], other: Sequence[Insider]) -> bool:
    """Return whether some know all that some others do."""
    names = {each.name for each in one}
    return all(each.name in names or each.name.partition("/")[0] in names for each in other)

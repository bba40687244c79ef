"""Sparing: hide in one cube what its small cells need, and show again whatever none of them needs after all.

Runs in: worker.   Sees: true counts.
Each small cell needs two other tables that show the same, one in which it is the least possible and one in which it is
the least count; blocks of the cube lead to them (``corners``). A table needs only that what it changes is hidden, so
that a large cell may be shown again when every table that changes it has another in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from amana.disclosure.suppression.at_once.corners import FREE, NEVER, Corners, Prices, Step, joined
from amana.disclosure.table import Numbers

_UP: Final = 1
_DOWN: Final = -1
_MANY: Final = 12  # proofs that need a cell; where more do, it is seldom that all can be had without

Need = tuple[int, int]  # which cell, and which way


@dataclass(frozen=True)
class Task:
    """One cube at its prices, and (cells,) persons by which each cell has to be seen to rise, to fall; 0: need not."""

    corners: Corners
    rise: Numbers
    fall: Numbers


class Sparing:
    """One attempt at a task, after which its prices are those of what is hidden.

    hidden: (cells,) what is hidden in the end. proofs: by need, the change that meets it; what is missing is not met.
    """

    def __init__(self, task: Task, rng: np.random.Generator) -> None:
        self.task, self.proofs = task, dict[Need, Step]()
        self._first = task.corners.price == FREE
        self.hidden = self._first.copy()
        self._asked = {_UP: task.rise > 0, _DOWN: task.fall > 0}
        self._protect(rng)
        self._users = self._by_cell()
        self._show_again(rng)

    def needs(self, rng: np.random.Generator) -> Iterator[Need]:
        """Yield what is asked for, the rising first, as it costs most, by chance otherwise."""
        for way in (_UP, _DOWN):
            for place in rng.permutation(np.flatnonzero(self._asked[way])).tolist():
                yield place, way

    def by(self, need: Need) -> int:
        """Return by how many persons a cell has to move."""
        return int((self.task.rise if need[1] == _UP else self.task.fall)[need[0]])

    def _protect(self, rng: np.random.Generator) -> None:
        for need in self.needs(rng):
            if need in self.proofs:
                continue
            for step in (steps := self.task.corners.reach(*need, self.by(need))):
                self.hidden[step.places] = True
                self.task.corners.hide(step.places)
            if steps:
                self._note(joined(steps))
                self._stretch(steps[0])

    def _stretch(self, block: Step) -> None:
        """Note how far one block goes both ways: that may be what other cells need."""
        for way in np.sign(block.by), -np.sign(block.by):
            if most := int(self.task.corners.room[block.places[way < 0]].min()):
                self._note(Step(block.places, most * way))

    def _note(self, step: Step) -> None:
        for way in (_UP, _DOWN):
            wanted = self.task.rise if way == _UP else self.task.fall
            met = self._asked[way][step.places] & (way * step.by >= wanted[step.places])
            for place in step.places[met].tolist():
                self.proofs.setdefault((place, way), step)

    def do_without(self, places: list[int], prices: Prices) -> None:
        """Show these large cells, each at the price of others, where every proof that needs it can be had so."""
        shown = np.flatnonzero(~self.hidden)
        self.task.corners.rate(shown, prices[shown])
        for place in places:
            if self.hidden[place] and not self._first[place]:
                self._try(place)
        needed = [place for place, needs in self._users.items() if needs]
        self.hidden[self.hidden & ~self._first & ~np.isin(np.arange(len(prices)), needed)] = False

    def _show_again(self, rng: np.random.Generator) -> None:
        """Show, one after the other, whatever no proof needs that cannot be had another way."""
        shown = np.flatnonzero(~self.hidden)
        self.task.corners.rate(shown, np.full(len(shown), NEVER))
        large = np.flatnonzero(self.hidden & ~self._first)
        for place in sorted(rng.permutation(large).tolist(), key=lambda each: len(self._users.get(each, ()))):
            if len(self._users.get(place, ())) <= _MANY:
                self._try(place)

    def _by_cell(self) -> dict[int, set[Need]]:
        """Return by cell, the needs whose proof changes it."""
        users: dict[int, set[Need]] = {}
        for need, step in self.proofs.items():
            for place in step.places.tolist():
                users.setdefault(place, set()).add(need)
        return users

    def _try(self, place: int) -> None:
        here, corners, users = np.array([place]), self.task.corners, self._users
        corners.rate(here, np.array([NEVER]))
        instead = {}
        for need in sorted(users.get(place, ()), key=lambda each: (-each[1], each)):
            steps = corners.reach(*need, self.by(need))
            if not steps:
                corners.rate(here, np.array([FREE]))
                return
            instead[need] = joined(steps)
        self.hidden[place] = False
        for need, step in instead.items():
            self.hidden[step.places] = True
            corners.hide(step.places)
            for each in self.proofs[need].places.tolist():
                users[each].discard(need)
            for each in step.places.tolist():
                users.setdefault(each, set()).add(need)
            self.proofs[need] = step

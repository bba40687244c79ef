"""By corners: hide from an outsider what small cells need, cube by cube, most of it by arrays alone.

Runs in: worker.   Sees: true counts.
A cell that stands in one cube only and has no parts moves within it (``sparing``); small sums and parts of sums of
nobody move together with what is below them (``lifts``). What was hidden for others is mostly settled by what is hidden
already: by blocks, by subtraction, or by programmes over the parts into which what is hidden falls, which are small.
What is not is shown again and others hidden in its place, or gets what it needs hidden, too, until nothing is open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.at_once.corners import FREE, NEVER, Corners, Step, joined
from amana.disclosure.suppression.at_once.lifts import Lifts
from amana.disclosure.suppression.at_once.sparing import Sparing, Task
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.worlds.bounds import note_never_small
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.oracle import Oracle, parts
from amana.disclosure.table import Cube, Flags, Numbers

_TURNS: Final = 25  # of seeing what is settled and changing what is hidden, at most
_EXCHANGES: Final = 5  # of them show what is not and hide others; the rest hide more
_THREADS: Final = min(os.cpu_count() or 1, 4)  # while the solver works for one, others may go on
_FAR: Final = 100.0  # persons to fall, at which a cell costs twice what it does by itself
_FIRST: Final = np.zeros(1, dtype=np.int64)


class ByCorners:
    """Hides by blocks, on the mask of an outsider alone.

    alone: whether nothing else hides after it, so that nothing may be left open if it can be helped.
    """

    def __init__(self, cubes: Sequence[Cube], mask: Mask, rng: np.random.Generator, *, alone: bool) -> None:
        self._cubes, self._mask, self._rng = cubes, mask, rng
        self._places = [mask.system.numbers[cube.id] for cube in cubes]
        ids = np.concatenate([np.zeros(0, dtype=np.int64), *(each.ravel() for each in self._places)])
        self._free = mask.movable & (np.bincount(ids, minlength=len(mask.truth)) == 1)
        self._free[: mask.system.cells] &= np.diff(mask.system.defining.tocsc().indptr) == 0
        self._lifts = Lifts(cubes if alone else (), mask)
        self._turns = _TURNS if alone else 0
        self._worlds: list[Step] = []  # what was seen to move, as quantities
        self._unfit = np.zeros(len(mask.truth), dtype=np.bool_)  # what was hidden for others and could not be settled

    def protect(self) -> None:
        """Hide what small cells need, and find out what is settled."""
        spared = [self._spare(cube, places) for cube, places in zip(self._cubes, self._places, strict=True)]
        for turn in range(self._turns):
            kept = self._subtract()
            waiting = self._waiting() & kept
            if not waiting.any():
                self._settle(kept)
                waiting = self._waiting()
            if not waiting.any():
                return
            if turn < _EXCHANGES:
                self._exchange(spared, waiting)
            else:
                for cube, places in zip(self._cubes, self._places, strict=True):
                    self._reach(cube, places, waiting, hide=True)
        self._settle(self._subtract())

    def _waiting(self) -> Flags:
        """Return (n + 1,) what stands in one cube only and is not settled."""
        found: Flags = self._mask.unmet()[:, 0] & self._free
        return found

    def _subtract(self) -> Flags:
        """Find out what is settled by subtraction, small sums by what has to be hidden below them.

        Returns (n + 1,) what subtraction keeps from falling as far as it should: nothing else need be asked of it.
        """
        self._worlds += self._lifts.protect()
        kept: Flags = note_never_small(self._mask)[:, 0]
        return kept

    def _settle(self, kept: Flags) -> None:
        """Find out what is settled by what is hidden already: by blocks, and by programmes what blocks leave open."""
        waiting = self._waiting() & ~kept
        for cube, places in zip(self._cubes, self._places, strict=True):
            self._reach(cube, places, waiting, hide=False)
        self._ask(kept)

    def _ask(self, kept: Flags) -> None:
        """Find out by programmes what is settled by what is hidden, several parts of it at once."""
        efforts = []
        with ThreadPoolExecutor(_THREADS) as side_by_side:
            for effort, worlds in side_by_side.map(self._ask_part, parts(self._mask, 0), repeat(kept)):
                efforts.append(effort)
                self._worlds += worlds
        self._mask.effort.took(efforts)

    def _ask_part(self, part: Numbers, kept: Flags) -> tuple[Effort, list[Step]]:
        """Ask what is open in one part; nothing of that touches another. Returns what it took, and what moves."""
        effort = self._mask.effort.aside()
        oracle = Oracle(self._mask, 0, part, effort)
        still = part[self._mask.unmet(part)[:, 0] & ~kept[part]].tolist()
        worlds = [oracle.ask(each, way * by) for each in still for way, by in self._missing(each)]
        return effort, [Step(part[world != 0], world[world != 0]) for world in worlds if world is not None]

    def _missing(self, quantity: int) -> Iterator[tuple[int, int]]:
        """Yield which ways a quantity has still to be seen to move, and by how many persons."""
        for way in (1, -1):
            if by := self._mask.missing(quantity, 0, way):
                yield way, by

    def _spare(self, cube: Cube, places: Numbers) -> Sparing | None:
        mask, ids = self._mask, places.ravel()
        open_ = mask.unmet(ids)[:, 0] & (mask.truth[ids] < mask.k) & self._free[ids]
        if not open_.any():
            return None
        rise = np.where(open_ & ~mask.high[ids, 0], mask.top[ids] - mask.truth[ids], 0)
        fall = np.where(open_ & ~mask.low[ids, 0], mask.room[ids, 0], 0)
        done = Sparing(Task(self._corners(cube, ids, hide=True), rise, fall), self._rng)
        mask.hide(ids[done.hidden])
        self._note(_proofs(done, ids))
        return done

    def _exchange(self, spared: Sequence[Sparing | None], waiting: Flags) -> None:
        """Show what could not be settled, as far as others can do what it was hidden for."""
        mask = self._mask
        self._unfit |= waiting & (mask.truth >= mask.k)
        done = [(one, places.ravel()) for one, places in zip(spared, self._places, strict=True) if one]
        shown = []
        for one, ids in done:
            prices = np.where(self._unfit[ids] | ~self._free[ids], NEVER, mask.cost[ids]).astype(np.float32)
            before = one.hidden.copy()
            one.do_without(np.flatnonzero(waiting[ids] & self._unfit[ids]).tolist(), prices)
            mask.hide(ids[one.hidden])
            shown.append(ids[before & ~one.hidden])
        mask.show(np.concatenate([np.zeros(0, dtype=np.int64), *shown]))
        self._worlds = [each for each in self._worlds if mask.hidden[each.places].all()]
        self._note([*self._worlds, *(step for one, ids in done for step in _proofs(one, ids))])

    def _reach(self, cube: Cube, places: Numbers, among: Flags, *, hide: bool) -> None:
        """Let some cells move within what is hidden, or hide what they need for it."""
        mask, ids = self._mask, places.ravel()
        waiting = np.flatnonzero(among[ids])
        if not len(waiting):
            return
        corners = self._corners(cube, ids, hide=hide)
        for place in waiting.tolist():
            for way, by in self._missing(int(ids[place])):
                if steps := corners.reach(place, way, by):
                    step = joined(steps)
                    corners.hide(step.places)
                    mask.hide(ids[step.places])
                    self._worlds.append(Step(ids[step.places], step.by))
                    self._note(self._worlds[-1:])

    def _corners(self, cube: Cube, ids: Numbers, *, hide: bool) -> Corners:
        """Return what there is to exchange in a cube, what is shown among it where it may be hidden."""
        mask = self._mask
        price = np.where(mask.hidden[ids], FREE, self._prices(ids) if hide else NEVER)
        return Corners(cube, self._free[ids], mask.room[ids, 0].astype(np.int64), price.astype(np.float32))

    def _prices(self, ids: Numbers) -> NDArray[np.float64]:
        """Return what it costs to hide some: what has far to fall can seldom be settled, and after long programmes."""
        prices: NDArray[np.float64] = self._mask.cost[ids] * (1 + self._mask.room[ids, 0] / _FAR)
        return prices

    def _note(self, worlds: Sequence[Step]) -> None:
        """Remember what some worlds show to be possible: of each quantity the most and the least say it all."""
        worlds = [each for each in worlds if len(each.places)]
        if not worlds:
            return
        ids, by = (np.concatenate(each) for each in zip(*((one.places, one.by) for one in worlds), strict=True))
        order = np.lexsort((by, ids))
        ends = np.flatnonzero(np.diff(ids[order], append=-1))
        for some in (order[np.concatenate([_FIRST, ends[:-1] + 1])], order[ends]):
            room = self._mask.room[ids[some]] + by[some, None]
            self._mask.note(ids[some], room.astype(np.int32))


def _proofs(done: Sparing, ids: Numbers) -> list[Step]:
    """Return the changes that met what was asked for, of quantities. ids: (cells,) the quantity of each cell."""
    return [Step(ids[step.places], step.by) for step in {id(each): each for each in done.proofs.values()}.values()]

"""By corners: hide from an outsider what small cells need, cube by cube, most of it by arrays alone.

Runs in: worker.   Sees: true counts.
A cell that stands in one cube only and has no parts moves within it (``sparing``). What was hidden for others is mostly
settled by what is hidden already: by blocks, by subtraction, or by programmes over the parts into which what is hidden
falls, which are small. Margins that are small, and cells in a sum of too few persons, stay open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from amana.disclosure.suppression.bounds import note_never_small
from amana.disclosure.suppression.corners import FREE, NEVER, Corners, Prices, Step, joined
from amana.disclosure.suppression.mask import Flags, Mask, Numbers
from amana.disclosure.suppression.oracle import Oracle, parts
from amana.disclosure.suppression.sparing import Sparing, Task
from amana.disclosure.table import Cube


class ByCorners:
    """Hides by blocks, on the mask of an outsider alone. ``tell`` is called once for each cube, and for each part."""

    def __init__(self, cubes: Sequence[Cube], mask: Mask, rng: np.random.Generator) -> None:
        self._cubes, self._mask, self._rng = cubes, mask, rng
        self._places = [mask.system.numbers[cube.id] for cube in cubes]
        ids = np.concatenate([np.zeros(0, dtype=np.int64), *(each.ravel() for each in self._places)])
        self._free = mask.movable & (np.bincount(ids, minlength=len(mask.truth)) == 1)
        self._free[: mask.system.cells] &= np.diff(mask.system.defining.tocsc().indptr) == 0

    def protect(self) -> Iterator[None]:
        """Hide what small cells need, and find out what is settled. Yields often."""
        for cube, places in zip(self._cubes, self._places, strict=True):
            self._spare(cube, places)
            yield
        for cube, places in zip(self._cubes, self._places, strict=True):
            self._look(cube, places)
            yield
        note_never_small(self._mask)
        for part in parts(self._mask, 0):
            oracle = Oracle(self._mask, 0, part)
            for quantity in part[self._mask.unmet(part)[:, 0]].tolist():
                for way, by in self._missing(quantity):
                    oracle.ask(quantity, way * by)
            yield

    def _missing(self, quantity: int) -> Iterator[tuple[int, int]]:
        """Yield which ways a quantity has still to be seen to move, and by how many persons."""
        for way in (1, -1):
            if by := self._mask.missing(quantity, 0, way):
                yield way, by

    def _spare(self, cube: Cube, places: Numbers) -> None:
        mask, ids = self._mask, places.ravel()
        open_ = mask.unmet(ids)[:, 0] & (mask.truth[ids] < mask.k) & self._free[ids]
        if not open_.any():
            return
        price = np.where(mask.hidden[ids], FREE, np.minimum(mask.cost[ids], NEVER)).astype(np.float32)
        rise = np.where(open_ & ~mask.high[ids, 0], mask.top[ids] - mask.truth[ids], 0)
        fall = np.where(open_ & ~mask.low[ids, 0], mask.room[ids, 0], 0)
        done = Sparing(Task(self._corners(cube, ids, price), rise, fall), self._rng)
        mask.hide(ids[done.hidden])
        for step in {id(each): each for each in done.proofs.values()}.values():
            self._note(ids, step)

    def _look(self, cube: Cube, places: Numbers) -> None:
        """Find out which cells can move within what is hidden."""
        mask, ids = self._mask, places.ravel()
        waiting = np.flatnonzero(mask.unmet(ids)[:, 0] & self._free[ids])
        if not len(waiting):
            return
        corners = self._corners(cube, ids, np.where(mask.hidden[ids], FREE, NEVER).astype(np.float32))
        for place in waiting.tolist():
            for way, by in self._missing(int(ids[place])):
                if steps := corners.reach(place, way, by):
                    self._note(ids, joined(steps))

    def _corners(self, cube: Cube, ids: Numbers, price: Prices) -> Corners:
        usable: Flags = self._free[ids]
        return Corners(cube, usable, self._mask.room[ids, 0].astype(np.int64), price, self._mask.k)

    def _note(self, ids: Numbers, step: Step) -> None:
        moved = ids[step.places]
        self._mask.note(moved, (self._mask.room[moved] + step.by[:, None]).astype(np.int32))

"""Corners: blocks of one cube, each chosen as the cheapest of all, for one quantity after the other.

Runs in: worker.   Sees: true counts.
A block exchanges persons between two leaves on every axis: its corners rise and fall by turns, and no margin notices.
What one block cannot do several do, one after the other. All partners of a cell are weighed in one sweep over arrays:
what a corner costs is read from a table per number of persons that it has to lose.
Source: blocks as in Giessing, Repsilber, Tools and strategies to protect multiple tables (hypercube method, 2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, reduce
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Axis, Cube, Flags, Numbers

FREE: Final = np.float32(1e-3)  # price of what is hidden already: among free blocks the shortest way is the best
NEVER: Final = np.float32(np.inf)  # price of what cannot be
_PARTNERS: Final = 16  # of a cell on each axis: with more there is enough to choose from

_ITSELF: Final = np.zeros(1, dtype=np.int64)

Prices = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """A change of some cells of one cube that keeps all its margins. places: (s,) in C order; by: (s,) persons."""

    places: Numbers
    by: Numbers


@dataclass(frozen=True)
class _Around:
    """The blocks of one cell.

    near:    by axis, how far it is to the cell itself and to its partners.
    price:   (partners on each axis) what the block with that far corner costs.
    falling: where the corners are that fall in it, in shapes that broadcast to that of the prices.
    """

    place: int
    near: list[Numbers]
    price: Prices
    falling: list[Numbers]


class Corners:
    """One cube: what its cells cost, and by how much they may fall.

    usable: shape of the cube; what may be the corner of a block. room: (cells,) persons by which a cell may fall.
    price:  (cells,) of hiding; FREE for what is hidden.
    """

    def __init__(self, cube: Cube, usable: Flags, room: Numbers, price: Prices) -> None:
        self.shape, self.room = cube.shape, room
        self.price = np.where(usable.ravel(), price, NEVER).astype(np.float32)
        self._now, self._slow = room.copy(), _slowness(room)
        strides = [math.prod(self.shape[dim + 1 :]) for dim in range(len(self.shape))]
        self._lines = [
            [stride * row for row in partners(axis)] for axis, stride in zip(cube.axes, strides, strict=True)
        ]
        self._spread = [(-1, *[1] * (len(strides) - 1 - dim)) for dim in range(len(strides))]
        self._ways = np.array(list(product((0, 1), repeat=len(self.shape))))
        self._signs = 1 - 2 * (self._ways.sum(axis=1) % 2)
        self._views = [tuple(slice(1, None) if on else slice(0, 1) for on in way) for way in self._ways.tolist()]
        self._falling = {way: np.flatnonzero(self._signs == -way) for way in (1, -1)}

    def rate(self, places: Numbers, price: Prices) -> None:
        """Set what some cells cost."""
        self.price[places] = price

    def hide(self, places: Numbers) -> None:
        """Let some cells be free of charge."""
        self.price[places] = np.where(self.price[places] < NEVER, FREE, NEVER)

    def allow(self, place: int, room: int) -> None:
        """Let one cell fall by so many persons in the ways that are looked for next."""
        here = np.array([place])
        self.room[here] = room
        self._let(here, self.room[here])

    def reach(self, place: int, way: int, by: int) -> list[Step]:
        """Return the steps of a cheap way that lets one cell rise (way 1) or fall (-1) by so many persons; else none.

        Block after block, each begins where the last ended; each is the cheapest by person that it moves.
        """
        around, falling, steps = self._around(place, way), self._falling[way], list[Step]()
        while by > 0 and around:
            places = self._cheapest(around, by)
            if places is None:
                break
            most = min(by, int(self._now[places[falling]].min()))
            steps.append(Step(places, most * way * self._signs))
            by -= most
            if by:
                self._let(places, self._now[places] + steps[-1].by)
        for step in steps if by else steps[:-1]:
            self._let(step.places, self.room[step.places])
        return [] if by else steps

    def _around(self, place: int, way: int) -> _Around | None:
        """Return the blocks of a cell with its cheapest partners on each axis; None where an axis has none."""
        lines = [rows[int(node)] for rows, node in zip(self._lines, np.unravel_index(place, self.shape), strict=True)]
        line = np.concatenate(lines) + place
        cost = self.price.take(line)
        if way > 0:
            cost = np.where(self._slow.take(line) <= 1, cost, NEVER)
        near, begins = list[Numbers](), 0
        for row in lines:
            able = (cost[begins + 1 : begins + len(row)] < NEVER).nonzero()[0] + 1
            if not len(able):
                return None
            if len(able) > _PARTNERS:
                able = able[cost[begins + able].argpartition(_PARTNERS)[:_PARTNERS]]
            near.append(row[np.concatenate([_ITSELF, able])])
            begins += len(row)
        among = reduce(np.add, (some.reshape(shape) for some, shape in zip(near, self._spread, strict=True))) + place
        price = self.price.take(among)
        total: Prices = reduce(np.add, (price[view] for view in self._views[1:]))
        falling = [among[self._views[corner]] for corner in self._falling[way].tolist()]
        return _Around(place, near, total, falling)

    def _cheapest(self, around: _Around, by: int) -> Numbers | None:
        """Return the corners of the cheapest block by person that it moves, at most so many; None without one."""
        slowest: Prices = np.maximum(reduce(np.maximum, map(self._slow.take, around.falling)), 1 / by)
        worth = slowest * around.price
        best = int(worth.argmin())
        if worth.item(best) == NEVER:
            return None
        there = [some[1 + at] for some, at in zip(around.near, np.unravel_index(best, worth.shape), strict=True)]
        places: Numbers = self._ways @ there + around.place
        return places

    def _let(self, places: Numbers, now: Numbers) -> None:
        self._now[places], self._slow[places] = now, _slowness(now)


def joined(steps: list[Step]) -> Step:
    """Return what steps come to together."""
    if len(steps) == 1:
        return steps[0]
    places, at = np.unique(np.concatenate([step.places for step in steps]), return_inverse=True)
    by = np.zeros(len(places), dtype=np.int64)
    np.add.at(by, at, np.concatenate([step.by for step in steps]))
    return Step(places[by != 0], by[by != 0])


def swaps(axis: Axis) -> Prices:
    """Return (nodes, nodes) 0 where two leaves are parts of one sum and of no other, else what cannot be."""
    size, parents = len(axis.nodes), {parent for parent, _ in axis.sums}
    sums = np.zeros(size, dtype=np.int64)
    for _, children in axis.sums:
        sums[list(children)] += 1
    found = np.full((size, size), NEVER, dtype=np.float32)
    for _, children in axis.sums:
        leaves = [child for child in children if child not in parents and sums[child] == 1]
        found[np.ix_(leaves, leaves)] = 0
    np.fill_diagonal(found, NEVER)
    return found


@cache
def partners(axis: Axis) -> list[Numbers]:
    """Return for each node how far it is from itself, and from the leaves with which it swaps persons."""
    able = swaps(axis) == 0
    return [np.concatenate([_ITSELF, np.flatnonzero(row) - node]) for node, row in enumerate(able)]


def _slowness(room: Numbers) -> Prices:
    """Return the share of a way that each person is whom a cell can lose; what cannot be, where it can lose none."""
    slow = np.full(len(room), NEVER)
    np.divide(1, room, out=slow, where=room > 0, casting="same_kind")
    return slow

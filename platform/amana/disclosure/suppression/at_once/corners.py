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
_PARTNERS: Final = 12  # of a cell on each axis: with more there is enough to choose from

_ITSELF: Final = np.zeros(1, dtype=np.int64)

Prices = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """A change of some cells of one cube that keeps all its margins. places: (s,) in C order; by: (s,) persons."""

    places: Numbers
    by: Numbers


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
        self._partners = [
            [stride * each for each in partners(axis)] for axis, stride in zip(cube.axes, strides, strict=True)
        ]
        self._spread = [(-1, *[1] * (len(strides) - 1 - dim)) for dim in range(len(strides))]
        self._ways = np.array(list(product((0, 1), repeat=len(self.shape))))
        self._signs = 1 - 2 * (self._ways.sum(axis=1) % 2)
        views = [tuple(slice(1, None) if on else slice(0, 1) for on in way) for way in self._ways.tolist()]
        self._beside = views[1:]
        self._odd, self._even = ([views[at] for at in np.flatnonzero(self._signs == sign)] for sign in (-1, 1))

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
        here = tuple(map(int, np.unravel_index(place, self.shape)))
        steps: list[Step] = []
        while by > 0:
            places = self._cheapest(here, place, way, by)
            if places is None:
                break
            signs = way * self._signs
            most = min(by, int(self._now[places[signs < 0]].min()))
            steps.append(Step(places, most * signs))
            by -= most
            if by:
                self._let(places, self._now[places] + most * signs)
        for step in steps if by else steps[:-1]:
            self._let(step.places, self.room[step.places])
        return [] if by else steps

    def _cheapest(self, here: tuple[int, ...], place: int, way: int, by: int) -> Numbers | None:
        """Return the corners of the cheapest block by person that it moves, at most so many; None without one.

        Looked for among the cell's cheapest partners on each axis.
        """
        near = [self._near(dim, node, place, way) for dim, node in enumerate(here)]  # the cell itself comes first
        wide = tuple(len(some) - 1 for some in near)
        if not all(wide):
            return None
        among: Numbers = reduce(np.add, (some.reshape(shape) for some, shape in zip(near, self._spread, strict=True)))
        price, slow = self.price.take(among), self._slow.take(among)
        total, slowest = np.zeros(wide, dtype=np.float32), np.full(wide, 1 / by, dtype=np.float32)
        for view in self._beside:
            total += price[view]
        for view in self._odd if way > 0 else self._even:
            np.maximum(slowest, slow[view], out=slowest)
        slowest *= total
        if slowest.ravel()[best := int(slowest.argmin())] == NEVER:
            return None
        there = [some[1 + at] for some, at in zip(near, np.unravel_index(best, wide), strict=True)]
        places: Numbers = np.where(self._ways, there, [some[0] for some in near]).sum(axis=1)
        return places

    def _near(self, dim: int, node: int, place: int, way: int) -> Numbers:
        """Return where a cell stands on one axis, and the others with which it can swap persons at the least price."""
        row = self._partners[dim][node]
        line = place + row - row[0]
        cost = np.where(self._slow[line] <= 1, self.price[line], NEVER) if way > 0 else self.price[line]
        cost[0] = NEVER
        some = np.flatnonzero(cost < NEVER)
        if len(some) > _PARTNERS:
            some = some[np.argpartition(cost[some], _PARTNERS)[:_PARTNERS]]
        near: Numbers = row[np.concatenate([_ITSELF, some])]
        return near

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
    """Return for each node itself, and the leaves with which it swaps persons."""
    able = swaps(axis) == 0
    return [np.concatenate([[node], np.flatnonzero(row)]) for node, row in enumerate(able)]


def _slowness(room: Numbers) -> Prices:
    """Return the share of a way that each person is whom a cell can lose; what cannot be, where it can lose none."""
    return np.where(room > 0, 1 / np.maximum(room, 1), NEVER).astype(np.float32)

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
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.mask import Flags, Numbers
from amana.disclosure.table import Axis, Cube

FREE: Final = np.float32(1e-3)  # price of what is hidden already: among free blocks the shortest way is the best
NEVER: Final = np.float32(1e9)  # price of what cannot be
_POSSIBLE: Final = np.float32(1e8)  # any sum below it has no part that cannot be
_PARTNERS: Final = 12  # of a cell on each axis: with more there is enough to choose from

Prices = NDArray[np.float32]


@dataclass(frozen=True)
class Step:
    """A change of some cells of one cube that keeps all its margins. places: (s,) in C order; by: (s,) persons."""

    places: Numbers
    by: Numbers


class Corners:
    """One cube: what its cells cost, and by how much they may fall.

    usable: shape of the cube; what may be the corner of a block. room: (cells,) persons by which a cell may fall.
    price:  (cells,) of hiding; FREE for what is hidden. levels: persons, the most that one block is looked for at once.
    """

    def __init__(self, cube: Cube, usable: Flags, room: Numbers, price: Prices, levels: int) -> None:
        self.shape, self.room = cube.shape, room
        self._now, self._levels = room.copy(), np.arange(levels + 1)
        self.price = np.where(usable.ravel(), price, NEVER).astype(np.float32)
        self._tables = np.empty((levels + 1, len(room)), dtype=np.float32)
        self._swaps = [swaps(axis) for axis in cube.axes]
        ways = np.array(list(product((0, 1), repeat=len(self.shape))))
        self._ways, self._signs = ways, 1 - 2 * (ways.sum(axis=1) % 2)
        self._strides = np.array([math.prod(self.shape[dim + 1 :]) for dim in range(len(self.shape))])
        self._folds = [_fold(tuple(way)) for way in sorted(ways[1:].tolist(), key=sum)]
        self.rate(np.arange(len(room)), self.price)

    def rate(self, places: Numbers, price: Prices) -> None:
        """Set what some cells cost."""
        self.price[places] = price
        enough = self._now[places] >= self._levels[:, None]
        self._tables[:, places] = np.where(enough, price, NEVER)

    def hide(self, places: Numbers) -> None:
        """Let some cells be free of charge."""
        self.rate(places, np.where(self.price[places] < _POSSIBLE, FREE, NEVER))

    def allow(self, place: int, room: int) -> None:
        """Let one cell fall by so many persons in the ways that are looked for next."""
        self.room[place] = self._now[place] = room
        here = np.array([place])
        self.rate(here, self.price[here])

    def reach(self, place: int, way: int, by: int) -> list[Step]:
        """Return the steps of a cheap way that lets one cell rise (way 1) or fall (-1) by so many persons; else none.

        Block after block, each begins where the last ended; each is the cheapest by person that it moves.
        """
        here = tuple(map(int, np.unravel_index(place, self.shape)))
        steps: list[Step] = []
        while by > 0:
            price, where = self._cheapest(here, way, min(by, len(self._levels) - 1))
            rate = price / np.arange(1, len(price) + 1)
            best = len(rate) - 1 - int(np.argmin(rate[::-1]))
            if price[best] > _POSSIBLE:
                break
            there = where[best]
            places = np.where(self._ways, there, np.array(here)) @ self._strides
            signs = way * self._signs
            most = min(by, int(self._now[places[signs < 0]].min()))
            steps.append(Step(places, most * signs))
            self._move(places, self._now[places] + most * signs)
            by -= most
        self._home(steps)
        return [] if by else steps

    def _cheapest(self, here: tuple[int, ...], way: int, most: int) -> tuple[Prices, Numbers]:
        """Return (most,) the price of the cheapest block that moves 1, 2, … persons, and (most, axes) its far corner.

        Looked for among the cell's cheapest partners on each axis.
        """
        tables = self._tables.reshape(-1, *self.shape)
        beside = [self._beside(tables[1 if way > 0 else 0], here, dim) for dim in range(len(here))]
        wide = tuple(len(some) - 1 for some in beside)
        if not all(wide):
            return np.full(most, NEVER), np.zeros((most, len(here)), dtype=np.int64)
        among: tuple[Any, ...] = (slice(most + 1), *np.ix_(*beside))
        near = tables[among]  # on each axis the cell itself comes first
        sums: dict[tuple[int, ...], Prices] = {}
        for axes, sign, fold in self._folds:
            falls = slice(1, None) if sign != way else slice(0, 1)
            part = near[(falls, *(slice(1, None) if on else slice(0, 1) for on in axes))]
            part = part + sums.pop(axes) if axes in sums else part
            sums[fold] = sums[fold] + part if fold in sums else part
        prices = np.broadcast_to(sums[()], (most, *wide)).reshape(most, -1)
        where = prices.argmin(axis=1)
        each = np.unravel_index(where, wide)
        return prices[np.arange(most), where], np.stack(
            [some[at + 1] for some, at in zip(beside, each, strict=True)], 1
        )

    def _beside(self, table: Prices, here: tuple[int, ...], dim: int) -> Numbers:
        """Return a leaf of one axis, and the others with which a cell can swap persons at the least price."""
        at: tuple[Any, ...] = (*here[:dim], slice(None), *here[dim + 1 :])
        line = table[at] + self._swaps[dim][here[dim]]
        some = np.flatnonzero(line < _POSSIBLE)
        if len(some) > _PARTNERS:
            some = some[np.argpartition(line[some], _PARTNERS)[:_PARTNERS]]
        return np.concatenate([here[dim : dim + 1], some]).astype(np.int64)

    def _move(self, places: Numbers, now: Numbers) -> None:
        self._now[places] = now
        self.rate(places, self.price[places])

    def _home(self, steps: list[Step]) -> None:
        for step in steps:
            self._move(step.places, self.room[step.places])


def joined(steps: list[Step]) -> Step:
    """Return what steps come to together."""
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


def _fold(axes: tuple[int, ...]) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """Return the axes on which a corner is another leaf, its sign, and the corner whose price it is added to."""
    missing = [dim for dim, on in enumerate(axes) if not on]
    fold = tuple(1 if dim in missing[:1] else on for dim, on in enumerate(axes)) if missing else ()
    return axes, 1 - 2 * (sum(axes) % 2), fold

"""Lifts: blocks of a margin, with what has to change below it in every cube that sums to it.

Runs in: worker.   Sees: true counts.
A block exchanges persons between two leaves on every axis of a margin. A cube below has one axis more, and on that one
they keep their category: one is chosen for each cube, the cheapest. That is what lets a small sum be another number,
and the parts of a sum of nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.at_once.corners import Step, joined, swaps
from amana.disclosure.suppression.worlds.mask import NEVER, Mask
from amana.disclosure.table import Axis, Cube, Numbers

_POSSIBLE: Final = NEVER / 2  # any sum below it has no part that cannot be
_NOTHING: Final = Step(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

Prices = NDArray[np.float64]


@dataclass(frozen=True)
class _Below:
    """A cube over a margin. ids: (nodes of each axis of the margin, nodes of the other) quantities.

    root:  the node of the other axis that counts everybody.
    paths: (nodes, leaves) 1 where a node below the root counts a leaf.
    """

    ids: Numbers
    root: int
    paths: Prices


@dataclass(frozen=True)
class _Margin:
    """A margin: what swaps with what on each of its axes (``corners.swaps``), and the cubes over it."""

    swaps: tuple[NDArray[np.float32], ...]
    cubes: list[_Below]


@dataclass(frozen=True)
class _Target:
    """What is to move: a cell of a margin, or one below it, in the cube of that number and of that leaf alone."""

    here: tuple[int, ...]
    cube: int
    leaf: int | None


class Lifts:
    """All margins that have one axis less than the cubes over them, on the mask of an outsider alone."""

    def __init__(self, cubes: Sequence[Cube], mask: Mask) -> None:
        self._mask, self._now = mask, mask.room[:, 0].astype(np.int64)
        margins: dict[tuple[Axis, ...], list[_Below]] = {}
        for cube in cubes:
            for dim, axis in enumerate(cube.axes):
                dims = [each.dim for each in cube.axes]
                order = sorted((each for each in range(len(dims)) if each != dim), key=dims.__getitem__)
                margin = tuple(cube.axes[each] for each in order)
                ids = mask.system.numbers[cube.id].transpose(*order, dim)
                for root in (number for number, node in enumerate(axis.nodes) if node.key is None):
                    margins.setdefault(margin, []).append(_Below(ids, root, _paths(axis, root)))
        self._margins = [_Margin(tuple(map(swaps, margin)), below) for margin, below in margins.items()]

    def protect(self) -> list[Step]:
        """Hide what sums that are small need, and their parts, where a lift helps; return the lifts."""
        found = list[Step]()
        waiting = self._mask.unmet()[:, 0] & (self._mask.truth < self._mask.k)
        for margin in self._margins if waiting.any() else ():
            for number, cube in enumerate(margin.cubes):
                for *here, node in np.argwhere(waiting[cube.ids]).tolist():
                    leaf = np.flatnonzero(cube.paths[node])
                    target = _Target(tuple(here), number, None if node == cube.root else int(leaf[0]))
                    if node == cube.root or len(leaf) == 1:
                        found += self._settle(margin, target, int(cube.ids[(*here, node)]))
        return found

    def _settle(self, margin: _Margin, target: _Target, quantity: int) -> Iterator[Step]:
        mask = self._mask
        for way in (1, -1):
            if by := mask.missing(quantity, 0, way):
                for step in self._reach(margin, target, way, by):
                    mask.hide(step.places)
                    mask.note(step.places, (mask.room[step.places] + step.by[:, None]).astype(np.int32))
                    yield step

    def _reach(self, margin: _Margin, target: _Target, way: int, by: int) -> list[Step]:
        """Return the cheap lift that moves the target so far, several taken together; none where there is none."""
        steps: list[Step] = []
        while by > 0:
            ways = [(most, *self._cheapest(margin, target, way, most)) for most in sorted({1, by})]
            most, price, step = min(ways, key=lambda one: one[1] / one[0])
            if price > _POSSIBLE:
                break
            steps.append(step)
            self._now[step.places] += step.by
            by -= most
        for step in steps:
            self._now[step.places] -= step.by
        whole = [joined(steps)] if by <= 0 else []
        return [each for each in whole if not (self._mask.system.equations[:, each.places] @ each.by).any()]

    def _cheapest(self, margin: _Margin, target: _Target, way: int, by: int) -> tuple[float, Step]:
        """Return the price of the cheapest lift that moves so many persons, and the lift; nothing where none can be."""
        cubes, here = margin.cubes, target.here
        swapped: Prices = sum(
            able[here[dim]].reshape([-1 if each == dim else 1 for each in range(len(here))])
            for dim, able in enumerate(margin.swaps)
        )
        own = self._prices(cubes[target.cube], here, way, by)
        if target.leaf is not None:
            own[..., np.arange(own.shape[-1]) != target.leaf] = NEVER
        if (swapped + own.min(axis=-1)).min() > _POSSIBLE:
            return NEVER, _NOTHING
        top = _Below(cubes[0].ids[..., [cubes[0].root]], 0, np.ones((1, 1)))
        prices = [
            own if number == target.cube + 1 else self._prices(each, here, way, by)
            for number, each in enumerate((top, *cubes))
        ]
        total = swapped + sum(each.min(axis=-1) for each in prices)
        far = tuple(map(int, np.unravel_index(int(total.argmin()), total.shape)))
        leaves = [int(each[far].argmin()) for each in prices]
        parts = [_block(each, here, far, leaf) for each, leaf in zip((top, *cubes), leaves, strict=True)]
        ids, signs = (np.concatenate(each) for each in zip(*parts, strict=True))
        return float(total[far]), joined([Step(ids, way * by * signs)])

    def _prices(self, cube: _Below, here: tuple[int, ...], way: int, by: int) -> Prices:
        """Return (nodes of each axis of the margin, leaves) what the block with that far corner costs in one cube."""
        total: Prices = np.zeros(1)
        for corner in product((0, 1), repeat=len(here)):
            at = tuple(slice(None) if on else slice(node, node + 1) for on, node in zip(corner, here, strict=True))
            price = self._mask.cost[cube.ids[at]]
            if way * _sign(corner) < 0:
                price = np.where(self._now[cube.ids[at]] >= by, price, NEVER)
            total = total + price @ cube.paths
        return total


def _block(cube: _Below, here: tuple[int, ...], far: tuple[int, ...], leaf: int) -> tuple[Numbers, Numbers]:
    """Return the quantities that a block changes in one cube, and by how many for each person."""
    path = np.flatnonzero(cube.paths[:, leaf])
    corners = list(product((0, 1), repeat=len(here)))
    at: list[tuple[Any, ...]] = [(*np.where(corner, far, here), path) for corner in corners]
    return np.concatenate([cube.ids[each] for each in at]), np.repeat([_sign(each) for each in corners], len(path))


def _sign(corner: tuple[int, ...]) -> int:
    return 1 - 2 * (sum(corner) % 2)


def _paths(axis: Axis, root: int) -> Prices:
    """Return (nodes, leaves) 1 where a node counts a leaf, the leaf itself among them, the root not."""
    parents = {parent for parent, _ in axis.sums}
    leaves = [node for node in range(len(axis.nodes)) if node not in parents]
    counts = np.eye(len(axis.nodes))[:, leaves]
    before = np.zeros_like(counts)
    while not np.array_equal(before, counts):
        before = counts.copy()
        for parent, children in axis.sums:
            counts[parent] = np.maximum(counts[parent], counts[list(children)].max(axis=0))
    counts[root] = 0
    return counts

"""Cubes as the walk sees them: which quantities stand where, and blocks of hidden cells drawn at random.

Runs in: worker.   Sees: what is hidden, no counts.
A block is a product of differences of two profiles, one per axis of a cube. Where all its cells are hidden it is a move
that keeps every margin, and so touches no other cube.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.suppression.worlds.mask import Mask, Small
from amana.disclosure.suppression.worlds.people import People, Vectors
from amana.disclosure.suppression.worlds.walk import Moves
from amana.disclosure.table import Axis, Cube, Numbers

_CROWD: Final = 4_000  # blocks drawn from one cube at once


@dataclass(frozen=True, eq=False)
class Frame:
    """One cube. places: shape ``cube.shape``, quantities; people: by axis; own: whether a quantity stands only here."""

    places: Numbers
    people: tuple[People, ...]
    own: NDArray[np.bool_]


class Frames:
    """All cubes of a release."""

    def __init__(self, cubes: Sequence[Cube], mask: Mask) -> None:
        self.mask, system = mask, mask.system
        people: dict[Axis, People] = {}
        for cube in cubes:
            people |= {axis: People(axis) for axis in cube.axes if axis not in people}
        self.each = [
            Frame(places, tuple(people[axis] for axis in cube.axes), system.owner[places] >= 0)
            for cube in cubes
            for places in [system.numbers[cube.id]]
        ]
        self._bound = np.zeros(len(system.truth) + 1, dtype=np.bool_)
        self._bound[: system.cells] = np.diff(system.defining.tocsc().indptr) > 0
        ids = np.concatenate([np.zeros(0, dtype=np.int64), *(frame.places.ravel() for frame in self.each)])
        frames = np.repeat(np.arange(len(self.each)), [frame.places.size for frame in self.each])
        order = np.argsort(ids, kind="stable")
        self._ids, self._frames = ids[order], frames[order]

    def homes(self, quantity: int) -> frozenset[int]:
        """Return the cubes in which a quantity stands; none for a rest or a slack, which goes with any."""
        return frozenset(map(int, self._frames[slice(*np.searchsorted(self._ids, [quantity, quantity + 1]))]))

    def inside(self, group: Iterable[int]) -> Numbers:
        """Return the quantities that stand in these cubes only, and the rests and slacks that change with them.

        All there are, for no cubes.
        """
        system, chosen = self.mask.system, set(group)
        if not chosen:
            return np.arange(len(system.truth))
        within, outside = np.zeros((2, len(system.truth)), dtype=np.bool_)
        for number, frame in enumerate(self.each):
            (within if number in chosen else outside)[frame.places] = True
        within &= ~outside
        within[system.cells :] = system.defining_size @ within[: system.cells].astype(np.int64) > 0
        return np.flatnonzero(within)

    def blocks(self, frame: Frame, rng: np.random.Generator) -> Moves:
        """Return blocks of one cube that are all hidden, drawn at random."""
        ids, signs = np.zeros((1, 1), dtype=np.int64), np.ones((1, 1), dtype=np.int32)
        for dim, people in enumerate(frame.people):
            nodes, coefficients = _packed(people.pairing(rng))
            stride = math.prod(frame.places.shape[dim + 1 :])
            far = np.where(coefficients == 0, -(2**40), nodes * stride)
            shape = (len(ids) * len(far), ids.shape[1] * far.shape[1])
            ids = (ids[:, None, :, None] + far[None, :, None, :]).reshape(shape)
            signs = (signs[:, None, :, None] * coefficients[None, :, None, :]).reshape(shape)
            if len(ids) > _CROWD:
                chosen = rng.choice(len(ids), _CROWD, replace=False)
                ids, signs = ids[chosen], signs[chosen]
        nothing, at = len(self.mask.system.truth), np.maximum(ids, 0)
        found = np.where(ids < 0, nothing, frame.places.ravel()[at])
        free = (self.mask.hidden & self.mask.movable)[found] & frame.own.ravel()[at]
        usable = (free | (signs == 0)).all(axis=1) & (len(found.T) > 0)
        return self._completed(Moves(found[usable], signs[usable]))

    def _completed(self, moves: Moves) -> Moves:
        """Return the moves of cells with the rests and slacks that change with them."""
        if not self._bound[moves.ids].any():
            return moves
        size, cells = len(moves), self.mask.system.cells
        rows, real = np.repeat(np.arange(size), moves.ids.shape[1]), moves.signs.ravel() != 0
        data = moves.signs.ravel()[real].astype(np.int64)
        z = sparse.csr_matrix((data, (rows[real], moves.ids.ravel()[real])), shape=(size, cells))
        late = (z @ self.mask.system.defining.T).tocsr()
        late.eliminate_zeros()
        ids = np.full((size, int(np.diff(late.indptr).max(initial=0))), len(self.mask.system.truth), dtype=np.int64)
        signs = np.zeros(ids.shape, dtype=np.int32)
        row = np.repeat(np.arange(size), np.diff(late.indptr))
        column = np.arange(len(row)) - late.indptr[row]
        ids[row, column], signs[row, column] = late.indices + cells, late.data
        return Moves(np.hstack([moves.ids, ids]), np.hstack([moves.signs, signs]))


def _packed(vectors: Vectors) -> tuple[Numbers, Small]:
    """Return (v, s) the nodes that each vector changes, and by how much; 0 where it changes fewer."""
    width = int((vectors != 0).sum(axis=1).max(initial=0))
    nodes = np.argsort(vectors == 0, axis=1, kind="stable")[:, :width]
    return nodes.astype(np.int64), np.take_along_axis(vectors, nodes, axis=1).astype(np.int32)

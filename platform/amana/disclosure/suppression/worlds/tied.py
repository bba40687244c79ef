"""Tied: two that are alone in an equation move together, so that one number stands for all that are tied.

Runs in: worker.   Sees: equations, no counts.
Of what is hidden in linked tables that leaves two thirds of the columns and half of the lines, and the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from amana.disclosure.suppression.solving import INFINITE
from amana.disclosure.table import Flags, Numbers, Vector

_PAIR: Final = 2


@dataclass(frozen=True)
class Tied:
    """All z with rows @ z = 0, as ways @ y for all y with lines @ y = 0. z: (n,) what moves; y: (g,) numbers.

    lines: (m, g) integers. ways: (n, g) 1 or -1, one for each z at most; what has none does not move at all.
    """

    lines: sparse.csr_matrix
    ways: sparse.csr_matrix

    def least(self, reach: Vector) -> Vector:
        """Return (2, g) by how much each number may rise, and fall. reach: (2, n) the same of what is tied to it."""
        found = np.full((2, self.ways.shape[1]), INFINITE)
        for mine, each in zip(found, self._turned(reach), strict=True):
            np.minimum.at(mine, self.ways.indices, each)
        return found

    def most(self, reach: Vector) -> Vector:
        """Return (2, g) by how much each number has to rise, and fall, for all that is tied to it; as ``least``."""
        found = np.zeros((2, self.ways.shape[1]))
        for mine, each in zip(found, self._turned(reach), strict=True):
            np.maximum.at(mine, self.ways.indices, each)
        return found

    def _turned(self, reach: Vector) -> Vector:
        mine = reach[:, self._moving]
        return np.where(self.ways.data > 0, mine, mine[::-1])

    @cached_property
    def _moving(self) -> Numbers:
        return np.flatnonzero(np.diff(self.ways.indptr))


def tied(rows: sparse.csr_matrix) -> Tied:
    """Return what equations of one or two leave. rows: (m, n) integers."""
    ways = sparse.identity(rows.shape[1], dtype=np.int64, format="csr")
    while True:
        rows.eliminate_zeros()
        rows = rows[np.diff(rows.indptr) > 0]
        first, size = rows.indptr[:-1], np.diff(rows.indptr)
        pairs, alone = first[size == _PAIR], rows.indices[first[size == 1]]
        pairs = pairs[np.abs(rows.data[pairs]) == np.abs(rows.data[pairs + 1])]
        if not len(pairs) + len(alone):
            return Tied(_distinct(rows), ways)
        together = rows.data[pairs] != rows.data[pairs + 1]
        step = _step(rows.indices[pairs], rows.indices[pairs + 1], together, alone, rows.shape[1])
        rows, ways = (rows @ step).tocsr(), (ways @ step).tocsr()


def _step(one: Numbers, other: Numbers, together: Flags, alone: Numbers, size: int) -> sparse.csr_matrix:
    """Return (size, g) the numbers of which those so far are made.

    one, other: (p,) what is tied; together: (p,) whether both rise together. alone: what does not move.
    Each number is there twice, as it is and turned round: what is tied to itself turned round cannot move.
    """
    heads = np.concatenate([one, one + size])
    tails = np.concatenate([np.where(together, other, other + size), np.where(together, other + size, other)])
    bonds = sparse.coo_matrix((np.ones(len(heads)), (heads, tails)), shape=(2 * size, 2 * size))
    label = csgraph.connected_components(bonds, directed=False)[1]
    plain, turned = label[:size], label[size:]
    still = (plain == turned) | np.isin(plain, np.concatenate([plain[alone], turned[alone]]))
    moving = np.flatnonzero(~still)
    numbers, at = np.unique(np.minimum(plain, turned)[moving], return_inverse=True)
    signs = np.where(plain < turned, 1, -1)[moving]
    return sparse.csr_matrix((signs, (moving, at)), shape=(size, len(numbers)))


def _distinct(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the equations, each once: two that come to the same two random numbers are the same."""
    marks: NDArray[np.int64] = np.random.default_rng(0).integers(-(2**40), 2**40, (rows.shape[1], 2))
    sums = rows @ marks
    sums = np.where(sums[:, :1] < 0, -sums, sums)
    return rows[np.sort(np.unique(sums, axis=0, return_index=True)[1])]

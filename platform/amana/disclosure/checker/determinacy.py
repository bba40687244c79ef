"""Determinacy: which hidden cells follow from the published ones by adding and subtracting alone, exactly.

Runs in: worker, and anywhere an auditor wants it.   Sees: equations only, no figure.
A cell is determined exactly when every solution of ``equations @ z = 0`` over the hidden cells is 0 there. One solution
drawn at random over the field of integers modulo 2**31 - 1 decides it for all cells at once: an entry that is not 0
proves its cell undetermined; an entry that is 0 is so by chance with probability 2**-31.
That counts cannot be negative is not used here; ``intervals`` uses it.
Source: random vectors in a null space, Freivalds (1979); order of elimination by Markowitz (1957), many pivots a round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.table import Flags, Numbers

PRIME: Final = 2**31 - 1  # products of two residues stay below 2**62 and fit int64
_DENSE: Final = 0.15  # share of filled places beyond which what is left is eliminated as a full matrix
_SMALL: Final = 64  # rows or columns below which it is so in any case


def determined(equations: sparse.csc_matrix, rng: np.random.Generator) -> Flags:
    """Return (n,) which unknowns can have one value only, whatever the known figures are.

    equations: (m, n) integers, over the unknown quantities alone.
    """
    found: Flags = null_vector(equations, rng) == 0
    return found


def null_vector(equations: sparse.csc_matrix, rng: np.random.Generator) -> Numbers:
    """Return (n,) a solution of ``equations @ z = 0`` modulo PRIME, drawn evenly from all of them."""
    return _Elimination(equations).solve(rng)


@dataclass(frozen=True)
class _Round:
    """Pivots eliminated together. column: (k,); z[column] is minus the sum of value * z[other] over its entries."""

    column: Numbers
    at: Numbers  # (e,) which of the k pivots an entry belongs to
    other: Numbers  # (e,) the column it stands in
    value: Numbers  # (e,) modulo PRIME


class _Elimination:
    """The equations as entries (row, column, value), and what was eliminated so far."""

    def __init__(self, equations: sparse.csc_matrix) -> None:
        self._size = equations.shape[1]
        entries = equations.tocoo()
        self._row, self._column = entries.row.astype(np.int64), entries.col.astype(np.int64)
        self._value = entries.data.astype(np.int64) % PRIME
        self._rounds: list[_Round] = []
        self._chance = np.random.default_rng(0)  # breaks ties between pivots; no secret

    def solve(self, rng: np.random.Generator) -> Numbers:
        while len(self._row) and not self._is_dense():
            self._eliminate(self._pivots())
        self._eliminate_dense()
        z: Numbers = rng.integers(1, PRIME, self._size)  # what is no pivot is free
        for each in reversed(self._rounds):
            z[each.column] = 0
            terms = each.value * z[each.other] % PRIME
            np.subtract.at(z, each.column[each.at], terms)
            z[each.column] %= PRIME
        return z

    def _is_dense(self) -> bool:
        rows, columns = len(np.unique(self._row)), len(np.unique(self._column))
        return min(rows, columns) <= _SMALL or len(self._row) > _DENSE * rows * columns

    def _pivots(self) -> Numbers:
        """Return entries to pivot on: cheap by Markowitz' count, and no pivot's row meets another pivot's column."""
        in_row, in_column = np.bincount(self._row), np.bincount(self._column)
        cost = (in_row[self._row] - 1.0) * (in_column[self._column] - 1.0) + self._chance.random(len(self._row))
        limit = max(4.0, 2.0 * float(cost.min()))
        rank = np.where(cost <= limit, cost, np.inf)
        best_of_row = np.full(len(in_row), np.inf)
        np.minimum.at(best_of_row, self._row, rank)
        best_of_column = np.full(len(in_column), np.inf)
        np.minimum.at(best_of_column, self._column, np.where(rank == best_of_row[self._row], rank, np.inf))
        candidate = (rank == best_of_row[self._row]) & (rank == best_of_column[self._column]) & np.isfinite(rank)
        owner_of_row, owner_of_column = np.full(len(in_row), np.inf), np.full(len(in_column), np.inf)
        owner_of_row[self._row[candidate]] = rank[candidate]
        owner_of_column[self._column[candidate]] = rank[candidate]
        by_row, by_column = owner_of_row[self._row], owner_of_column[self._column]
        meets = np.isfinite(by_row) & np.isfinite(by_column) & (by_row != by_column)
        loses_row, loses_column = meets & (by_row > by_column), meets & (by_row < by_column)
        lost = np.concatenate([by_row[loses_row], by_column[loses_column]])
        return np.flatnonzero(candidate & ~np.isin(rank, lost))

    def _eliminate(self, pivots: Numbers) -> None:
        """Solve each pivot's row for its column, and put that into every other row in which the column stands."""
        pivot_of_row = np.full(int(self._row.max()) + 1, -1)
        pivot_of_column = np.full(int(self._column.max()) + 1, -1)
        pivot_of_row[self._row[pivots]] = np.arange(len(pivots))
        pivot_of_column[self._column[pivots]] = np.arange(len(pivots))
        of_row, of_column = pivot_of_row[self._row], pivot_of_column[self._column]
        inverse = _inverse(self._value[pivots])
        solved = np.flatnonzero((of_row >= 0) & (of_column < 0))
        solved = solved[np.argsort(of_row[solved], kind="stable")]
        at, other = of_row[solved], self._column[solved]
        value = self._value[solved] * inverse[at] % PRIME
        self._rounds.append(_Round(self._column[pivots], at, other, value))
        meeting = np.flatnonzero((of_column >= 0) & (of_row < 0))
        count = np.bincount(at, minlength=len(pivots))
        start = np.concatenate([[0], np.cumsum(count)[:-1]])
        times = count[of_column[meeting]]
        left = np.repeat(meeting, times)
        first = np.repeat(np.cumsum(times) - times, times)
        right = np.repeat(start[of_column[meeting]], times) + np.arange(len(left)) - first
        stays = (of_row < 0) & (of_column < 0)
        self._row = np.concatenate([self._row[stays], self._row[left]])
        self._column = np.concatenate([self._column[stays], other[right]])
        self._value = np.concatenate([self._value[stays], PRIME - self._value[left] * value[right] % PRIME])
        self._collect()

    def _collect(self) -> None:
        """Add up entries that stand in one place, and drop those that come to 0."""
        width = int(self._column.max(initial=0)) + 1
        place = self._row * width + self._column
        order = np.argsort(place, kind="stable")
        place = place[order]
        first = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]])[: len(place)])
        total = np.add.reduceat(self._value[order], first) % PRIME if len(first) else self._value
        kept = total != 0
        self._row, self._column = place[first][kept] // width, place[first][kept] % width
        self._value = total[kept]

    def _eliminate_dense(self) -> None:
        """Eliminate what is left as a full matrix, one pivot after the other."""
        columns, at = np.unique(self._column, return_inverse=True)
        _, row = np.unique(self._row, return_inverse=True)
        matrix = np.zeros((int(row.max(initial=-1)) + 1, len(columns)), dtype=np.int64)
        matrix[row, at] = self._value
        while len(matrix):
            places = np.flatnonzero(matrix[0])
            if len(places):
                solved = matrix[0] * int(_inverse(matrix[0, places[:1]])[0]) % PRIME
                others = places[1:]
                pivot = np.array([columns[places[0]]])
                self._rounds.append(_Round(pivot, np.zeros(len(others), np.int64), columns[others], solved[others]))
                touched = np.flatnonzero(matrix[:, places[0]])
                matrix[touched] = (matrix[touched] - matrix[touched, places[0], None] * solved % PRIME) % PRIME
            matrix = matrix[1:]


def _inverse(values: Numbers) -> Numbers:
    """Return the inverses modulo PRIME, by Fermat: value ** (PRIME - 2)."""
    result, power, exponent = np.ones_like(values), values.copy(), PRIME - 2
    while exponent:
        if exponent & 1:
            result = result * power % PRIME
        power, exponent = power * power % PRIME, exponent >> 1
    return result

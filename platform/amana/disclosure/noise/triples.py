"""The noisy margins of three attributes side by side, for a model that is fitted to them as well.

Sees: noisy residuals and public sizes; no count.

Where attributes have few codes and persons are many, nearly every table of three is measured and stands out of its
noise; all of them together then say more than pairs do: what kinds there are, and what pairs leave open. Where they do
not, or their cells are very many, it is left to the filter (estimate.py) to look at them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.lattice import Levels, Population
from amana.disclosure.noise.plan import NoisePlan

THREE: Final = 3
LARGEST: Final = 2**17  # cells of the array that a fit goes through at each step
TIMES: Final = 4.0  # as many numbers as pairs have: fewer triples say little beyond their pairs
STAND_OUT: Final = 10.0  # times what noise alone would come to, in squares

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Pair = tuple[str, int]


@dataclass(frozen=True)
class Triples:
    """Every triple three times: each of its attributes once by row, the two others by column.

    left, right: (columns,) the two rows of Seen whose product a column is.
    where:       by residual, its place for each of its axes in turn.
    variance:    by residual, of the noise on each cell, persons squared.
    values:      (rows, columns) residuals; sure: one over their variance, 0 where there is none.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    where: Mapping[Levels, tuple[tuple[slice, slice], ...]]
    variance: Mapping[Levels, float]
    values: Single
    sure: Single

    def misfit(self, rows: Single, persons: Single) -> tuple[Single, Single]:
        """Return how far a model is from the residuals, and the slope of half the squares by ``rows``.

        rows:    (rows, kinds) what kinds have of the residuals.
        persons: (kinds,).
        Returns (rows, columns), and (rows, kinds) that are still to be multiplied by ``persons``.
        """
        both = rows[self.left] * rows[self.right]
        off: Single = (rows * persons) @ both.T
        off -= self.values
        return off, (off * self.sure) @ both

    def along(self, one: Single, other: Single) -> float:
        """Return the sum of products over their variance, each triple once."""
        return float(np.vdot(one * self.sure, other)) / THREE

    def noise(self, rng: np.random.Generator, centres: Mapping[Pair, Array]) -> Single:
        """Return other noise like that on the residuals, in its places. centres: by attribute and level."""
        found = np.zeros_like(self.values)
        for name, places in self.where.items():
            cells = rng.normal(0.0, math.sqrt(self.variance[name]), [len(centres[pair]) for pair in name])
            for at, pair in enumerate(name):
                cells = np.moveaxis(np.tensordot(centres[pair], cells, (1, at)), 0, at)
            _put(found, cells, places)
        return found


def triples(design: NoisePlan, residuals: Residuals, of: Population, place: Mapping[Pair, slice]) -> Triples:
    """Return the triples of a population; none of them where they are few, all is noise, or they are too many.

    place: by attribute and level, its rows.
    """
    own, height = free(design, residuals, of, THREE), max(each.stop for each in place.values())
    named: dict[Levels, Array] = {
        levels: cells for (population, levels), cells in residuals.items() if population == of and len(levels) == THREE
    }
    squares = math.fsum(float((cells**2).sum()) / design.residuals[of, name].variance for name, cells in named.items())
    if not named or own < TIMES * free(design, residuals, of, THREE - 1) or squares < STAND_OUT * own:
        return _none(height)
    pairs = sorted({_others(name, at) for name in named for at in range(THREE)})
    rows = {pair: np.arange(each.start, each.stop) for pair, each in place.items()}
    ends = np.cumsum([0, *(len(rows[one]) * len(rows[other]) for one, other in pairs)]).tolist()
    columns = {pair: slice(first, last) for pair, first, last in zip(pairs, ends, ends[1:], strict=False)}
    shape = height, ends[-1]
    if math.prod(shape) > LARGEST:
        return _none(height)
    where: dict[Levels, tuple[tuple[slice, slice], ...]] = {
        name: tuple((place[name[at]], columns[_others(name, at)]) for at in range(THREE)) for name in named
    }
    variance = {name: design.residuals[of, name].variance for name in named}
    values, sure = np.zeros((2, *shape), dtype=np.float32)
    for name, cells in named.items():
        _put(values, cells, where[name])
        _put(sure, np.full(cells.shape, 1 / variance[name]), where[name])
    left = np.concatenate([np.repeat(rows[one], len(rows[other])) for one, other in pairs])
    right = np.concatenate([np.tile(rows[other], len(rows[one])) for one, other in pairs])
    return Triples(left, right, where, variance, values, sure)


def free(design: NoisePlan, residuals: Residuals, of: Population, length: int) -> int:
    """Return how many numbers the measured margins of so many attributes have of their own."""
    return sum(design.residuals[name].free for name in residuals if name[0] == of and len(name[1]) == length)


def _none(rows: int) -> Triples:
    """Return no triples: arrays without columns, which add nothing to a fit."""
    nothing, empty = np.zeros(0, dtype=np.int64), np.zeros((rows, 0), dtype=np.float32)
    return Triples(nothing, nothing, {}, {}, empty, empty)


def _others(name: Levels, at: int) -> tuple[Pair, Pair]:
    one, other = name[:at] + name[at + 1 :]
    return one, other


def _put(into: Single, cells: Array, places: tuple[tuple[slice, slice], ...]) -> None:
    for at, (row, column) in enumerate(places):
        into[row, column] = np.moveaxis(cells, at, 0).reshape(cells.shape[at], -1)

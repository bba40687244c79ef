"""Put the cells together again, without bias, and say how sure each is.

Sees: noisy residuals and public sizes; no count.

A cell is a sum over residuals, each spread equally over the cells below it; so any two published figures of the same
persons are the same sum, and margins are the sums of their cells, to the last digits of float64. The noise of a cell is
so close to normal that normal intervals hold; it is not the uncertainty of what was registered in the first place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import product
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.lattice import Levels, Piece
from amana.disclosure.noise.plan import NoisePlan
from amana.disclosure.table import Cube, Index

CONFIDENCE: Final = 0.95


def estimates(design: NoisePlan, residuals: Residuals) -> dict[str, NDArray[np.float64]]:
    """Return by cube id, shape ``cube.shape``, the unbiased figure of every cell. It may be below 0."""
    tables = [(piece, leaf_table(piece, residuals)) for piece in design.lattice.pieces]
    return {
        cube.id: published(cube, [each for each in tables if each[0].cube == cube.id]) for cube in design.cubes
    }  # fmt: skip


def published(cube: Cube, tables: Sequence[tuple[Piece, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Return the cells of a cube, margins included, from the leaf tables of its pieces."""
    cells = np.zeros(cube.shape)
    for piece, table in tables:
        cells += _along_axes(table, [stem.nodes for stem in piece.stems])
    return cells


def variances(design: NoisePlan) -> dict[str, NDArray[np.float64]]:
    """Return by cube id, shape ``cube.shape``, the variance of every cell, in persons squared.

    It is infinite for a cell of a cube that is not measured itself; such a cell has no unbiased figure.
    """
    found = {cube.id: np.zeros(cube.shape) for cube in design.cubes}
    for piece in design.lattice.pieces:
        for name, levels in piece.margins:
            size = reduce(np.multiply.outer, [(each**2).sum(1) for each in _reach(piece, levels)])
            spread = _spread(design, piece, name)
            found[piece.cube] += np.where(size > 0, spread, 0.0) * np.where(size > 0, size, 1.0)
    return found


def covariance(design: NoisePlan, one: tuple[str, Index], other: tuple[str, Index]) -> float:
    """Return the covariance of two cells, each a cube id and an index; of a cell with itself, its variance.

    Not finite where both are of cubes that are not measured themselves.
    """
    pairs = product(design.lattice.pieces_of(one[0]), design.lattice.pieces_of(other[0]))
    return math.fsum(
        _shared(design, (here, one[1]), (there, other[1]))
        for here, there in pairs
        if here.population == there.population
    )


def interval(
    estimate: NDArray[np.float64], variance: NDArray[np.float64], confidence: float = CONFIDENCE
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and the upper end of the interval that holds the true count this often. May be below 0."""
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * np.sqrt(variance)
    return estimate - reach, estimate + reach


def leaf_table(piece: Piece, residuals: Residuals) -> NDArray[np.float64]:
    """Return the leaf table of a piece, the sum of its residuals."""
    table = np.zeros(piece.shape)
    for name, levels in piece.margins:
        if (piece.population, name) in residuals:
            table += spread(piece.placed(residuals[piece.population, name], levels), piece, levels)
    return table


def spread(values: NDArray[np.float64], piece: Piece, levels: Sequence[int]) -> NDArray[np.float64]:
    """Share what is known of a margin equally among the leaves below; broadcasts to the shape of the piece.

    values: one axis per axis of the piece, of the groups of the level there, of length 1 for everybody.
    """
    for axis, (stem, level) in enumerate(zip(piece.stems, levels, strict=True)):
        if level < stem.level:
            group, share = stem.above[level]
            along = [-1 if at == axis else 1 for at in range(values.ndim)]
            values = (np.take(values, group, axis) if level else values) * share.reshape(along)
    return values


def _along_axes(table: NDArray[np.float64], matrices: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    for axis, matrix in enumerate(matrices):
        table = np.moveaxis(np.tensordot(matrix, table, axes=(1, axis)), 0, axis)
    return table


def _reach(piece: Piece, levels: Sequence[int]) -> list[NDArray[np.float64]]:
    return [stem.reach[level] for stem, level in zip(piece.stems, levels, strict=True)]


def _spread(design: NoisePlan, piece: Piece, name: Levels) -> float:
    """Return s_A: infinite for a residual that is not measured."""
    residual = design.residuals.get((piece.population, name))
    return math.inf if residual is None else residual.variance


def _shared(design: NoisePlan, one: tuple[Piece, Index], other: tuple[Piece, Index]) -> float:
    """Return what two cells share: over common residuals, s_A times the product of their dependences on it."""
    theirs, total = dict(other[0].margins), 0.0
    for name, levels in one[0].margins:
        if name in theirs:
            alike = float((_dependence(*one, levels) * _dependence(*other, theirs[name])).sum())
            total += alike * _spread(design, one[0], name) if alike else 0.0
    return total


def _dependence(piece: Piece, index: Index, levels: Sequence[int]) -> NDArray[np.float64]:
    lines = [reach[node] for reach, node in zip(_reach(piece, levels), index, strict=True)]
    return piece.named(reduce(np.multiply.outer, lines), levels)

"""Draw the noise: once, on integers, residual by residual.

Runs in: worker.   Sees: true counts. What it gives back is safe to show under the plan's rho.

A group with g siblings holds g times itself less all siblings: an integer, and g times its residual. Over several axes
the multiples multiply. Noise of g * sigma on it is noise of sigma on the residual, whole numbers throughout; groups
with other numbers of siblings have other multiples and are drawn apart, and no person is in two of them. A person
changes the multiple's vector by a length of at most g * sqrt(1 - 1/g), so exactly p_A / s_A is spent, as planned. The
result is centred: noise that a residual cannot have by its definition goes, at no cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.attribute import Level
from amana.disclosure.noise.exact import Source
from amana.disclosure.noise.lattice import Piece
from amana.disclosure.noise.plan import Name, NoisePlan, Residual

Residuals = Mapping[Name, NDArray[np.float64]]  # axes in the order of the name


def draw(design: NoisePlan, counts: Mapping[str, NDArray[np.int64]], source: Source) -> Residuals:
    """Return every residual of the plan with its noise, centred. It spends ``design.rho``; ask once.

    counts: by cube id, shape ``cube.shape``, persons, margins included; only leaves are read.
    """
    return {name: _measured(each, _margin(each, counts), source) for name, each in design.residuals.items()}


def centred(values: NDArray[np.float64], piece: Piece, levels: tuple[int, ...]) -> NDArray[np.float64]:
    """Return what a margin has of its own: less the mean of the siblings, axis by axis.

    values: one axis per axis of the piece, of the groups of the level there.
    """
    for axis, (stem, level) in enumerate(zip(piece.stems, levels, strict=True)):
        if level:
            each = stem.attribute.levels[level]
            values = values - _among_siblings(values, axis, each) / _along(each.siblings, axis, values.ndim)
    return values


def summed(values: NDArray[Any], piece: Piece, levels: tuple[int, ...]) -> NDArray[Any]:
    """Return a margin of a leaf table: one axis per axis of the piece, of the groups of the level there."""
    for axis, (stem, level) in enumerate(zip(piece.stems, levels, strict=True)):
        if level == 0:
            values = values.sum(axis, keepdims=True)
        elif level < stem.level:
            values = _by_group(values, axis, stem.above[level][0], stem.attribute.levels[level].size)
    return values


def leaves(piece: Piece, table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the leaf table of a piece out of its cube's cells."""
    return table[np.ix_(*(stem.leaves for stem in piece.stems))]


def _margin(residual: Residual, counts: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    piece = residual.piece
    return summed(leaves(piece, counts[piece.cube]), piece, residual.levels)


def _measured(residual: Residual, margin: NDArray[np.int64], source: Source) -> NDArray[np.float64]:
    piece, levels, whole = residual.piece, residual.levels, margin
    multiple, alone = np.ones(margin.shape, dtype=np.int64), np.zeros(margin.shape, dtype=np.bool_)
    for axis, (stem, level) in enumerate(zip(piece.stems, levels, strict=True)):
        if level:
            each = stem.attribute.levels[level]
            siblings = _along(each.siblings, axis, margin.ndim)
            whole = siblings * whole - _among_siblings(whole, axis, each)
            multiple *= siblings
            alone |= siblings == 1  # nothing of its own, whatever the data
    noisy = np.zeros(margin.shape, dtype=np.int64)
    for factor in np.unique(multiple[~alone]).tolist():
        chosen = (multiple == factor) & ~alone
        scale = math.nextafter(factor * math.sqrt(residual.variance), math.inf)
        noisy[chosen] = source.add(whole[chosen], scale)
    return piece.named(centred(noisy / multiple, piece, levels), levels)


def _among_siblings(values: NDArray[Any], axis: int, level: Level) -> NDArray[Any]:
    """Return, for each group, the sum over it and its siblings; broadcasts where all are siblings."""
    if level.siblings[0] == level.size:
        whole: NDArray[Any] = values.sum(axis, keepdims=True)
        return whole
    return np.take(_by_group(values, axis, level.parent, int(level.parent.max()) + 1), level.parent, axis)


def _by_group(values: NDArray[Any], axis: int, group: NDArray[np.int64], size: int) -> NDArray[Any]:
    found: NDArray[Any] = np.zeros((size, *np.moveaxis(values, axis, 0).shape[1:]), dtype=values.dtype)
    np.add.at(found, group, np.moveaxis(values, axis, 0))
    return np.moveaxis(found, 0, axis)


def _along(line: NDArray[np.int64], axis: int, ndim: int) -> NDArray[np.int64]:
    return line.reshape([-1 if at == axis else 1 for at in range(ndim)])

"""Estimate the counts for display: closer to the truth on the whole, not below 0, and consistent. Never official.

Sees: noisy residuals and public sizes; no count.

Three steps, each from noisy figures alone, so that none costs budget. A model of the persons (model.py) says what to
expect. Each measured residual moves the expectation as far as it is sure: its misfit beyond what noise explains is what
the model can be off by, half of it the more the larger the cell (a Wiener filter, its variance pooled over residuals of
as many attributes). Then tables are raked from the smallest margins up, so that what is negative goes without making
the totals larger, and made to agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.attribute import Attribute
from amana.disclosure.noise.draw import Residuals, centred, summed
from amana.disclosure.noise.lattice import Levels, Piece, Population, Stem
from amana.disclosure.noise.model import Model, fit
from amana.disclosure.noise.plan import Name, NoisePlan
from amana.disclosure.noise.reconstruct import leaf_table, published, spread

Array = NDArray[np.float64]
Margins = Mapping[Levels, Piece]

FLOOR: Final = 1e-3  # of what the model expects in a cell: raking can undo a small count, never a 0
SWEEPS: Final = 6  # of raking a table to its margins
ROUNDS: Final = 5  # of taking away what is below 0 and making the tables agree again
POOL: Final = 200.0  # degrees of freedom that the pooled misfit of other residuals counts for
TINY: Final = 1e-12  # persons squared: what is nothing is not divided by
NEARLY: Final = 1e-3  # of everything: how much may at last be levelled to have no cell below 0


def displays(design: NoisePlan, residuals: Residuals) -> dict[str, Array]:
    """Return by cube id, shape ``cube.shape``, an estimate of every cell, not below 0; margins are exact sums."""
    tables: dict[str, list[tuple[Piece, Array]]] = {cube.id: [] for cube in design.cubes}
    for population in sorted({piece.population for piece in design.lattice.pieces}, key=sorted):
        pieces = [piece for piece in design.lattice.pieces if piece.population == population]
        found = _consistent(design, residuals, population, pieces)
        for piece in pieces:
            tables[piece.cube].append((piece, leaf_table(piece, found)))
    return {cube.id: np.maximum(published(cube, tables[cube.id]), 0.0) for cube in design.cubes}


def _consistent(
    design: NoisePlan, residuals: Residuals, population: Population, pieces: Sequence[Piece]
) -> dict[Name, Array]:
    """Return residuals of a population whose tables are nowhere below 0, but for rounding.

    Where what was measured cannot nearly be told by tables that agree and have no cell below 0, the model's tables are
    taken, which do, if they are closer to what was measured than what would be left of it.
    """
    margins = _closure(population, pieces)
    below = {name for piece in margins.values() for name, _ in piece.margins[:-1]}
    tops = [name for name in margins if name not in below]
    model = fit(design, residuals, population)
    expected = {name: model.table(piece) if name else np.array(model.total) for name, piece in margins.items()}
    raked = _raked(margins, expected, _moved(design, residuals, margins, model, expected))
    tables, found, level = {name: raked[name] for name in tops}, {}, 1.0
    for _ in range(ROUNDS):
        found = _agreed(population, margins, tables)
        tables = {name: leaf_table(margins[name], found) for name in tops}
        level = max(_levelling(table, _even(margins[name], found[population, ()])) for name, table in tables.items())
        if level <= NEARLY:
            break
        tables = {name: np.maximum(table, 0.0) for name, table in tables.items()}
    told = {name: (1 - level) * values if name[1] else values for name, values in found.items()}
    if level <= NEARLY:
        return told
    modelled = _agreed(population, margins, {name: expected[name] for name in tops})
    return min(told, modelled, key=lambda each: _distance(design, residuals, each))


def _distance(design: NoisePlan, residuals: Residuals, found: Mapping[Name, Array]) -> float:
    """Return how far residuals are from the measured ones, in squared deviations of the noise."""
    measured = ((name, each.variance) for name, each in design.residuals.items() if name in found)
    return sum(float(((found[name] - residuals[name]) ** 2).sum()) / variance for name, variance in measured)


def _closure(population: Population, pieces: Sequence[Piece]) -> dict[Levels, Piece]:
    """Return every margin of the pieces as a piece of its own, axes in the order of its name, smaller ones first."""
    attributes = {stem.attribute.name: stem.attribute for piece in pieces for stem in piece.stems}
    names = {name for piece in pieces for name, _ in piece.margins}
    ordered = sorted(names, key=lambda name: (sum(level for _, level in name), name))
    stems = {pair: _stem(attributes[pair[0]], pair[1]) for name in ordered for pair in name}
    return {name: Piece("", population, tuple(stems[pair] for pair in name)) for name in ordered}


def _stem(attribute: Attribute, level: int) -> Stem:
    size = attribute.levels[level].size
    return Stem(attribute, level, np.arange(size), np.eye(size))


def _moved(
    design: NoisePlan, residuals: Residuals, margins: Margins, model: Model, tables: Mapping[Levels, Array]
) -> dict[Name, Array]:
    """Return by how much each measured residual moves what the model expects. tables: by margin, what that is."""
    misfits: dict[Levels, tuple[Array, Array, float, float, float]] = {}
    for name, piece in margins.items():
        measured = design.residuals.get((piece.population, name)) if name else None
        if measured is not None:
            expected, levels = tables[name], [level for _, level in name]
            misfit = residuals[measured.name] - centred(expected, piece, tuple(levels))
            free = float(np.prod([_free(stem) for stem in piece.stems]))
            excess = float((misfit**2).sum()) - free * _left(model, name) * measured.variance
            misfits[name] = (expected, misfit, free, excess, float(expected.sum()) * free / expected.size)
    pooled = {}
    for length in {len(name) for name in misfits}:
        alike = [each for name, each in misfits.items() if len(name) == length]
        pooled[length] = sum(each[3] for each in alike) / sum(each[4] for each in alike)
    moved = {}
    for name, (expected, misfit, free, excess, scale) in misfits.items():
        off = (
            max(0.0, (free * excess / scale + POOL * pooled[len(name)]) / (free + POOL))
            * (expected + expected.mean())
            / 2
        )
        of = margins[name].population, name
        share = off / np.maximum(off + _left(model, name) * design.residuals[of].variance, TINY)
        moved[of] = centred(share * misfit, margins[name], tuple(level for _, level in name))
    return moved


def _left(model: Model, name: Levels) -> float:
    """Return which part of the noise on a residual the model did not take for truth: the rest is no misfit of it."""
    return 1.0 - model.absorbed[len(name) - 1] if len(name) <= len(model.absorbed) else 1.0


def _free(stem: Stem) -> int:
    """Return how many numbers a residual of this level has of its own."""
    parent = stem.attribute.levels[stem.level].parent
    return len(parent) - int(parent.max()) - 1


def _raked(margins: Margins, expects: Mapping[Levels, Array], moved: Mapping[Name, Array]) -> dict[Levels, Array]:
    """Return a table of every margin, above 0, that nearly agrees with the margins before it."""
    tables: dict[Levels, Array] = {}
    for name, piece in margins.items():
        expected = expects[name]
        table = np.maximum(expected + leaf_table(piece, moved), FLOOR * expected)
        for _ in range(SWEEPS):
            for below, levels in _right_below(name):
                now = summed(table, piece, levels)
                table = table * _over(piece.placed(tables[below], levels) / now, piece, levels)
        tables[name] = table
    return tables


def _right_below(name: Levels) -> list[tuple[Levels, tuple[int, ...]]]:
    """Return the margins that sum over one axis one level further, and their level on each axis of this one."""
    found = []
    for at in range(len(name)):
        levels = tuple(level - (place == at) for place, (_, level) in enumerate(name))
        found.append((tuple((each[0], level) for each, level in zip(name, levels, strict=True) if level), levels))
    return found


def _over(factors: Array, piece: Piece, levels: Sequence[int]) -> Array:
    """Return, for each leaf cell, the factor of the group that it lies in; broadcasts to the shape of the piece."""
    for axis, (stem, level) in enumerate(zip(piece.stems, levels, strict=True)):
        if 0 < level < stem.level:
            factors = np.take(factors, stem.above[level][0], axis)
    return factors


def _agreed(population: Population, margins: Margins, tables: Mapping[Levels, Array]) -> dict[Name, Array]:
    """Return the residuals of the mean of the tables, where several have the same margin: so they agree exactly."""
    sums: dict[Levels, Array] = {}
    weights: dict[Levels, float] = {}
    for top, table in tables.items():
        for name, levels in margins[top].margins:
            margin = margins[top].named(summed(table, margins[top], levels), levels)
            weight = margin.size / table.size
            sums[name] = sums.get(name, 0.0) + weight * margin
            weights[name] = weights.get(name, 0.0) + weight
    return {
        (population, name): centred(total / weights[name], margins[name], tuple(level for _, level in name))
        for name, total in sums.items()
    }


def _even(piece: Piece, total: Array) -> Array:
    """Return the total shared equally; broadcasts to the shape of the piece."""
    everybody = (0,) * len(piece.stems)
    return spread(piece.placed(total, everybody), piece, everybody)


def _levelling(table: Array, even: Array) -> float:
    """Return the least share of an even table that leaves no cell below 0."""
    below = np.minimum(table, 0.0)
    return float((below / (below - even)).max())

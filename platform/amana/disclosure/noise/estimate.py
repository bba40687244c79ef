"""Estimate the counts for display: closer to the truth on the whole, not below 0, and consistent. Never official.

Sees: noisy residuals and public sizes; no count.

Three steps, each from noisy figures alone, so that none costs budget. A model of the persons (model.py) says what to
expect. Each measured residual moves the expectation as far as it is sure: its misfit beyond what noise explains is what
the model can be off by, the more the larger the cell (a Wiener filter, its variance pooled over residuals of
as many attributes). Then tables are raked from the smallest margins up, so that what is negative goes without making
the totals larger, and made to agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from amana.disclosure.noise.agreement import agreed
from amana.disclosure.noise.draw import Residuals, centred
from amana.disclosure.noise.lattice import Levels, Piece, Population, Stem
from amana.disclosure.noise.model import Model, fit
from amana.disclosure.noise.plan import Name, NoisePlan
from amana.disclosure.noise.raking import Array, Margins, closure, levels_of, raked
from amana.disclosure.noise.reconstruct import leaf_table, published

FLOOR: Final = 1e-3  # of what is expected in a cell: raking can undo a small count, never a 0
TRUSTED: Final = 0.8  # of what the model says of more attributes than it was fitted to: until they are looked at
LOOKED: Final = 10.0  # squared deviations of the noise: how sure that is beforehand
GROWS: Final = 0.75  # power of a cell with which the variance of what was expected there grows
DIFFERENT: Final = 2.0  # by how much that variance differs from table to table, over its mean
TINY: Final = 1e-12  # persons squared: what is nothing is not divided by
NEARLY: Final = 0.01  # of everybody: how many may be filled up before the model is asked instead


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
    taken, which do, if they are closer to what was measured than what was filled up.
    """
    margins = closure(population, pieces)
    model = fit(design, residuals, population)
    expected = _expected(design, residuals, margins, model)
    offs = _offs(design, residuals, margins, model, expected)
    tables: dict[Levels, Array] = {}
    for name, piece in margins.items():
        tables[name] = raked(expected[name], margins, name, tables)
        if name in offs:
            of = population, name
            noise = _left(model, name) * design.residuals[of].variance
            larger = tables[name] ** GROWS
            off = np.maximum(offs[name] * tables[name].mean() * larger / larger.mean(), TINY)
            misfit = residuals[of] - centred(tables[name], piece, levels_of(name))
            more = centred(off / (off + noise) * misfit, piece, levels_of(name))
            tables[name] = raked(np.maximum(tables[name] + more, FLOOR * tables[name]), margins, name, tables)
    told, added = agreed(population, margins, tables)
    if added <= NEARLY:
        return told
    modelled, _ = agreed(population, margins, {name: model.table(margins[name]) for name in margins if name})
    return min(told, modelled, key=lambda each: _distance(design, residuals, each))


def _distance(design: NoisePlan, residuals: Residuals, found: Mapping[Name, Array]) -> float:
    """Return how far residuals are from the measured ones, in squared deviations of the noise."""
    measured = ((name, each.variance) for name, each in design.residuals.items() if name in found)
    return sum(float(((found[name] - residuals[name]) ** 2).sum()) / variance for name, variance in measured)


def _expected(design: NoisePlan, residuals: Residuals, margins: Margins, model: Model) -> dict[Levels, Array]:
    """Return by margin what to expect before its own residual is looked at.

    Of more attributes than the model was fitted to it is between what the model says and what follows from its pairs
    alone: kinds are a fiction, and what they say beyond what they were fitted to is less sure.
    """
    tables, plain = {}, {}
    for name, piece in margins.items():
        tables[name] = model.table(piece) if name else np.array(model.total)
        if len(name) > len(model.absorbed):
            plain[name] = raked(np.ones_like(tables[name]), margins, name, tables)
    trusted = _trusted(design, residuals, margins, tables, plain)
    return tables | {name: table + trusted * (tables[name] - table) for name, table in plain.items()}


def _trusted(
    design: NoisePlan,
    residuals: Residuals,
    margins: Margins,
    tables: Mapping[Levels, Array],
    plain: Mapping[Levels, Array],
) -> float:
    """Return which part of what the model says beyond fewer attributes is true of all that was measured, 0 to 1.

    One number by least squares, each residual as sure as its noise lets it be; noise knows nothing of the model, which
    was not fitted to these.
    """
    borne_out, said = LOOKED * TRUSTED, LOOKED
    for name, table in plain.items():
        piece = margins[name]
        measured = design.residuals.get((piece.population, name))
        if measured is not None:
            more, fewer = (centred(each, piece, levels_of(name)) for each in (tables[name] - table, table))
            borne_out += float((more * (residuals[measured.name] - fewer)).sum()) / measured.variance
            said += float((more**2).sum()) / measured.variance
    return min(1.0, max(0.0, borne_out / said))


def _offs(
    design: NoisePlan, residuals: Residuals, margins: Margins, model: Model, expected: Mapping[Levels, Array]
) -> dict[Levels, float]:
    """Return by measured margin the variance of what was expected, in persons squared per person, on the mean.

    It is a mean of what the table says and what all of as many attributes say, each as sure as noise lets it be.
    """
    misfits: dict[Levels, tuple[float, float, float, float]] = {}
    for name, piece in margins.items():
        measured = design.residuals.get((piece.population, name)) if name else None
        if measured is not None:
            misfit = residuals[measured.name] - centred(expected[name], piece, levels_of(name))
            free = float(np.prod([_free(stem) for stem in piece.stems]))
            noise = free * _left(model, name) * measured.variance
            misfits[name] = (free, noise, float((misfit**2).sum()) - noise, free * float(expected[name].mean()))
    offs = {}
    for length in {len(name) for name in misfits}:
        alike = {name: each for name, each in misfits.items() if len(name) == length}
        noises, excesses, scales = (sum(each[part] for each in alike.values()) for part in (1, 2, 3))
        others = 2 * ((1 + noises / max(excesses, TINY)) / DIFFERENT) ** 2
        for name, (free, _, excess, scale) in alike.items():
            offs[name] = max(0.0, (free * excess / scale + others * excesses / scales) / (free + others))
    return offs


def _left(model: Model, name: Levels) -> float:
    """Return which part of the noise on a residual the model did not take for truth: the rest is no misfit of it."""
    return 1.0 - model.absorbed[len(name) - 1] if len(name) <= len(model.absorbed) else 1.0


def _free(stem: Stem) -> int:
    """Return how many numbers a residual of this level has of its own."""
    parent = stem.attribute.levels[stem.level].parent
    return len(parent) - int(parent.max()) - 1

"""Rake tables: make each agree with its margins by factors, as iterative proportional fitting does.

Sees: estimates from noisy figures and public sizes; no count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.attribute import Attribute
from amana.disclosure.noise.draw import summed
from amana.disclosure.noise.lattice import Levels, Piece, Population, Stem

Array = NDArray[np.float64]
Margins = Mapping[Levels, Piece]

SWEEPS: Final = 4
LEAST: Final = 1e-12  # persons: what is nothing is not divided by


def closure(population: Population, pieces: Sequence[Piece]) -> dict[Levels, Piece]:
    """Return every margin of the pieces as a piece of its own, axes in the order of its name, smaller ones first."""
    attributes = {stem.attribute.name: stem.attribute for piece in pieces for stem in piece.stems}
    names = {name for piece in pieces for name, _ in piece.margins}
    ordered = sorted(names, key=lambda name: (sum(level for _, level in name), name))
    stems = {pair: _stem(attributes[pair[0]], pair[1]) for name in ordered for pair in name}
    return {name: Piece("", population, tuple(stems[pair] for pair in name)) for name in ordered}


def raked(table: Array, margins: Margins, name: Levels, tables: Mapping[Levels, Array], sweeps: int = SWEEPS) -> Array:
    """Return the table of a margin, nearly agreeing with the margins right below it. All are above 0."""
    piece = margins[name]
    wanted = [(levels, piece.placed(tables[below], levels)) for below, levels in _right_below(name)]
    for levels, margin in wanted * sweeps:
        now = np.maximum(summed(table, piece, levels), LEAST)
        table = table * _over(margin / now, piece, levels)
    return table


def right_below(name: Levels) -> list[Levels]:
    """Return the margins that sum over one axis one level further."""
    return [below for below, _ in _right_below(name)]


def levels_of(name: Levels) -> tuple[int, ...]:
    """Return the level on each axis of a margin."""
    return tuple(level for _, level in name)


def _stem(attribute: Attribute, level: int) -> Stem:
    size = attribute.levels[level].size
    return Stem(attribute, level, np.arange(size), np.eye(size))


def _right_below(name: Levels) -> list[tuple[Levels, tuple[int, ...]]]:
    """Return those margins, and their level on each axis of this one."""
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

"""Make tables of one population agree exactly, with no cell below 0.

Sees: estimates from noisy figures and public sizes; no count.

Tables that share a margin take the mean of what each says of it, and are raked to that, several times over. What is
then still below 0 is filled up: by persons who are in those cells and otherwise like everybody, so that everything
agrees as before; then everybody is made fewer, as many as there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from amana.disclosure.noise.draw import centred, summed
from amana.disclosure.noise.lattice import Levels, Population
from amana.disclosure.noise.plan import Name
from amana.disclosure.noise.raking import LEAST, Array, Margins, levels_of, raked, right_below
from amana.disclosure.noise.reconstruct import leaf_table, spread

ROUNDS: Final = 5
SWEEPS: Final = 2  # of raking a table to the mean of its margins
LITTLE: Final = 1e-3  # of everybody: what is filled up at once
NEARLY: Final = 1e-4  # of everything: how much is levelled, so that what is hardly below 0 need not be filled up


def agreed(population: Population, margins: Margins, tables: Mapping[Levels, Array]) -> tuple[dict[Name, Array], float]:
    """Return residuals of tables that agree and are not below 0, but for rounding; and the share filled up.

    tables: above 0, of every margin.
    """
    below = {name for piece in margins.values() for name, _ in piece.margins[:-1]}
    tops = {name: tables[name] for name in margins if name not in below}
    found = _mean(population, margins, tops)
    lacking = _lacking(margins, tops, found, population)
    for _ in range(ROUNDS):
        if sum(float(more.sum()) for more in lacking.values()) <= LITTLE * float(found[population, ()]):
            break
        shared = {name for top in tops for name in right_below(top)}
        told = {name: np.maximum(leaf_table(margins[name], found), LEAST) for name in shared}
        tops = {name: raked(table, margins, name, told, SWEEPS) for name, table in tops.items()}
        found = _mean(population, margins, tops)
        lacking = _lacking(margins, tops, found, population)
    return _filled(population, margins, found, lacking, _others(margins, tables))


def _filled(
    population: Population,
    margins: Margins,
    found: dict[Name, Array],
    lacking: Mapping[Levels, Array],
    others: Mapping[tuple[str, int], Array],
) -> tuple[dict[Name, Array], float]:
    """Return residuals with what is lacking filled up, everybody made fewer, and the share that was filled up.

    others: by attribute and level, the residual of the chances of everybody's codes.
    """
    whole = float(found[population, ()])
    for top, more in lacking.items():
        inside = dict.fromkeys(name for name, _ in top)
        parts: dict[tuple[int, ...], Array] = {}
        for name in margins:
            level_of = dict(name)
            levels = tuple(level_of.get(each, 0) for each in inside)
            if any(level > most for level, (_, most) in zip(levels, top, strict=True)):
                continue  # they are spread evenly below the groups of the table
            if levels not in parts:
                parts[levels] = centred(summed(more, margins[top], levels), margins[top], levels)
            sizes = iter([size for size, level in zip(parts[levels].shape, levels, strict=True) if level])
            part = parts[levels].reshape([next(sizes) if each in inside else 1 for each, _ in name])
            for at, pair in enumerate(name):
                if pair[0] not in inside:
                    part = part * others[pair].reshape([-1 if axis == at else 1 for axis in range(len(name))])
            found[population, name] = found[population, name] + part
    share = whole / max(float(found[population, ()]), LEAST)
    levelled = {name: (share * (1 - NEARLY) if name[1] else share) * values for name, values in found.items()}
    return levelled, 1 - share


def _others(margins: Margins, tables: Mapping[Levels, Array]) -> dict[tuple[str, int], Array]:
    """Return by attribute and level, what the chances of its codes have of their own. tables: above 0."""
    single = sorted(name[0] for name in margins if len(name) == 1)
    finest = dict(single)
    found = {}
    for name, level in single:
        piece, table = margins[((name, finest[name]),)], tables[((name, finest[name]),)]
        found[name, level] = centred(summed(table / table.sum(), piece, (level,)), piece, (level,))
    return found


def _mean(population: Population, margins: Margins, tables: Mapping[Levels, Array]) -> dict[Name, Array]:
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
        (population, name): centred(total / weights[name], margins[name], levels_of(name))
        for name, total in sums.items()
    }


def _lacking(
    margins: Margins, tops: Iterable[Levels], found: Mapping[Name, Array], population: Population
) -> dict[Levels, Array]:
    """Return, where it is anything, what cells lack to be above 0 when everything is levelled by NEARLY."""
    lacking = {}
    for name in tops:
        piece, everybody = margins[name], (0,) * len(name)
        even = spread(piece.placed(found[population, ()], everybody), piece, everybody)
        more = np.maximum(-leaf_table(piece, found) - NEARLY * even, 0.0)
        if more.any():
            lacking[name] = more
    return lacking

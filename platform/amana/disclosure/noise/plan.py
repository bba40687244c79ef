"""Plan the noise: how much each part of the cubes gets, so that the published cells are as sure as rho allows.

Sees: cubes and public sizes; no count. A plan is the same whatever the data are.

Every margin A of a declared table has a residual, what A adds to its own margins. Residuals are measured apart, each
with noise of variance s_A; a cell is a sum over residuals, so tables agree exactly, and its variance has a closed form.
With p_A what one person adds at most to the residual's squared length, the release satisfies rho-zCDP for
rho = sum(p_A / s_A) / 2. With v_A what s_A adds to the weighted sum of variances, the best s_A is proportional to
sqrt(p_A / v_A).

Source: formulas of Xiao, He, Zhang and Kifer (2023), An Optimal and Scalable Matrix Mechanism for Noisy Marginals under
Convex Loss Functions; the levels of a hierarchy are ours, see attribute.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.branches import never_asked
from amana.disclosure.noise.lattice import Lattice, Levels, Piece, Population, lattice
from amana.disclosure.noise.refused import NoiseRefused
from amana.disclosure.table import Cube

Name = tuple[Population, Levels]
_MOST_CELLS: Final = 2**31  # siblings of all axes multiplied: a count times this fits 64 bits, up to 2**32 persons
_UP: Final = 1 + 1e-12  # more than rounding can lose: what is spent never exceeds rho


@dataclass(frozen=True)
class Residual:
    """What one margin adds to its own margins.

    variance: persons squared, s_A, of the noise on each cell before centring.
    cost:     p_A, what one person adds at most to the residual's squared length: product of 1 - 1/siblings.
    piece:    a piece that the margin can be summed from, and ``levels`` of its axes at the margin.
    """

    name: Name
    variance: float
    cost: float
    piece: Piece
    levels: tuple[int, ...]

    @property
    def free(self) -> int:
        """How many numbers of its own it has, once centred."""
        levels = zip(self.piece.stems, self.levels, strict=True)
        return math.prod(stem.attribute.levels[level].free for stem, level in levels)


@dataclass(frozen=True)
class NoisePlan:
    """Who gets how much noise. rho: the most that any person spends, half the sum of cost over variance.

    residuals: by name, those that are measured. A residual that no sum tells anything new has no entry.
    weights:   by cube id, what it was planned with; 1 where nothing is said.
    """

    lattice: Lattice
    residuals: Mapping[Name, Residual]
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def cubes(self) -> tuple[Cube, ...]:
        """The declared cubes."""
        return self.lattice.cubes

    @cached_property
    def rho(self) -> float:
        """What a person spends: in each family of disjoint populations, that of the dearest one."""
        spent: dict[Population, list[float]] = {}
        for residual in self.residuals.values():
            spent.setdefault(residual.name[0], []).append(residual.cost / residual.variance)
        return math.fsum(
            max(math.fsum(spent.get(population, ())) for population in family) for family in self.lattice.families
        ) / 2  # fmt: skip


def plan(
    cubes: Sequence[Cube],
    rho: float,
    weights: Mapping[str, float] | None = None,
    absent: Mapping[str, NDArray[np.bool_]] | None = None,
) -> NoisePlan:
    """Return the plan with the least weighted sum of variances for this rho.

    weights: by cube id, what the mean variance of its leaf cells counts beside the others'; 1 by default. Its margins
             count in proportion (lattice.MARGIN). A cube of weight 0 is not measured: only what it shares with others
             is known of it.
    absent:  by cube id, as in RawTable: where nobody was asked, which is public. A code that no cube has a cell for
             (a committee that sent nothing) is left out: its cells are 0, with variance 0. A cell that only some other
             cell of its row speaks for keeps its noise; it is shown as not collected.
    Raises NoiseRefused for cubes that cannot be linked, ValueError for a rho that is not above 0, or weights below 0.
    """
    linked = lattice(cubes, never_asked(cubes, absent or {}))
    weight_of = {cube.id: 1.0 for cube in cubes} | dict(weights or {})
    if not (rho > 0 and all(weight >= 0 for weight in weight_of.values())):
        raise ValueError("rho is above 0, and no weight is below 0")
    wanted = _wanted(linked, weight_of)
    totals: dict[Population, float] = {}
    for (population, _), (gain, cost, _, _) in wanted.items():
        totals[population] = totals.get(population, 0.0) + math.sqrt(gain * cost)
    budget = _budgets(linked, totals, rho)
    residuals = {}
    for name, (gain, cost, piece, levels) in wanted.items():
        variance = totals[name[0]] * math.sqrt(cost / gain) / budget[name[0]] * _UP
        residuals[name] = Residual(name, variance, cost, piece, levels)
    return NoisePlan(linked, residuals, {name: weight for name, weight in weight_of.items() if weight != 1})


def _wanted(linked: Lattice, weight_of: Mapping[str, float]) -> dict[Name, tuple[float, float, Piece, tuple[int, ...]]]:
    """Return, by residual, v_A, p_A, and where it can be summed from."""
    found: dict[Name, tuple[float, float, Piece, tuple[int, ...]]] = {}
    cells: dict[str, int] = {}
    for piece in linked.pieces:
        cells[piece.cube] = cells.get(piece.cube, 0) + piece.cells
        if math.prod(stem.multiple for stem in piece.stems) > _MOST_CELLS:
            raise NoiseRefused(reason="too_large", name=piece.cube)
    for piece in linked.pieces:
        weight = weight_of[piece.cube] * piece.cells / cells[piece.cube]
        for name, levels in piece.margins if weight else ():
            cost = math.prod(stem.costs[level] for stem, level in zip(piece.stems, levels, strict=True))
            gain = weight * math.prod(stem.gains[level] for stem, level in zip(piece.stems, levels, strict=True))
            before = found.get((piece.population, name))
            if before is not None:
                found[piece.population, name] = (before[0] + gain, *before[1:])
            else:
                found[piece.population, name] = (gain, cost, piece, levels)
    return found


def _budgets(linked: Lattice, totals: Mapping[Population, float], rho: float) -> dict[Population, float]:
    """Return the sum of cost over variance that each population may reach: disjoint ones each get their family's."""
    pull = [math.sqrt(sum(totals.get(population, 0.0) ** 2 for population in family)) for family in linked.families]
    return {
        population: 2 * rho * share / sum(pull)
        for family, share in zip(linked.families, pull, strict=True)
        for population in family
    }

"""Membership: the worst case for noise, where all records but one are known and that one is in question.

Runs in: anywhere; ``weaker`` in the vault alone.
Sees: the privacy loss of a release, and its published variances, which say what it is; ``weaker`` true counts as well,
of which it tells nothing.
A release of Gaussian noise that costs rho (zero-concentrated differential privacy) is, for one person, a test between
two normal distributions whose means are mu = sqrt(2 rho) standard deviations apart. Source: Dong, Roth, Su, Gaussian
differential privacy (JRSS B 84, 2022); Bun, Steinke, Concentrated differential privacy (TCC 2016).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import centred, summed
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.reconstruct import variances
from amana.disclosure.table import Cube

FALSE_ALARMS: Final = 0.01  # share of persons not counted whom the attacker names all the same
BY_CHANCE: Final = -6.0  # standard deviations: noise as stated is that small once in a thousand million draws
_NORMAL: Final = NormalDist()

Cells = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Membership:
    """How well the best test does. auc: 0.5 is a coin; caught: share of the counted, at 1 % false alarms."""

    auc: float
    caught: float


@dataclass(frozen=True)
class Stated:
    """What published variances say that noise costs a record.

    plan:        that of these cubes at a cost of 1.
    least, most: rho; where they differ, some cells claim more noise beside others than any plan gives them.
    """

    plan: NoisePlan
    least: float
    most: float


def membership(rho: float) -> Membership:
    """Return what nobody can do better than against noise that costs ``rho``, >= 0."""
    mu = math.sqrt(2 * rho)
    return Membership(_NORMAL.cdf(mu / math.sqrt(2)), _NORMAL.cdf(mu + _NORMAL.inv_cdf(FALSE_ALARMS)))


def stated(cubes: Sequence[Cube], variance: Cells, absent: Mapping[str, NDArray[np.bool_]]) -> Stated:
    """Return the price that anybody can read off a release: the variance of each cell beside that of the plan for 1.

    variance: by cube id, persons squared; 0 where there is no noise and nothing is counted.
    absent:   by cube id, where nobody was asked.
    """
    design = plan(cubes, 1.0, absent=absent)
    unit = variances(design)
    counted = {cube.id: (variance[cube.id] > 0) & (unit[cube.id] > 0) for cube in cubes}
    prices = np.concatenate([unit[name][cells] / variance[name][cells] for name, cells in counted.items()])
    return Stated(design, float(prices.min(initial=math.inf)), float(prices.max(initial=0.0)))


def weaker(release: Stated, off: Cells) -> bool:
    """Return whether the noise is smaller than the release says, by more than chance.

    off: by cube id, what was drawn less what is true, margins included. Whoever knows every record sees as much.
    Each residual of it, over its stated variance, is a sum of as many squares as it has numbers of its own; all of them
    together are held against chi-square. A few cells have too few numbers to tell.
    Source: Wilson and Hilferty (1931), The Distribution of Chi-Square.
    """
    squares, numbers = 0.0, 0
    for residual in release.plan.residuals.values():
        piece, levels = residual.piece, residual.levels
        leaves = off[piece.cube][np.ix_(*(stem.leaves for stem in piece.stems))]
        own = centred(summed(leaves, piece, levels), piece, levels)
        squares += float((own**2).sum()) * release.least / residual.variance
        parents = (stem.attribute.levels[level].parent for stem, level in zip(piece.stems, levels, strict=True))
        numbers += math.prod(len(each) - len(np.unique(each)) or 1 for each in parents)
    spread = 2 / (9 * max(numbers, 1))
    return bool(((squares / max(numbers, 1)) ** (1 / 3) - (1 - spread)) / math.sqrt(spread) < BY_CHANCE)

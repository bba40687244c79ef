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
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

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

    least, most: rho; where they differ, some cells claim more noise beside others than any plan gives them.
    """

    least: float
    most: float


@dataclass(frozen=True)
class Scatter:
    """What was drawn less what is true, over what noise at a cost of 1 would have.

    squares: their sum. numbers: how many of them are free.
    """

    squares: float
    numbers: int


def membership(rho: float) -> Membership:
    """Return what nobody can do better than against noise that costs ``rho``, >= 0."""
    mu = math.sqrt(2 * rho)
    return Membership(_NORMAL.cdf(mu / math.sqrt(2)), _NORMAL.cdf(mu + _NORMAL.inv_cdf(FALSE_ALARMS)))


def stated(unit: Cells, variance: Cells) -> Stated:
    """Return the price that anybody can read off a release: the variance of each cell beside that of noise for 1.

    unit, variance: by cube id, persons squared; 0 where there is no noise and nothing is counted; infinite where there
                    is no figure. A figure where noise for 1 gives none has no price, which is more than any.
    """
    nothing = {name: np.isinf(variance[name]) & np.isinf(unit[name]) for name in variance}
    counted = {name: (variance[name] > 0) & (unit[name] > 0) & ~nothing[name] for name in variance}
    prices = np.concatenate([unit[name][cells] / variance[name][cells] for name, cells in counted.items()])
    return Stated(float(prices.min(initial=math.inf)), float(prices.max(initial=0.0)))


def weaker(release: Stated, drawn: Scatter) -> bool:
    """Return whether the noise is smaller than the release says, by more than chance.

    drawn: whoever knows every record sees as much. Over its stated variance it is a sum of that many squares, and is
    held against chi-square. A few cells have too few numbers to tell.
    Source: Wilson and Hilferty (1931), The Distribution of Chi-Square.
    """
    numbers = max(drawn.numbers, 1)
    mean, spread = drawn.squares * release.least / numbers, 2 / (9 * numbers)
    return bool((mean ** (1 / 3) - (1 - spread)) / math.sqrt(spread) < BY_CHANCE)

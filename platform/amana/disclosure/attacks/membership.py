"""Membership: the worst case for noise, where all records but one are known and that one is in question.

Runs in: anywhere.   Sees: the privacy loss of a release, a number that is published.
A release of Gaussian noise that costs rho (zero-concentrated differential privacy) is, for one person, a test between
two normal distributions whose means are mu = sqrt(2 rho) standard deviations apart. Source: Dong, Roth, Su, Gaussian
differential privacy (JRSS B 84, 2022); Bun, Steinke, Concentrated differential privacy (TCC 2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

FALSE_ALARMS: Final = 0.01  # share of persons not counted whom the attacker names all the same
_NORMAL: Final = NormalDist()


@dataclass(frozen=True)
class Membership:
    """How well the best test does. auc: 0.5 is a coin; caught: share of the counted, at 1 % false alarms."""

    auc: float
    caught: float


def membership(rho: float) -> Membership:
    """Return what nobody can do better than against noise that costs ``rho``, >= 0."""
    mu = math.sqrt(2 * rho)
    return Membership(_NORMAL.cdf(mu / math.sqrt(2)), _NORMAL.cdf(mu + _NORMAL.inv_cdf(FALSE_ALARMS)))

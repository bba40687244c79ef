"""Shares, rates and differences, from published figures alone, with how far they can be trusted.

Runs in: anywhere.   Sees: published cells; never a true count that is not shown.

Under noise both figures are unsure, and Fieller's set says what their ratio may be; it is unbounded where the
denominator might as well be 0. Under suppression a figure is exact or lies between bounds. The intervals speak of what
protection did to the figures, not of who was never registered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from amana.disclosure.table import WITHHELD, Withheld

CONFIDENCE: Final = 0.95
MOST_VARIATION: Final = (
    0.30  # coefficient of variation above which a figure is unreliable, as statistical offices use it
)


@dataclass(frozen=True)
class Figure:
    """A published figure under noise. variance: persons squared, above or equal to 0."""

    estimate: float
    variance: float


@dataclass(frozen=True)
class Bounds:
    """What a published cell lets through: lower = upper where it is shown. upper: may be infinite."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Derived:
    """A ratio or a difference. value: None where there is none to give; lower, upper: may be infinite."""

    value: float | None
    lower: float
    upper: float
    reliable: bool


NOTHING: Final = Derived(None, -math.inf, math.inf, reliable=False)


def ratio(top: Figure, bottom: Figure, covariance: float, confidence: float = CONFIDENCE) -> Derived:
    """Return ``top / bottom`` with Fieller's interval; unreliable where that is unbounded, or varies too much.

    covariance: of the two estimates, persons squared.
    Source: Fieller (1954), Some Problems in Interval Estimation.
    """
    if bottom.estimate == 0:
        return NOTHING
    value = top.estimate / bottom.estimate
    square = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    leading = bottom.estimate**2 - square * bottom.variance
    if leading <= 0:
        return Derived(value, -math.inf, math.inf, reliable=False)
    middle = top.estimate * bottom.estimate - square * covariance
    last = top.estimate**2 - square * top.variance
    reach = math.sqrt(max(0.0, middle**2 - leading * last))
    spread = top.variance - 2 * value * covariance + value**2 * bottom.variance
    sure = math.sqrt(max(0.0, spread)) <= MOST_VARIATION * abs(top.estimate)
    return Derived(value, (middle - reach) / leading, (middle + reach) / leading, reliable=sure)


def share(part: Figure, whole: Figure, covariance: float, confidence: float = CONFIDENCE) -> Derived:
    """Return ``part / whole`` as ``ratio`` does, where the part is known to be one: nothing below 0 or above 1."""
    found = ratio(part, whole, covariance, confidence)
    value = None if found.value is None else _within(found.value)
    return Derived(value, _within(found.lower), _within(found.upper), found.reliable)


def difference(one: Figure, other: Figure, covariance: float, confidence: float = CONFIDENCE) -> Derived:
    """Return ``one - other`` with its interval; covariance 0 for figures of two releases with noise of their own."""
    value = one.estimate - other.estimate
    deviation = math.sqrt(max(0.0, one.variance + other.variance - 2 * covariance))
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * deviation
    return Derived(value, value - reach, value + reach, reliable=deviation <= MOST_VARIATION * abs(value))


def bounded_ratio(top: Bounds, bottom: Bounds, *, complement_shown: bool) -> Derived | Withheld:
    """Return what ``top / bottom`` can be under suppression; withheld where it would tell about a hidden cell.

    complement_shown: whether the rest of the denominator is shown, or there is none because the two are not part and
                      whole. A hidden numerator, or a hidden rest, withholds the ratio.
    """
    if top.lower != top.upper or not complement_shown:
        return WITHHELD
    if bottom.lower <= 0:
        return Derived(None, top.lower / bottom.upper if bottom.upper else 0.0, math.inf, reliable=False)
    lower, upper = top.lower / bottom.upper, top.upper / bottom.lower
    exact = bottom.lower == bottom.upper
    sure = exact or upper - lower <= MOST_VARIATION * (upper + lower)
    return Derived(upper if exact else None, lower, upper, reliable=sure)


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))

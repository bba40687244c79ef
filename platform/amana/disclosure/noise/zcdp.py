"""Zero-concentrated differential privacy: what noise costs, in rho, and what that means in epsilon and delta.

Sees: the terms of a policy; no count.

Several releases about one person cost the sum of their rho. A person with r records, one in each of r committees,
costs r**2 times as much. Source: Bun and Steinke (2016), Concentrated Differential Privacy, 1.7 and 1.9.
"""

from __future__ import annotations

import math
from typing import Final

DELTA: Final = 1e-6  # fixed by policy (ADR 18): one drawn from the data would tell about them
_HALVINGS: Final = 200  # of an interval: more than a float64 can tell apart


def delta_of(rho: float, epsilon: float) -> float:
    """Return the least delta for which rho-zCDP is known to imply (epsilon, delta)-DP.

    Source: Canonne, Kamath, Steinke (2020), The Discrete Gaussian for Differential Privacy, corollary 13.
    """
    if rho == 0:
        return 0.0
    low, high = 1.0 + 1e-12, (epsilon + 1) / (2 * rho) + 2
    for _ in range(_HALVINGS):  # the bound is convex in the order; find where its slope changes sign
        order = (low + high) / 2
        if (2 * order - 1) * rho - epsilon + math.log1p(-1 / order) < 0:
            low = order
        else:
            high = order
    exponent = (high - 1) * (high * rho - epsilon) + high * math.log1p(-1 / high)
    return min(1.0, math.exp(exponent) / (high - 1))


def rho_of(epsilon: float, delta: float = DELTA) -> float:
    """Return the most rho that is known to imply (epsilon, delta)-DP. Raises ValueError for what means nothing."""
    if not (epsilon > 0 and 0 < delta < 1):
        raise ValueError("epsilon is above 0, and delta between 0 and 1")
    low, high = 0.0, epsilon + 1
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, epsilon) <= delta else (low, middle)
    return low

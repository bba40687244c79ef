"""Which cubes are worth their noise, by public sizes: where persons would drown in it, margins say more.

Sees: cubes and a number of persons that anybody may know; no count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from amana.disclosure.table import Cube

MANY_AXES: Final = 3
SIGNAL: Final = 5.0  # standard deviations of noise that a mean cell should stand out by


def weights_by_size(cubes: Sequence[Cube], rho: float, nominal: int) -> dict[str, float]:
    """Return the weight of each cube, for releases of very many cubes at once, with all their margins declared.

    nominal: persons, rounded and public, such as last year's published total; never this year's count.
    A cube of three axes or more whose mean cell would not stand out of the noise has weight 0: it is not measured, so
    that it has an estimate for display and no official figure. A release of chosen cubes does without this.
    """
    deviation = math.sqrt(len(cubes) / (2 * rho))
    weights = {}
    for cube in cubes:
        seen = nominal / math.prod(len(axis.nodes) for axis in cube.axes) >= SIGNAL * deviation
        weights[cube.id] = float(len(cube.axes) < MANY_AXES or seen)
    return weights

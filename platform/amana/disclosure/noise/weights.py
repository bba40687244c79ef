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
    that it has an estimate for display and no official figure. A release of chosen cubes does without this. What is
    told of it is told from the cubes over all its axes but one, which weigh more by what their noise is in its cells.
    """
    deviation = math.sqrt(len(cubes) / (2 * rho))
    sizes = {cube.id: {axis.dim: len(axis.nodes) - 1 for axis in cube.axes} for cube in cubes}
    weights = {}
    for cube in cubes:
        every = sizes[cube.id].values()
        noise = deviation * math.sqrt(math.prod(1 - 1 / size for size in every))
        seen = nominal / math.prod(every) >= SIGNAL * noise
        weights[cube.id] = float(len(cube.axes) < MANY_AXES or seen)
    below = {frozenset(each): name for name, each in sizes.items()}
    for name in [name for name, weight in weights.items() if not weight]:
        for axis, size in sizes[name].items():
            under = below.get(frozenset(sizes[name]) - {axis})
            if under and weights[under]:
                weights[under] += 1 / size**2
    return weights

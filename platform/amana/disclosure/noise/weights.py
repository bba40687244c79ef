"""Which cubes are worth their noise, by public sizes: where persons would drown in it, margins say more.

Sees: cubes and a number of persons that anybody may know; no count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.branches import branches, never_asked
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.table import Axis, Cube

MANY_AXES: Final = 3
SIGNAL: Final = 5.0  # standard deviations of noise that a mean cell should stand out by


def plan_by_size(
    cubes: Sequence[Cube],
    rho: float,
    persons: int | None = None,
    absent: Mapping[str, NDArray[np.bool_]] | None = None,
) -> NoisePlan:
    """Return the plan of a release: of every cube, or of those that so many persons make worth their noise.

    persons: about how many, as for ``weights_by_size``; None measures everything. The rest as for ``plan``.
    Raises NoiseRefused, ValueError.
    """
    weights = None if persons is None else weights_by_size(cubes, rho, persons, absent)
    return plan(cubes, rho, weights, absent)


def weights_by_size(
    cubes: Sequence[Cube], rho: float, nominal: int, absent: Mapping[str, NDArray[np.bool_]] | None = None
) -> dict[str, float]:
    """Return the weight of each cube, for releases of very many cubes at once, with all their margins declared.

    Of several answers each is a table of its own, of yes and the rest.
    nominal: persons, rounded and public, such as last year's published total; never this year's count.
    absent:  as for ``plan``: a code that nobody was asked about is no cell.
    A cube of three axes or more whose mean cell would not stand out of the noise has weight 0: it is not measured, so
    that it has an estimate for display and no official figure. What is told of it is told from the cubes over all its
    axes but one, which weigh more by what their noise is in its cells; where one of these is not declared, of the same
    persons, there would be nothing to tell it from, and it is measured.
    """
    gone = never_asked(cubes, absent or {})
    trees = {axis: branches(axis, gone) for axis in {axis for cube in cubes for axis in cube.axes}}
    tables = sum(math.prod(len(trees[axis]) for axis in cube.axes) for cube in cubes)
    deviation = math.sqrt(tables / (2 * rho))
    named = {(cube.filter, frozenset(cube.axes)): cube.id for cube in cubes}
    weights = dict.fromkeys((cube.id for cube in cubes), 1.0)
    below: list[tuple[str | None, int]] = []
    for cube in cubes:
        sizes = [max(len(tree.all_leaves) for tree in trees[axis]) or 1 for axis in cube.axes]
        noise = deviation * math.sqrt(math.prod(1 - 1 / size for size in sizes))
        margins = [named.get((cube.filter, _without(cube, axis))) for axis in cube.axes]
        seen = nominal / math.prod(sizes) >= SIGNAL * noise
        if len(cube.axes) >= MANY_AXES and None not in margins and not seen:
            weights[cube.id] = 0.0
            below += zip(margins, sizes, strict=True)
    for margin, size in below:
        if margin is not None and weights[margin]:
            weights[margin] += 1 / size**2
    return weights


def _without(cube: Cube, axis: Axis) -> frozenset[Axis]:
    return frozenset(each for each in cube.axes if each is not axis)

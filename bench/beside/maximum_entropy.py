"""What our first sketch made of noisy residuals: maximum entropy from pairs, each table shrunk towards it by itself.

It sees the same residuals as the product, so that what differs is the estimate alone. Single codes: what was measured,
moved to the nearest shares that are not below 0. Pairs: independence, moved towards what was measured by positive-part
James-Stein, raked. Triples: what maximum entropy makes of the pairs, moved likewise where they were measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.plan import NoisePlan

Array = NDArray[np.float64]
Names = tuple[str, ...]
FEW: Final = 8  # degrees of freedom: with fewer, James-Stein's own correction shrinks too little
SWEEPS: Final = 12
LEAST: Final = 1e-9


def by_maximum_entropy(
    design: NoisePlan, residuals: Residuals, sizes: Mapping[str, int], wanted: Sequence[Names]
) -> dict[Names, Array]:
    """Return the tables of up to three attributes without levels, axes in the order in which each is named."""
    total = max(1.0, float(residuals[frozenset(), ()]))
    told: dict[Names, Array] = {(): np.array(total)}
    pairs = {pair for names in wanted for pair in combinations(sorted(names), 2)}
    for name in sorted({name for names in wanted for name in names}):
        measured = residuals[frozenset(), ((name, 1),)] + total / sizes[name]
        told[name,] = _shares(measured, total)
    for names in (*sorted(pairs), *sorted(tuple(sorted(each)) for each in wanted if len(each) > 2)):
        below = [told[each] for each in combinations(names, len(names) - 1)][::-1]  # first the one without axis 0
        told[names] = _table(design, residuals, names, [sizes[each] for each in names], below)
    return {
        names: told[tuple(sorted(names))].transpose([sorted(names).index(each) for each in names]) for names in wanted
    }


def _table(
    design: NoisePlan, residuals: Residuals, names: Names, shape: Sequence[int], below: Sequence[Array]
) -> Array:
    expected = _raked(np.ones(shape), below)
    of = frozenset(), tuple((each, 1) for each in names)
    if of not in residuals:
        return expected
    free = float(np.prod([size - 1 for size in shape]))
    off = residuals[of] - reduce(
        lambda found, axis: found - found.mean(axis, keepdims=True), range(len(shape)), expected
    )
    shrunk = 1 - (free - 2 if free > FEW else free) * design.residuals[of].variance / float((off**2).sum())
    return _raked(np.maximum(expected + max(0.0, shrunk) * off, LEAST), below)


def _raked(table: Array, below: Sequence[Array]) -> Array:
    """Return the table agreeing with its margins. below: the margin without axis 0, without axis 1, and so on."""
    for axis, margin in [*enumerate(below)] * SWEEPS:
        table = table * np.expand_dims(margin / np.maximum(table.sum(axis), LEAST), axis)
    return table


def _shares(measured: Array, total: float) -> Array:
    """Return the nearest counts that are not below 0 and have this total."""
    falling = np.sort(measured)[::-1]
    over = (np.cumsum(falling) - total) / np.arange(1, len(measured) + 1)
    return np.maximum(measured - over[falling > over][-1], 0.0)

"""How far noise that was drawn scatters, beside noise that costs a record 1.

Sees: what was drawn less what is true, which whoever knows every record can work out; it stays in the vault.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import centred, summed
from amana.disclosure.noise.plan import NoisePlan


def scatter(unit: NoisePlan, off: Mapping[str, NDArray[np.float64]]) -> tuple[float, int]:
    """Return the sum of squares of all residuals, each over its variance, and how many numbers of its own they have.

    unit: the plan of these cubes at a cost of 1.
    off:  by cube id, shape of the cube, persons: what was drawn less what is true, margins included.
    """
    squares, numbers = 0.0, 0
    for residual in unit.residuals.values():
        piece, levels = residual.piece, residual.levels
        leaves = off[piece.cube][np.ix_(*(stem.leaves for stem in piece.stems))]
        own = centred(summed(leaves, piece, levels), piece, levels)
        squares += float((own**2).sum()) / residual.variance
        numbers += residual.free
    return squares, numbers

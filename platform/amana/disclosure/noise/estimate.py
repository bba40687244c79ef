"""Estimate the counts for display: not below 0, and consistent.

Sees: noisy residuals and public sizes; no count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.plan import NoisePlan
from amana.disclosure.noise.reconstruct import estimates


def displays(design: NoisePlan, residuals: Residuals) -> dict[str, NDArray[np.float64]]:
    """Return by cube id, shape ``cube.shape``, an estimate of every cell that is not below 0."""
    return {cube: np.maximum(cells, 0.0) for cube, cells in estimates(design, residuals).items()}

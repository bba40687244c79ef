"""Protect the cubes of a release by noise, in one call.

Runs in: worker.   Sees: true counts; what it returns may be shown, and has cost what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.draw import draw
from amana.disclosure.noise.estimate import displays
from amana.disclosure.noise.exact import OpenDP, Source
from amana.disclosure.noise.plan import NoisePlan
from amana.disclosure.noise.reconstruct import estimates, variances
from amana.disclosure.table import Cube, RawTable


@dataclass(frozen=True)
class Drawn:
    """What was drawn, and all that follows from it. Arrays by cube id, shape ``cube.shape``, persons.

    estimate: the official figure: unbiased, perhaps below 0; all tables agree.
    variance: of the official figure, persons squared; ``reconstruct.interval`` makes intervals of the two.
    display:  an estimate for charts and reading: not below 0, closer to the truth on the whole, biased, without an
              interval. Never an official figure; whoever shows it says that it is an estimate.
    rho:      what one record in the release has spent; see zcdp.py for several records and for epsilon.
    """

    cubes: tuple[Cube, ...]
    estimate: Mapping[str, NDArray[np.float64]]
    variance: Mapping[str, NDArray[np.float64]]
    display: Mapping[str, NDArray[np.float64]]
    rho: float


def release_noisy(raw: RawTable, design: NoisePlan, source: Source | None = None) -> Drawn:
    """Draw the noise of a plan once, and return the figures.

    design: ``plan(raw.cubes, rho, absent=raw.absent)``, made before, and from what is public. The caller debits
            ``design.rho`` before it calls, and does not call again: a second draw would cost as much again.
    source: OpenDP's exact sampler unless a test hands in another.
    Raises ValueError when the plan was made for other cubes.
    """
    if design.cubes != raw.cubes:
        raise ValueError("the plan is for other cubes")
    residuals = draw(design, raw.counts, source or OpenDP())
    return Drawn(
        raw.cubes,
        estimates(design, residuals),
        variances(design),
        displays(design, residuals),
        design.rho,
    )

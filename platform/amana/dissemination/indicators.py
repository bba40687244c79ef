"""Shares of a total and changes from year to year, from published cells, with how far protection lets them be trusted.

Runs in: web.
Sees: published bundles.

A share is of what stands at the total of one dimension. Where counts are hidden it is given only if both are shown;
where noise was added it has Fieller's interval. What varies by more than 30 % is said to be unreliable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from amana.codebook.model import TOTAL
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.reconstruct import covariance
from amana.disclosure.ratio import NOTHING, Bounds, Derived, Figure, bounded_ratio, difference, share
from amana.disclosure.table import WITHHELD, Cube, Index, Status, Withheld
from amana.dissemination.bundle import Bundle

Indicator = Derived | Withheld | None  # None: nobody was asked, or there is nothing to set it against

NOT_GIVEN: Final = "withheld"  # the status of what would tell about a hidden cell
_DIGITS: Final = 6


@dataclass(frozen=True)
class Shares:
    """Shares of one published table. dim: the dimension over which they add up."""

    bundle: Bundle
    cube: Cube
    dim: str

    def at(self, index: Index) -> Indicator:
        """Return the share that a cell has in the total of its line; a total has none of itself."""
        number = [axis.dim for axis in self.cube.axes].index(self.dim)
        total = [node.code for node in self.cube.axes[number].nodes].index(TOTAL)
        if index[number] == total:
            return None
        whole = (*index[:number], total, *index[number + 1 :])
        states = [Status(int(self.bundle.status[self.cube.id][each])) for each in (index, whole)]
        if Status.NOT_COLLECTED in states:
            return None
        if Status.NOT_MEASURED in states:
            return NOTHING
        if self.bundle.noisy is None:
            part, shown = self._bounds(index), states[1] is Status.SHOWN
            return bounded_ratio(part, self._bounds(whole), complement_shown=shown)
        return share(figure_at(self.bundle, self.cube, index), figure_at(self.bundle, self.cube, whole),
                     self._together(index, whole))  # fmt: skip

    def _bounds(self, index: Index) -> Bounds:
        if self.bundle.status[self.cube.id][index] != Status.SHOWN:
            return Bounds(0, math.inf)
        value = int(self.bundle.values[self.cube.id][index])
        return Bounds(value, value)

    def _together(self, one: Index, other: Index) -> float:
        """Return the covariance of two cells: in proportion to the published variance, whatever was spent."""
        own = covariance(self._design, (self.cube.id, one), (self.cube.id, one))
        both = covariance(self._design, (self.cube.id, one), (self.cube.id, other))
        return figure_at(self.bundle, self.cube, one).variance * both / own if own else 0.0

    @cached_property
    def _design(self) -> NoisePlan:
        absent = {name: states == Status.NOT_COLLECTED for name, states in self.bundle.status.items()}
        return plan(self.bundle.cubes, 1.0, None if self.bundle.noisy is None else self.bundle.noisy.weights, absent)


def figure_at(bundle: Bundle, cube: Cube, index: Index) -> Figure:
    """Return a cell and its variance: 0 where no noise was added, infinite where noise would have drowned it."""
    if bundle.noisy is None:
        return Figure(int(bundle.values[cube.id][index]), 0.0)
    return Figure(*(float(each[cube.id][index]) for each in (bundle.noisy.estimate, bundle.noisy.variance)))


def change(now: Figure | None, then: Figure | None) -> Indicator:
    """Return how a figure differs from that of the year before; withheld where either is hidden (None)."""
    if now is None or then is None:
        return WITHHELD
    return NOTHING if math.inf in {now.variance, then.variance} else difference(now, then, 0)


@dataclass(frozen=True)
class Told:
    """An indicator as every format says it. value, lower, upper: None where there is none, or no end.

    status: ``reliable``, ``unreliable`` or ``withheld``.
    """

    value: float | None
    lower: float | None
    upper: float | None
    status: str


def told(found: Indicator) -> Told | None:
    """Return what is said of an indicator; None where there is nothing to say."""
    if found is None:
        return None
    if found is WITHHELD:
        return Told(None, None, None, NOT_GIVEN)
    value, lower, upper = (_rounded(each) for each in (found.value, found.lower, found.upper))
    return Told(value, lower, upper, "reliable" if found.reliable else "unreliable")


def _rounded(number: float | None) -> float | None:
    return None if number is None or math.isinf(number) else round(number, _DIGITS)

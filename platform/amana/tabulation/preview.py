"""What a release would show of one committee's file alone: counts of cells, never which.

Runs in: worker (dry run), committee.
Sees: true counts of one committee; gives back how many cells are shown, for their owner alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from amana.codebook.model import AREA, Codebook
from amana.disclosure.clear import clear
from amana.disclosure.table import ClearingRefused, KnownFigure, Rule, Status
from amana.plans.plan import Plan
from amana.tabulation.tabulate import Counts, at_home


@dataclass(frozen=True)
class Cells:
    """Of one cube: how many cells the committee's own part has, and how many of them carry the mark."""

    cells: int
    hidden: int


@dataclass(frozen=True)
class Preview:
    """By cube id, what would be shown and hidden. refused: the tables could not be protected as planned."""

    plan: str
    least_count: int
    cubes: Mapping[str, Cells]
    refused: bool = False


def preview(
    counts: Counts, plan: Plan, book: Codebook, rule: Rule, rng: Random, *, known: Sequence[KnownFigure] = ()
) -> Preview:
    """Return the preview: a release of this file and nothing else, under ``rule``.

    known: what is printed elsewhere: it hides more, as it will in the release.
    Other committees' figures would hide less, or more: they are not looked at, so nothing of theirs can be learned.
    """
    try:
        cleared = clear(at_home(counts, plan, book), rule, rng, known=known)
    except ClearingRefused:
        return Preview(plan.id, rule.least_count, {}, refused=True)
    own = {
        cube.id: cleared.status[cube.id][tuple(1 if axis.dim == AREA else slice(None) for axis in cube.axes)]
        for cube in cleared.cubes
    }
    cubes = {name: Cells(int(each.size), int((each == Status.HIDDEN).sum())) for name, each in own.items()}
    return Preview(plan.id, rule.least_count, cubes)

"""Categories that a release could hardly show: what another plan may publish coarser, decided by what is published.

Runs in: anywhere.
Sees: published cells; no count of persons is looked at, only which cells carry the mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from amana.codebook.model import AREA, NOT_RECORDED, TOTAL, UNKNOWN
from amana.disclosure.table import Status
from amana.dissemination.bundle import Bundle

HALF: Final = Fraction(1, 2)  # of a category's cells: with fewer shown it is worth a look


@dataclass(frozen=True)
class Category:
    """One code of one dimension, over all tables that have it.

    cells, shown: how many cells it has, and how many of them are shown; those that nobody was asked do not count.
    whole_hidden: whether a figure over everybody else's dimensions, the region's own, carries the mark.
    """

    dim: str
    code: str
    cells: int
    shown: int
    whole_hidden: bool


def sparse(bundle: Bundle) -> tuple[Category, ...]:
    """Return the categories of which the region's figure, or more than half of the cells, is hidden; the worst first.

    Rests are none, nor is the unknown: there is nothing coarser that they could be.
    """
    found: dict[tuple[str, str], Category] = {}
    for cube in bundle.cubes:
        states = bundle.status[cube.id]
        totals = [[node.code for node in each.nodes].index(TOTAL) for each in cube.axes]
        for number, axis in enumerate(cube.axes):
            for place, node in enumerate(axis.nodes):
                if axis.dim == AREA or node.key is None or node.code.endswith((NOT_RECORDED, UNKNOWN)):
                    continue
                line = np.take(states, place, axis=number)
                whole = states[tuple(place if each == number else total for each, total in enumerate(totals))]
                before = found.get((axis.dim, node.code), Category(axis.dim, node.code, 0, 0, whole_hidden=False))
                found[axis.dim, node.code] = Category(
                    axis.dim,
                    node.code,
                    before.cells + int((line != Status.NOT_COLLECTED).sum()),
                    before.shown + int((line == Status.SHOWN).sum()),
                    before.whole_hidden or whole == Status.HIDDEN,
                )
    worst = sorted(found.values(), key=lambda one: (not one.whole_hidden, Fraction(one.shown, max(one.cells, 1))))
    return tuple(one for one in worst if one.whole_hidden or one.shown < HALF * one.cells)

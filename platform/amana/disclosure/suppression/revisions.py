"""Revisions: regional figures that, beside an earlier vintage, tell what one committee changed.

Runs in: worker.   Sees: true counts; who revised since, as the vault knows it; published cells of the past.
What the region changed by is the sum of what those who revised changed by. Each knows its own; everybody knows that of
whoever shows its own figure both times. Of the others, all that may stand together must leave two who do not. What is
told of one alone is a matter of sums, and of the linked system (``beside``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.system import System
from amana.disclosure.table import AREA, Cube, Key, Publication, RawTable, Rule, Status

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOWHERE = -1


@dataclass(frozen=True)
class Revision:
    """What an earlier publication shows of the region, and what it says of each committee that has revised since.

    wholes: (r,) regional quantities that were shown.
    parts:  (r, c) the quantity of each who revised, NOWHERE where no table has it.
    open:   (r, c) where it was told then.
    """

    wholes: Numbers
    parts: Numbers
    open: Flags

    def tells(self, rule: Rule, hidden: Flags) -> Numbers:
        """Return the quantities that must not be shown while this is hidden. hidden: (n,)."""
        told = self.open & (self.parts != NOWHERE) & ~hidden[self.parts]
        behind = (~told).sum(axis=1)
        few: Flags = (behind > 1) & (behind < rule.coalition + 2)
        return self.wholes[few]


def revisions(raw: RawTable, system: System, past: Sequence[Publication]) -> tuple[Revision, ...]:
    """Return what there is to heed of each earlier publication after which somebody revised."""
    places = {}
    if any(page.revised for page in past):
        places = {cube.cell_key(at): int(system.numbers[cube.id][at]) for cube in raw.cubes for at in cube.indices()}
    return tuple(_revision(raw, system, page, places) for page in past if page.revised)


def _revision(raw: RawTable, system: System, page: Publication, places: Mapping[Key, int]) -> Revision:
    codes, size = sorted(page.revised or ()), len(system.truth)
    parts, regional = np.full((size, len(codes)), NOWHERE), np.zeros(size, dtype=np.bool_)
    for cube in raw.cubes:
        for whole, own in _regions(cube, system.numbers[cube.id]):
            regional[whole] = True
            for code, part in own.items():
                if code in codes:
                    parts[whole, codes.index(code)] = part
    seen = np.zeros(size + 1, dtype=np.bool_)  # the last stands for NOWHERE
    for cube in page.cubes:
        for at in cube.indices():
            key, status = cube.cell_key(at), page.status[cube.id][at]
            if key in places and status != Status.HIDDEN:
                seen[places[key]] = True
    wholes = np.flatnonzero(regional & seen[:-1])
    return Revision(wholes, parts[wholes], seen[parts[wholes]])


def _regions(cube: Cube, numbers: Numbers) -> Iterator[tuple[Numbers, Mapping[str, Numbers]]]:
    """Yield regional quantities, each with those of the areas by code."""
    dim = next((at for at, axis in enumerate(cube.axes) if axis.dim == AREA), None)
    if dim is None:
        yield numbers.ravel(), {}
        return
    lines = np.moveaxis(numbers, dim, 0).reshape(len(cube.axes[dim].nodes), -1)
    own = {node.code: line for node, line in zip(cube.axes[dim].nodes, lines, strict=True) if node.key is not None}
    for node, line in zip(cube.axes[dim].nodes, lines, strict=True):
        if node.key is None:
            yield line, own

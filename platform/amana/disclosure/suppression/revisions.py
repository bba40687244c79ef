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

    wholes: (r,) quantities of the region, or of a sub-region, that were shown.
    within: (r, c) who of those who revised is counted in them.
    parts:  (r, c, d) the quantity of each of these, then those of sub-regions between; NOWHERE where no table has it.
    open:   (r, c, d) where it was told then.
    nobody: (r, c) who had none of these persons then, as was told, and has none now.
    """

    wholes: Numbers
    within: Flags
    parts: Numbers
    open: Flags
    nobody: Flags

    def tells(self, rule: Rule, hidden: Flags) -> Numbers:
        """Return the quantities that must not be shown while this is hidden. hidden: (n,).

        Nobody is counted both ways: that there are none may be told again, or be hidden now.
        """
        told = self.open & (self.parts != NOWHERE) & ~hidden[self.parts]
        unknown = self.within & ~told.any(axis=2)
        few = np.zeros(len(self.wholes), dtype=np.bool_)
        for each in (unknown, unknown & ~self.nobody):
            behind = each.sum(axis=1)
            few |= (behind > 1) & (behind < rule.coalition + 2)
        return self.wholes[few]


def revisions(raw: RawTable, system: System, past: Sequence[Publication]) -> tuple[Revision, ...]:
    """Return what there is to heed of each earlier publication after which somebody revised."""
    places = {}
    if any(page.revised for page in past):
        places = {cube.cell_key(at): int(system.numbers[cube.id][at]) for cube in raw.cubes for at in cube.indices()}
    return tuple(_revision(raw, system, page, places) for page in past if page.revised)


def _revision(raw: RawTable, system: System, page: Publication, places: Mapping[Key, int]) -> Revision:
    codes, size = sorted(page.revised or ()), len(system.truth)
    found = [each for cube in raw.cubes for each in _regions(cube, system.numbers[cube.id])]
    deep = max((len(way) for _, ways, _ in found for way in ways.values()), default=1)
    parts, regional = np.full((size, len(codes), deep), NOWHERE), np.zeros(size, dtype=np.bool_)
    within = np.ones((size, len(codes)), dtype=np.bool_)
    for whole, ways, everywhere in found:
        regional[whole] = True
        for who, code in enumerate(codes):
            within[whole, who] &= everywhere or code in ways
            for step, part in enumerate(ways.get(code, ())):
                parts[whole, who, step] = part
    seen = np.zeros(size + 1, dtype=np.bool_)  # the last stands for NOWHERE
    for cube in page.cubes:
        for at in cube.indices():
            key, status = cube.cell_key(at), page.status[cube.id][at]
            if key in places and status != Status.HIDDEN:
                seen[places[key]] = True
    wholes = np.flatnonzero(regional & seen[:-1])
    nobody = np.zeros((size, len(codes)), dtype=np.bool_)
    for who, code in enumerate(codes):
        nobody[list(_nobody(raw, system, page, (AREA, code))), who] = True
    return Revision(wholes, within[wholes], parts[wholes], seen[parts[wholes]], nobody[wholes])


def _nobody(raw: RawTable, system: System, page: Publication, area: tuple[str, str]) -> Iterator[int]:
    """Yield the quantities of tables without areas in which an area had none then, as was told, and has none now."""
    none = {key - {area} for key in _none_then(page, area)}
    none &= {
        cube.cell_key(at) - {area}
        for cube in raw.cubes
        for at in zip(*np.nonzero(raw.counts[cube.id] == 0), strict=True)
        if area in cube.cell_key(at)
    }
    for cube in raw.cubes if none else ():
        if all(axis.dim != AREA for axis in cube.axes):
            for at in cube.indices():
                if any(few <= cube.cell_key(at) for few in none):
                    yield int(system.numbers[cube.id][at])


def _none_then(page: Publication, area: tuple[str, str]) -> Iterator[Key]:
    """Yield what an area was told to have nobody of."""
    for cube in page.cubes:
        told = (page.status[cube.id] != Status.HIDDEN) & (page.values[cube.id] == 0)
        for at in zip(*np.nonzero(told), strict=True):
            if area in (key := cube.cell_key(at)):
                yield key


def _regions(cube: Cube, numbers: Numbers) -> Iterator[tuple[Numbers, Mapping[str, Sequence[Numbers]], bool]]:
    """Yield quantities of the region and of sub-regions, those between them and each area by its code, and which it is.

    The area itself comes first of those.
    """
    dim = next((at for at, axis in enumerate(cube.axes) if axis.dim == AREA), None)
    if dim is None:
        yield numbers.ravel(), {}, True
        return
    axis = cube.axes[dim]
    lines = np.moveaxis(numbers, dim, 0).reshape(len(axis.nodes), -1)
    below = dict(axis.sums)
    for whole, node in enumerate(axis.nodes):
        ways = {way[0]: way for way in _ways(whole, below)}
        if node.key is None or ways:
            by_code = {axis.nodes[area].code: [lines[step] for step in way] for area, way in ways.items()}
            yield lines[whole], by_code, node.key is None


def _ways(whole: int, below: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Yield of each area that a node sums the nodes from its own up to below that one."""
    for part in below.get(whole, ()):
        for way in _ways(part, below) if part in below else [()]:
            yield (*way, part)

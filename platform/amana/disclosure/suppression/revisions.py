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

from amana.disclosure.suppression.linked.system import System
from amana.disclosure.table import AREA, Cube, Flags, Key, Numbers, Publication, RawTable, Rule, Status

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
    none: list[Key] = []  # of whom there was nobody then, as was told, and is nobody now
    for cube in page.cubes:
        for at in cube.indices():
            key, status = cube.cell_key(at), page.status[cube.id][at]
            if key in places and status != Status.HIDDEN:
                seen[places[key]] = True
                if page.values[cube.id][at] == system.truth[places[key]] == 0:
                    none.append(key)
    wholes = np.flatnonzero(regional & seen[:-1])
    nobody = _without(raw, system, none, codes)[wholes]
    return Revision(wholes, within[wholes], parts[wholes], seen[parts[wholes]], nobody)


def _without(raw: RawTable, system: System, none: Sequence[Key], codes: Sequence[str]) -> Flags:
    """Return (n, c) which quantities of tables without areas count persons of whom who revised has none.

    none: what is counted in cells of nobody.
    """
    found = np.zeros((len(system.truth), len(codes)), dtype=np.bool_)
    own = [[key - {area} for key in none if area in key] for area in ((AREA, code) for code in codes)]
    for cube in raw.cubes if any(own) else ():
        if all(axis.dim != AREA for axis in cube.axes):
            for at in cube.indices():
                key = cube.cell_key(at)
                found[system.numbers[cube.id][at]] |= [any(few <= key for few in some) for some in own]
    return found


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

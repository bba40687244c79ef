"""Tables: those of a new vintage, and of one before it, so that both can be read as one.

Runs in: worker.   Sees: true counts of now; published cells of then, and which committees have revised since.
Whoever did not revise is the same then and now: one quantity. The region, and whoever revised, have keys of their own
then. Tables without areas get an axis of them, on which each who revised, and all the others together, stand unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from amana.disclosure.suppression.linked.system import speaks
from amana.disclosure.table import AREA, Axis, Cube, Flags, Node, Numbers, Publication, RawTable, Status

THEN: Final = "@"  # after the code of an area, and after the name of a table that is drawn as one of now
UNKNOWN: Final = -1
_OTHERS: Final = "="  # all together who did not revise


@dataclass(frozen=True)
class Marks:
    """What the keys of an earlier publication carry where its figures may be others than now.

    revised: who has revised since. apart: whose persons it does not count as the vintage does that it is read with.
    own:     the mark of what differs from both; what differs from now alone has ``THEN``.
    """

    revised: frozenset[str]
    apart: frozenset[str] = frozenset()
    own: str = THEN


@dataclass(frozen=True)
class Table:
    """One table; all arrays of shape ``cube.shape``.

    counts: persons, UNKNOWN where they are not known. absent: nobody was asked, which means 0.
    said:   it is printed, with a figure or a mark. marked: with a mark.
    """

    cube: Cube
    counts: Numbers
    absent: Flags
    said: Flags
    marked: Flags

    @property
    def told(self) -> Flags:
        """Return where anybody knows the count."""
        told: Flags = (self.counts != UNKNOWN) & (self.said | self.absent) & ~self.marked
        return told


def of_now(raw: RawTable, revised: frozenset[str]) -> tuple[Table, ...]:
    """Return the tables of the new vintage."""
    gone = _silent(raw.cubes, raw.absent)
    parts = {one.name: one.counts for one in raw.insiders if one.committee}
    tables = []
    for cube in raw.cubes:
        counts, absent = raw.counts[cube.id], raw.absent[cube.id]
        own = [parts[code][cube.id] if code in parts else np.zeros_like(counts) for code in sorted(revised)]
        table = Table(cube, counts, absent, np.ones(cube.shape, np.bool_), np.zeros(cube.shape, np.bool_))
        tables.append(_spread(table, revised, gone, [counts - sum(own, np.zeros_like(counts)), *own]))
    return tuple(tables)


def of_then(page: Publication, drawn: Sequence[Cube], everybody: frozenset[str], marks: Marks) -> tuple[Table, ...]:
    """Return the tables of an earlier publication. drawn: the tables of now. everybody: who stands apart in all."""
    gone = _silent(page.cubes, {name: states == Status.NOT_COLLECTED for name, states in page.status.items()})
    alike = {_drawing(cube) for cube in drawn}
    tables = []
    for cube in page.cubes:
        states = page.status[cube.id]
        absent = (states == Status.NOT_COLLECTED) & speaks(cube)
        counts = np.where((states == Status.SHOWN) | absent, page.values[cube.id], UNKNOWN)
        said = (states == Status.SHOWN) | (states == Status.HIDDEN)
        unknown = [np.full(cube.shape, UNKNOWN)] * (len(everybody) + 1)
        table = _spread(Table(cube, counts, absent, said, states == Status.HIDDEN), everybody, gone, unknown)
        name = cube.id + marks.own if _drawing(cube) in alike else marks.own + cube.id
        tables.append(replace(table, cube=replace(_renamed(table.cube, marks), id=name)))
    return tuple(tables)


def _spread(table: Table, revised: frozenset[str], gone: frozenset[str], parts: Sequence[Numbers]) -> Table:
    """Return the table with an axis of areas: the region, those who did not revise, and each who did. parts: theirs."""
    cube = table.cube
    if any(axis.dim == AREA for axis in cube.axes):
        return table
    codes = (_OTHERS, *sorted(revised))
    nodes = (Node("_T", None), *(Node(code, (AREA, code)) for code in codes))
    cube = replace(cube, axes=(Axis(AREA, nodes, ((0, tuple(range(1, len(nodes)))),)), *cube.axes))
    nothing, clear = np.zeros((len(codes), *table.said.shape), dtype=np.bool_), speaks(table.cube)
    absent = np.stack([clear & (code in gone) for code in codes])
    counts = np.where(absent, 0, np.stack(parts))
    above = (table.counts, table.absent, table.said, table.marked)
    below = (counts, absent, nothing, nothing)
    return Table(cube, *(np.concatenate([one[None], more]) for one, more in zip(above, below, strict=True)))


def _renamed(cube: Cube, marks: Marks) -> Cube:
    """Return the cube with keys of their own for the region and for whoever revised."""
    axes = (replace(axis, nodes=tuple(_then(axis, marks))) if axis.dim == AREA else axis for axis in cube.axes)
    return replace(cube, axes=tuple(axes))


def _then(axis: Axis, marks: Marks) -> Iterator[Node]:
    others, apart = (
        may_differ(axis, each) if each else [False] * len(axis.nodes) for each in (marks.revised, marks.apart)
    )
    for node, other, own in zip(axis.nodes, others, apart, strict=True):
        mark = marks.own if own else THEN
        yield Node(node.code, (AREA, (node.key[1] if node.key else "") + mark)) if other else node


def may_differ(axis: Axis, revised: frozenset[str]) -> list[bool]:
    """Return which nodes of the axis of areas may be another figure: the region, who revised, and what sums them."""
    found = [node.key is None or node.key[1] in revised for node in axis.nodes]
    for _ in axis.sums:  # whatever their order
        for whole, parts in axis.sums:
            found[whole] |= any(found[part] for part in parts)
    return found


def _silent(cubes: Sequence[Cube], absent: Mapping[str, Flags]) -> frozenset[str]:
    """Return the areas of which nothing was collected."""
    every, heard = set(), set()
    for cube in cubes:
        for dim, axis in enumerate(cube.axes):
            for node, gone in zip(axis.nodes, np.moveaxis(absent[cube.id], dim, 0), strict=True):
                if axis.dim == AREA and node.key is not None:
                    every.add(node.key[1])
                    heard |= set() if gone.all() else {node.key[1]}
    return frozenset(every - heard)


def _drawing(cube: Cube) -> tuple[Any, ...]:
    """Return the name of a table and how it is drawn."""
    return cube.id, *(tuple(node.code for node in axis.nodes) for axis in cube.axes)

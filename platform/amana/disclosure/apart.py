"""Apart: a publication in parts, one per area, as a reader takes it who sees that only one area was revised.

Runs in: worker, and anywhere an auditor or an attacker wants it.   Sees: published cells only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from amana.disclosure.table import AREA, Axis, Cube, Publication


def apart(publication: Publication) -> Iterator[Publication]:
    """Yield the part of each area, and the part of all together, to which cubes without areas belong."""
    nodes = {
        node.key: node for cube in publication.cubes for axis in cube.axes if axis.dim == AREA for node in axis.nodes
    }
    for key in dict.fromkeys((None, *nodes)):
        found = [part for cube in publication.cubes if (part := _part(cube, key)) is not None]
        if found:
            values = {cube.id: publication.values[cube.id][at] for cube, at in found}
            status = {cube.id: publication.status[cube.id][at] for cube, at in found}
            yield replace(publication, cubes=tuple(cube for cube, _ in found), values=values, status=status)


def committees_of(part: Publication, whole: Publication) -> frozenset[str] | None:
    """Return whose persons a part counts; None for all together. whole: the publication that it is a part of."""
    nodes = [node for cube in part.cubes for axis in cube.axes if axis.dim == AREA for node in axis.nodes]
    codes = {None if node.key is None else node.key[1] for node in nodes}
    if not codes or None in codes:
        return None
    within = {code: some for cube in whole.cubes for axis in cube.axes if axis.dim == AREA for code, some in _sub(axis)}
    return frozenset(code for each in codes if each is not None for code in within.get(each, (each,)))


def _sub(axis: Axis) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the code of each sub-region, and those of the areas that lie in it, however deep."""
    for number, node in enumerate(axis.nodes):
        if node.key is not None and (ways := paths(axis, number)):
            yield node.key[1], frozenset(ways)


def paths(axis: Axis, whole: int) -> Mapping[str, tuple[int, ...]]:
    """Return, by the code of each area that a node sums, the nodes from below it down to that of the area."""
    found: dict[str, tuple[int, ...]] = {}
    for part in dict(axis.sums).get(whole, ()):
        key = axis.nodes[part].key
        below = paths(axis, part) or ({key[1]: ()} if key else {})
        found |= {code: (part, *way) for code, way in below.items()}
    return found


def _part(cube: Cube, key: tuple[str, str] | None) -> tuple[Cube, tuple[slice, ...]] | None:
    """Return the cube with one node on its axis of areas, and where its cells are; None where it has no such node."""
    every = tuple(slice(None) for _ in cube.axes)
    for dim, axis in enumerate(cube.axes):
        if axis.dim == AREA:
            at = next((number for number, node in enumerate(axis.nodes) if node.key == key), None)
            if at is None:
                return None
            axes = (*cube.axes[:dim], Axis(AREA, (axis.nodes[at],)), *cube.axes[dim + 1 :])
            return replace(cube, axes=axes), (*every[:dim], slice(at, at + 1), *every[dim + 1 :])
    return (cube, every) if key is None else None

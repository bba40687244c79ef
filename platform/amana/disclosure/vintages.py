"""Vintages: two publications of one period as one system, as a reader writes it down who knows who revised.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells; what a party knows of its own.
Whoever did not revise is the same in both; what is left of a regional change is the change of those who did. So the
region and whoever revised are quantities of their own then, and all others stand in both with one key. A table without
areas gets an axis of them, on which nothing is said but the region: those who did not revise, together, and each who
did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.page import THEN, Flags, Page
from amana.disclosure.table import AREA, Axis, Cube, Insider, Node, Publication, Status

_SAME: Final = "="  # all together who did not revise
_UNSAID: Final = 255  # a status that no publication has: neither a figure nor a mark


def areas(publication: Publication) -> frozenset[str]:
    """Return the codes of all areas; a sub-region is no area, but a sum of some."""
    found: set[str] = set()
    for cube in publication.cubes:
        for axis in cube.axes:
            sums = {whole for whole, _ in axis.sums}
            leaves = (node for at, node in enumerate(axis.nodes) if at not in sums)
            found |= {node.key[1] for node in leaves if axis.dim == AREA and node.key is not None}
    return frozenset(found)


def regional(*publications: Publication) -> frozenset[str]:
    """Return the tables without areas."""
    return frozenset(cube.id for each in publications for cube in each.cubes if _is_regional(cube))


def silent(publication: Publication) -> frozenset[str]:
    """Return the areas of which nothing was collected."""
    heard: set[str] = set()
    for cube in publication.cubes:
        for dim, axis in enumerate(cube.axes):
            if axis.dim == AREA:
                said = np.moveaxis(publication.status[cube.id] != Status.NOT_COLLECTED, dim, 0)
                spoke = said.reshape(len(axis.nodes), -1).any(axis=1)
                heard |= {node.key[1] for node, each in zip(axis.nodes, spoke, strict=True) if each and node.key}
    return areas(publication) - heard


def having(page: Page, some: Flags) -> frozenset[str]:
    """Return the areas that have cells among some of the quantities of a page. some: (n,)."""
    codes = {code for publication, _, _ in page.grids for code in areas(publication)}
    return frozenset(code for code in codes if (page.having((AREA, code)) & some).any())


def linked(now: Publication, then: Publication, revised: frozenset[str]) -> tuple[Publication, Publication]:
    """Return both as they are read together."""
    return _spread(now, revised, ""), _spread(then, revised, THEN)


def linked_insider(insider: Insider, now: Publication, revised: frozenset[str]) -> Insider:
    """Return what a party knows in the terms of both; it is none of those who revised. now: as it was published."""
    counts: Mapping[str, NDArray[np.int64]] = {
        cube.id: _told(insider.counts[cube.id], len(revised), unsaid=0, same=True)
        if _is_regional(cube)
        else insider.counts[cube.id]
        for cube in now.cubes
        if cube.id in insider.counts
    }
    return replace(insider, counts=counts)


def _spread(publication: Publication, revised: frozenset[str], mark: str) -> Publication:
    gone = silent(publication)
    values, status = dict(publication.values), dict(publication.status)
    for cube in publication.cubes:
        if _is_regional(cube):
            values[cube.id] = _told(values[cube.id], len(revised), unsaid=0)
            status[cube.id] = _told(status[cube.id], len(revised), unsaid=_UNSAID)
            for place, code in enumerate(sorted(revised), 2):
                status[cube.id][place] = Status.NOT_COLLECTED if code in gone else _UNSAID
    cubes = tuple(_renamed(_with_areas(cube, revised), revised, mark) for cube in publication.cubes)
    return replace(publication, cubes=cubes, values=values, status=status)


def _is_regional(cube: Cube) -> bool:
    return all(axis.dim != AREA for axis in cube.axes)


def _told(array: NDArray[Any], revised: int, *, unsaid: int, same: bool = False) -> NDArray[Any]:
    """Return the array with an axis before it: itself, then those who did not revise, then those who did."""
    nothing = np.full_like(array, unsaid)
    return np.stack([array, array if same else nothing, *[nothing] * revised])


def _with_areas(cube: Cube, revised: frozenset[str]) -> Cube:
    if not _is_regional(cube):
        return cube
    nodes = (Node("_T", None), Node(_SAME, (AREA, _SAME)), *(Node(code, (AREA, code)) for code in sorted(revised)))
    return replace(cube, axes=(Axis(AREA, nodes, ((0, tuple(range(1, len(nodes)))),)), *cube.axes))


def _renamed(cube: Cube, revised: frozenset[str], mark: str) -> Cube:
    axes = (replace(axis, nodes=tuple(_nodes(axis, revised, mark))) if axis.dim == AREA else axis for axis in cube.axes)
    return replace(cube, axes=tuple(axes))


def _nodes(axis: Axis, revised: frozenset[str], mark: str) -> Iterator[Node]:
    stirred = [node.key is None or node.key[1] in revised for node in axis.nodes]
    for _ in axis.sums:  # a sub-region is another one if any area in it is
        for whole, parts in axis.sums:
            stirred[whole] |= any(stirred[part] for part in parts)
    for node, other in zip(axis.nodes, stirred, strict=True):
        code = "" if node.key is None else node.key[1]
        yield Node(node.code, (AREA, code + mark)) if mark and other else node

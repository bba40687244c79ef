"""Vintages: two publications of one period as one system, as a reader writes it down who knows who revised.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells; what a party knows of its own.
Whoever did not revise is the same in both; what is left of a regional change is the change of those who did. So the
region and whoever revised are quantities of their own then, and all others stand in both with one key. A table without
areas gets an axis of them, on which nothing is said but the region: those who did not revise, together, and each who
did. More publications of the past are read with the two: what has changed since has keys of its own in each, or that of
the older of the two where it was the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.apart import paths
from amana.disclosure.checker.page import THEN, Page
from amana.disclosure.table import AREA, Axis, Cube, Flags, Insider, Node, Publication, Status

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


def came_or_went(now: Publication, then: Publication) -> frozenset[str]:
    """Return the areas that say nothing in one of two publications, of those that both have.

    Where it is said who revised, come or gone included, others say nothing because something else was asked of them.
    """
    apart = (silent(now) & areas(then)) ^ (silent(then) & areas(now))
    return apart if then.revised is None else apart & then.revised


def having(page: Page, some: Flags) -> frozenset[str]:
    """Return the areas that have cells among some of the quantities of a page. some: (n,)."""
    codes = {code for publication, _, _ in page.grids for code in areas(publication)}
    return frozenset(code for code in codes if (page.having((AREA, code)) & some).any())


@dataclass(frozen=True)
class Other:
    """One more publication of the past, which is read with two that are linked.

    revised: who has revised since it. alike: of these, whose persons were the same in it as in the older of the two.
    """

    past: Publication
    revised: frozenset[str]
    alike: frozenset[str] = frozenset()


def linked(
    now: Publication, then: Publication, revised: frozenset[str], others: Sequence[Other] = ()
) -> tuple[Publication, ...]:
    """Return both as they are read together, and the others as they are read with them."""
    everybody = revised.union(*(each.revised for each in others))
    held = [(now, _Marks(frozenset(), frozenset(), "", revised)), (then, _Marks(revised, revised, THEN, revised))]
    held += [(each.past, _Marks(each.revised, each.alike, f"{THEN}{at}", revised)) for at, each in enumerate(others)]
    return tuple(_spread(page, everybody, marks) for page, marks in held)


@dataclass(frozen=True)
class _Marks:
    """What a publication's keys carry where it has other figures than the newest.

    revised, alike: as of ``Other``. own: the mark. like: who has revised since the older of the two that are linked.
    """

    revised: frozenset[str]
    alike: frozenset[str]
    own: str
    like: frozenset[str]

    def of(self, within: frozenset[str] | None) -> str:
        """Return the mark of what sums these areas, all for None: that of the older one where it is the same there."""
        stirred, like = ((each if within is None else each & within) for each in (self.revised, self.like))
        return "" if not stirred else THEN if stirred == like and stirred <= self.alike else self.own


def by_areas(publication: Publication, revised: frozenset[str]) -> Publication:
    """Return a publication with areas in every table; in those that have none, who revised, and the others together."""
    return _spread(publication, revised, _Marks(frozenset(), frozenset(), "", revised))


def still(publication: Publication, revised: frozenset[str]) -> Publication:
    """Return what of a publication counts nobody of those who have revised since; the rest of it says nothing."""
    marks = _Marks(revised, frozenset(), THEN, frozenset())
    values, status = dict(publication.values), dict(publication.status)
    for cube in publication.cubes:
        stirred = np.full(cube.shape, bool(revised) and _is_regional(cube))
        for dim, axis in enumerate(cube.axes):
            if axis.dim == AREA:
                moved = [new is not node for new, node in zip(_nodes(axis, marks), axis.nodes, strict=True)]
                np.moveaxis(stirred, dim, 0)[moved] = True
        values[cube.id] = np.where(stirred, 0, values[cube.id])
        status[cube.id] = np.where(stirred, _UNSAID, status[cube.id])
    return replace(publication, values=values, status=status)


def as_one(publication: Publication) -> Publication:
    """Return a publication that is linked with others as if nobody had revised since."""
    cubes = tuple(
        replace(cube, axes=tuple(replace(axis, nodes=tuple(map(_unmarked, axis.nodes))) for axis in cube.axes))
        for cube in publication.cubes
    )
    return replace(publication, cubes=cubes)


def _unmarked(node: Node) -> Node:
    if node.key is None or node.key[0] != AREA or THEN not in node.key[1]:
        return node
    code = node.key[1].partition(THEN)[0]
    return Node(node.code, (AREA, code) if code else None)


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


def _spread(publication: Publication, everybody: frozenset[str], marks: _Marks) -> Publication:
    """Return a publication with areas in every table. everybody: who stands apart in tables that have none."""
    gone = silent(publication)
    values, status = dict(publication.values), dict(publication.status)
    for cube in publication.cubes:
        if _is_regional(cube):
            values[cube.id] = _told(values[cube.id], len(everybody), unsaid=0)
            status[cube.id] = _told(status[cube.id], len(everybody), unsaid=_UNSAID)
            for place, code in enumerate(sorted(everybody), 2):
                status[cube.id][place] = Status.NOT_COLLECTED if code in gone else _UNSAID
    cubes = tuple(_marked(_with_areas(cube, everybody), marks) for cube in publication.cubes)
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


def _marked(cube: Cube, marks: _Marks) -> Cube:
    axes = (replace(axis, nodes=tuple(_nodes(axis, marks))) if axis.dim == AREA else axis for axis in cube.axes)
    return replace(cube, axes=tuple(axes))


def _nodes(axis: Axis, marks: _Marks) -> Iterator[Node]:
    for number, node in enumerate(axis.nodes):
        code = "" if node.key is None else node.key[1]
        mark = marks.of(None if node.key is None else frozenset(paths(axis, number)) or frozenset({code}))
        yield Node(node.code, (AREA, code + mark)) if mark else node

"""Persons: what stands in the tables that are never printed (``circles``), for the whole and for each who looks on.

Runs in: worker.   Sees: true counts.
Nobody counts these cells, and no committee has to send them: whatever persons could stand behind the declared figures
will do to start from, as the tables that can be reached from there are the same. Everybody's share is made up apart, so
that a committee never holds less than an organisation in it does, nor more than there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.linked.circles import is_empty, unprinted
from amana.disclosure.suppression.linked.numbering import number_cells
from amana.disclosure.suppression.solving import INFINITE, Effort, programme, solution, whole_numbers
from amana.disclosure.table import Axis, Cube, Insider, Numbers, RawTable

_CLOSE: Final = 1e-6  # persons: what the solver may be off by


@dataclass(frozen=True)
class Tie:
    """Cells of one table, and what of an unprinted one each sums. heads: (m,) quantities; tails: (m, c).

    dims:  of the unprinted table, those of which the heads say a leaf.
    whole: they say every leaf of them.
    exact: False where the heads count others besides, who do not meet the condition of the unprinted table.
    """

    heads: Numbers
    tails: Numbers
    dims: frozenset[int]
    whole: bool
    exact: bool


def ties(cubes: Sequence[Cube], numbers: Mapping[str, Numbers]) -> Iterator[Tie]:
    """Yield what binds the unprinted ones of these tables to the others; what follows from other ties is left out."""
    for table in cubes:
        found = [one for cube in cubes if not table.printed for one in _ties(cube, table, numbers)]
        full = [one.dims for one in found if one.whole and one.exact]
        yield from (one for one in found if not (one.exact and any(one.dims < each for each in full)))


def _ties(cube: Cube, table: Cube, numbers: Mapping[str, Numbers]) -> Iterator[Tie]:
    missing = {pair for pair in table.filter if pair not in cube.filter}
    if cube is table or not set(cube.filter) <= set(table.filter):
        return
    choices = [list(_nodes(axis, table, missing)) for axis in cube.axes]
    missing -= {node.key for axis in cube.axes for node in axis.nodes}
    for choice in product(*choices):
        at = np.ix_(*(nodes for nodes, _, _ in choice))
        kept = [(dim, leaves) for _, dim, leaves in choice if dim is not None]
        if kept:
            dims = [dim for dim, _ in kept]
            others = [dim for dim in range(len(table.axes)) if dim not in dims]
            grid = numbers[table.id].transpose(*dims, *others)[np.ix_(*(leaves for _, leaves in kept))]
            heads = numbers[cube.id][at].ravel()
            tails = grid.reshape(len(heads), -1)
            whole = all(len(leaves) == len(table.axes[dim].nodes) for dim, leaves in kept)
            more = ~(tails == heads[:, None]).any(axis=1)  # what two levels name alike is no sum of itself
            yield Tie(heads[more], tails[more], frozenset(dims), whole, not missing)


def _nodes(axis: Axis, table: Cube, missing: set[tuple[str, str]]) -> Iterator[tuple[list[int], int | None, list[int]]]:
    """Yield nodes of a cube's axis, which dimension of the unprinted table they say a leaf of, and which leaf each."""
    keys = [node.key for node in axis.nodes]
    met = [at for at, key in enumerate(keys) if key in missing]
    inner = {keys[at] for at in _inner(axis, set(met))} if met else set(keys)
    top = met or [at for at, key in enumerate(keys) if key is None][:1]
    for dim, other in enumerate(table.axes):
        leaves = [at for at, node in enumerate(other.nodes) if node.key in inner]
        if leaves:
            yield [keys.index(other.nodes[at].key) for at in leaves], dim, leaves
            if len(leaves) == len(other.nodes):
                top = []
    if top:
        yield top, None, []


def _inner(axis: Axis, nodes: set[int]) -> set[int]:
    """Return what some nodes of an axis are sums of, down to its leaves."""
    parts = {part for whole, some in axis.sums for part in some if whole in nodes}
    return parts | _inner(axis, parts) if parts else parts


def with_unprinted(raw: RawTable, effort: Effort) -> RawTable | None:
    """Return the tables with those that are never printed, filled for everybody; the same where none of them is needed.

    effort: what may still be asked of the solver.
    None where nobody is found who could stand behind the figures of the whole, or of one who looks on.
    """
    more = unprinted(raw.released, [cube for cube in raw.cubes if cube.id in raw.standing])
    if not more:
        return raw
    maker = _Maker((*raw.cubes, *more), effort)
    inner = {one.name: [each for each in raw.insiders if _is_within(each, one)] for one in raw.insiders}
    outer = [one for one in raw.insiders if not any(_is_within(one, each) for each in raw.insiders)]
    own = {name: made for one in outer for name, made in maker.everybody(one, inner[one.name]).items()}
    whole = maker.made(maker.declared(raw.counts) - sum(maker.declared(one.counts) for one in outer))
    if whole is None or len(own) < len(raw.insiders):
        return None
    whole = sum((own[one.name] for one in outer), whole)
    return replace(
        raw,
        cubes=(*raw.cubes, *more),
        counts={**raw.counts, **maker.cells(whole)},
        absent={**raw.absent, **maker.empty},
        insiders=tuple(replace(one, counts={**one.counts, **maker.cells(own[one.name])}) for one in raw.insiders),
    )


def _is_within(one: Insider, other: Insider) -> bool:
    return other.committee and not one.committee and one.name.startswith(f"{other.name}/")


class _Maker:
    """Makes up persons who could stand behind the figures of some tables."""

    def __init__(self, cubes: Sequence[Cube], effort: Effort) -> None:
        self._cubes, self._effort = cubes, effort
        self._numbers, count = number_cells(cubes)
        open_ = np.concatenate([self._numbers[cube.id].ravel() for cube in cubes if not cube.printed])
        self._place = np.full(count, -1)
        self._place[open_] = np.arange(len(open_))
        found = list(ties(cubes, self._numbers))
        heads = np.concatenate([one.heads for one in found])
        row = np.repeat(np.arange(len(heads)), np.concatenate([np.full(*one.tails.shape) for one in found]))
        column = self._place[np.concatenate([one.tails.ravel() for one in found])]
        told = np.zeros(count, dtype=np.bool_)
        for cube in cubes:
            told[self._numbers[cube.id]] |= cube.printed
        given = np.flatnonzero(told & (self._place >= 0))  # where two levels name one group, a table says it as well
        met = np.flatnonzero(
            (self._place[heads] >= 0) & ~told[heads]
        )  # sums of two of these tables that share something
        more = np.flatnonzero(np.concatenate([np.full(len(one.heads), not one.exact) for one in found]))
        besides = len(open_) + np.arange(len(more))  # whom some heads count besides
        rows = np.concatenate([row, met, more, len(heads) + np.arange(len(given))])
        columns = np.concatenate([column, self._place[heads[met]], besides, self._place[given]])
        signs = np.repeat([1.0, -1.0, 1.0, 1.0], [len(row), len(met), len(more), len(given)])
        self._heads = np.concatenate([heads, given])
        self._rows = sparse.csc_matrix((signs, (rows, columns)), shape=(len(self._heads), len(open_) + len(more)))
        self._price = np.random.default_rng(0).uniform(1, 2, self._rows.shape[1])
        self._far = np.full(len(self._price), INFINITE)
        self.empty = {cube.id: is_empty(cube, cubes) for cube in cubes if not cube.printed}
        for name, nobody in self.empty.items():
            self._far[self._place[self._numbers[name][nobody]]] = 0

    def declared(self, counts: Mapping[str, Numbers]) -> Numbers:
        """Return (cells,) what these counts say."""
        found = np.zeros(len(self._place), dtype=np.int64)
        for cube in self._cubes:
            if cube.printed:
                found[self._numbers[cube.id]] = counts[cube.id]
        return found

    def made(self, declared: Numbers) -> Numbers | None:
        """Return the cells of the unprinted tables for some persons; None where there are none. declared: (cells,)."""
        rest = declared[self._heads]
        if not rest.any():
            return np.zeros(len(self._price), dtype=np.int64)
        if (rest < 0).any():
            return None
        nothing, far = np.zeros(len(self._price)), self._far
        found = solution(programme(self._rows, self._price, nothing, far, rest), self._effort)
        if found is not None and np.abs(found - np.rint(found)).max() > _CLOSE:
            found = whole_numbers(programme(self._rows, self._price, nothing, far, rest), self._effort)
        return None if found is None else np.rint(found).astype(np.int64)

    def everybody(self, one: Insider, within: Sequence[Insider]) -> dict[str, Numbers]:
        """Return the same of an insider, and of those within it, by name; nobody of whom nothing is found."""
        left = self.declared(one.counts) - sum(self.declared(each.counts) for each in within)
        made = {each.name: self.made(self.declared(each.counts)) for each in within} | {one.name: self.made(left)}
        found = {name: each for name, each in made.items() if each is not None}
        return (
            {**found, one.name: sum(found.values(), np.zeros_like(self._price, dtype=np.int64))}
            if len(found) == len(made)
            else {}
        )

    def cells(self, made: Numbers) -> dict[str, Numbers]:
        """Return by cube id, shape ``cube.shape``, what stands in the unprinted tables."""
        return {cube.id: made[self._place[self._numbers[cube.id]]] for cube in self._cubes if not cube.printed}

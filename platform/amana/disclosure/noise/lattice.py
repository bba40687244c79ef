"""The declared cubes as one linked system of leaf tables, apart by population.

Sees: code lists; no count.

A population is everybody who passes a filter. Where one cube counts by an attribute by whose code another filters, the
first is split along it: its part with that code is of the second's population, and both share their margins. The parts
are disjoint, so a person spends the budget of one of them only; populations that no such split binds add up.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.attribute import EVERYBODY, Attribute, chain
from amana.disclosure.noise.branches import Branch, Pair, branches
from amana.disclosure.noise.refused import NoiseRefused
from amana.disclosure.table import Axis, Cube

Population = frozenset[Pair]
MARGIN: Final = 0.2  # weight of the mean variance of a margin over one axis, its table's being 1; over two, squared
_ROUNDING: Final = 1e-12  # a dependence below this is none: that of a total on what its parts differ by
Levels = tuple[tuple[str, int], ...]  # (attribute, level >= 1), by name: names a margin, and the residual of it


@dataclass(frozen=True)
class Stem:
    """One axis of a piece.

    attribute, level: what its leaves are.
    leaves: (groups of the level,) the node of the cube's axis that is each group.
    nodes:  (nodes of the cube's axis, groups) 0/1: each node as a sum of groups; a row of zeros where another piece
            speaks for the node.
    """

    attribute: Attribute
    level: int
    leaves: NDArray[np.int64]
    nodes: NDArray[np.float64]

    @property
    def multiple(self) -> int:
        """The most siblings on any level: what a count is multiplied by to make its residual an integer."""
        return max(int(level.siblings.max()) for level in self.attribute.levels[: self.level + 1])

    @cached_property
    def costs(self) -> tuple[float, ...]:
        """By level, what one person adds at most to the squared length of the residual."""
        return tuple(level.cost if at else 1.0 for at, level in enumerate(self.attribute.levels[: self.level + 1]))

    @cached_property
    def gains(self) -> tuple[float, ...]:
        """By level, what noise of variance 1 on each group adds to the mean variance of the leaves.

        Every coarser level of the axis counts MARGIN as much as the leaves: a total is read more than any cell.
        """
        return tuple(
            math.fsum(
                (1.0 if finer == self.level else MARGIN) * float((self.attribute.lift(at, finer) ** 2).mean(0).sum())
                for finer in range(at, self.level + 1)
            )
            for at in range(self.level + 1)
        )

    @cached_property
    def above(self) -> tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]:
        """By level, for each group of leaves the group above it there, and its equal share in that.

        Where all shares of everybody are the same, there is one of them, to broadcast.
        """
        found = [self.attribute.ancestors(at, self.level) for at in range(self.level + 1)]
        whole, share = found[0]
        return ((whole, share[:1] if np.ptp(share) == 0 else share), *found[1:])

    @cached_property
    def reach(self) -> tuple[NDArray[np.float64], ...]:
        """By level, (nodes, groups of the level): how each node of the cube's axis depends on the measured groups."""
        exact = (self.nodes @ self.attribute.lift(at, self.level) for at in range(self.level + 1))
        return tuple(np.where(np.abs(each) < _ROUNDING, 0.0, each) for each in exact)


@dataclass(frozen=True)
class Piece:
    """A leaf table of one population; the cells of a cube are sums over its pieces."""

    cube: str
    population: Population
    stems: tuple[Stem, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of groups on each axis."""
        return tuple(len(stem.leaves) for stem in self.stems)

    @property
    def cells(self) -> int:
        """The number of leaf cells."""
        return int(np.prod(self.shape, dtype=np.int64))

    def named(self, values: NDArray[Any], levels: Sequence[int]) -> NDArray[Any]:
        """Return a margin with its axes in the order of its name. values: one axis per axis, of length 1 if summed."""
        order = self._orders[tuple(levels)]
        shape = [values.shape[at] for at in order]
        if order != sorted(order):
            values = values.transpose(*order, *(at for at in range(len(self.stems)) if at not in order))
        return values.reshape(shape)

    def placed(self, values: NDArray[Any], levels: Sequence[int]) -> NDArray[Any]:
        """Return a margin as one axis per axis of the piece: the inverse of ``named``."""
        order = self._orders[tuple(levels)]
        shape = [1 if level == 0 else values.shape[order.index(at)] for at, level in enumerate(levels)]
        if order != sorted(order):
            values = values.transpose(*np.argsort(order))
        return values.reshape(shape)

    @cached_property
    def _orders(self) -> dict[tuple[int, ...], list[int]]:
        """By the levels of a margin, its axes in the order of its name."""

        def order(levels: tuple[int, ...]) -> list[int]:
            kept = (at for at, level in enumerate(levels) if level)
            return sorted(kept, key=lambda at: (self.stems[at].attribute.name, levels[at]))

        return {levels: order(levels) for _, levels in self.margins}

    @cached_property
    def margins(self) -> tuple[tuple[Levels, tuple[int, ...]], ...]:
        """Every margin, itself included and last: its name, and the level on each axis of the piece."""
        return tuple(
            (
                tuple(sorted((stem.attribute.name, at) for stem, at in zip(self.stems, levels, strict=True) if at)),
                levels,
            )
            for levels in product(*(range(stem.level + 1) for stem in self.stems))
        )


@dataclass(frozen=True)
class Lattice:
    """All pieces of a release.

    families: the populations in groups; within a group they are disjoint, so that nobody is in two of them.
    """

    cubes: tuple[Cube, ...]
    pieces: tuple[Piece, ...]
    families: tuple[tuple[Population, ...], ...]

    def pieces_of(self, cube: str) -> tuple[Piece, ...]:
        """Return the pieces of one cube."""
        return tuple(piece for piece in self.pieces if piece.cube == cube)


def lattice(cubes: Sequence[Cube], gone: Collection[Pair] = ()) -> Lattice:
    """Return the linked system. Raises NoiseRefused where two cubes could not be made to agree.

    gone: (attribute, code) pairs that nobody was asked about; their cells are 0 and no part of the system.
    """
    cuts = [cut for cube in cubes for cut in _cuts(cube, gone)]
    by_filter: dict[Population, list[_Cut]] = {}
    for cut in cuts:
        by_filter.setdefault(cut.population, []).append(cut)
    parts: list[_Cut] = []
    splits: dict[Population, tuple[Population, ...]] = {}
    asked = frozenset(pair for population in by_filter for pair in population)
    for population, group in by_filter.items():
        split = [_split(cut, asked - population) for cut in group]
        found = [frozenset(part.population for part in each) for each in split]
        if len(set(found)) > 1:
            raise NoiseRefused(reason="not_linked", name=min(dict(asked - population)))
        parts += [part for each in split for part in each]
        splits[population] = tuple(sorted(found[0], key=sorted))
    return Lattice(tuple(cubes), _pieces(parts), _apart(splits))


@dataclass(frozen=True)
class _Cut:
    """One combination of the branches of a cube.

    taken: by axis, the only node of the branch that is meant, as where an axis has a total and nothing else; None for
           the whole branch.
    """

    cube: str
    population: Population
    branches: tuple[Branch, ...]
    taken: tuple[int | None, ...]


def _cuts(cube: Cube, gone: Collection[Pair]) -> Iterator[_Cut]:
    for chosen in product(*(branches(axis, gone) for axis in cube.axes)):
        only_total = tuple(None if branch.tops else branch.roots[0] for branch in chosen)
        yield _Cut(cube.id, frozenset(cube.filter), chosen, only_total)


def _split(cut: _Cut, asked: Population) -> list[_Cut]:
    """Split a cut along every attribute by which another cube filters."""
    done = [cut]
    for at, branch in enumerate(cut.branches):
        if any(branch.key(top) in asked for top in branch.tops):
            done = [_taken(each, at, top) for each in done for top in branch.tops]
    return done


def _taken(cut: _Cut, at: int, top: int) -> _Cut:
    whole = cut.branches[at]
    under = whole.under(top)
    chosen = tuple((under or whole) if place == at else each for place, each in enumerate(cut.branches))
    taken = tuple((None if under else top) if place == at else each for place, each in enumerate(cut.taken))
    return _Cut(cut.cube, cut.population | {whole.key(top)}, chosen, taken)


def _apart(splits: Mapping[Population, tuple[Population, ...]]) -> tuple[tuple[Population, ...], ...]:
    """Return the families: a population that is part of a split goes with the split.

    splits: by filter, the populations that its persons were split into, or the filter itself.
    Raises NoiseRefused where a population is part of two splits, or is split further.
    """
    split = {filtered: parts for filtered, parts in splits.items() if parts != (filtered,)}
    parts = [population for each in split.values() for population in each]
    if len(set(parts)) != len(parts) or not split.keys().isdisjoint(parts):
        raise NoiseRefused(reason="not_linked", name=min(name for part in parts for name, _ in part))
    alone = tuple((filtered,) for filtered in splits if filtered not in split and filtered not in parts)
    return (*split.values(), *alone)


def _pieces(parts: Sequence[_Cut]) -> tuple[Piece, ...]:
    """Give every branch its place in the chain of its attribute, population by population."""
    found: dict[tuple[Population, str], dict[tuple[Axis, tuple[int, ...]], Branch]] = {}
    for part in parts:
        for branch, taken in zip(part.branches, part.taken, strict=True):
            if taken is None:
                found.setdefault((part.population, branch.name), {})[branch.axis, branch.tops] = branch
    stems: dict[tuple[Population, Axis, tuple[int, ...]], Stem] = {}
    for (population, _), group in found.items():
        attribute, places = chain(list(group.values()))
        for ((axis, tops), branch), place in zip(group.items(), places, strict=True):
            stems[population, axis, tops] = Stem(attribute, place.level, place.leaves, branch.matrix(place.leaves))
    return tuple(Piece(part.cube, part.population, tuple(_stems(part, stems))) for part in parts)


def _stems(part: _Cut, stems: Mapping[tuple[Population, Axis, tuple[int, ...]], Stem]) -> Iterator[Stem]:
    for branch, taken in zip(part.branches, part.taken, strict=True):
        yield stems[part.population, branch.axis, branch.tops] if taken is None else _single(branch, taken)


def _single(branch: Branch, node: int) -> Stem:
    """Return the stem of one node alone: the population says already what it says."""
    nodes = np.zeros((len(branch.axis.nodes), 1))
    nodes[[*branch.roots, node]] = 1.0
    return Stem(EVERYBODY, 0, np.array([node]), nodes)

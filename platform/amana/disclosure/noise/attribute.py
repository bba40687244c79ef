"""An attribute as a chain of partitions, each refining the one before: everybody, groups, ..., the finest codes.

Sees: code lists; no count.

Level l contributes what it adds to level l-1: how the members of each group differ from their mean. That is the nested
residual basis: I - J/g within each group of g siblings, so with g groups of d codes, dimensions 1, g-1 and d-g.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.branches import Branch
from amana.disclosure.noise.refused import NoiseRefused

Labels = NDArray[np.int64]  # (finest leaves,) group of each, numbered from 0 by first appearance


@dataclass(frozen=True)
class Level:
    """What one level adds to the one above.

    parent:   (size,) the group above that each group lies in.
    siblings: (size,) how many groups, itself included, share that parent.
    """

    parent: NDArray[np.int64]
    siblings: NDArray[np.int64]

    @property
    def size(self) -> int:
        """The number of groups."""
        return len(self.parent)

    @cached_property
    def centre(self) -> NDArray[np.float64]:
        """(size, size): takes from each group the mean of its siblings. A projection, its own square."""
        same = self.parent[:, None] == self.parent[None, :]
        mean: NDArray[np.float64] = same / self.siblings[:, None]
        return np.eye(self.size) - mean

    @property
    def free(self) -> int:
        """How many numbers of its own the level has: in each group of siblings they add up to 0."""
        return self.size - len(np.unique(self.parent)) or 1

    @property
    def cost(self) -> float:
        """The most that one person adds to the squared length of this level's residual: 1 - 1/siblings."""
        return float(1 - 1 / self.siblings.max())


@dataclass(frozen=True)
class Attribute:
    """partitions: everybody first, the finest codes last."""

    name: str
    partitions: tuple[Labels, ...]

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """All levels; the first is everybody, which is its own parent."""
        found = [Level(np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64))]
        for above, labels in pairwise(self.partitions):
            parent = np.zeros(labels.max() + 1, dtype=np.int64)
            parent[labels] = above
            found.append(Level(parent, np.bincount(parent)[parent]))
        return tuple(found)

    def ancestors(self, level: int, finer: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return, for each group at a finer level, its group at this one, and its equal share in it."""
        group = np.arange(self.levels[finer].size)
        share = np.ones(len(group))
        for at in range(finer, level, -1):
            share /= self.levels[at].siblings[group]
            group = self.levels[at].parent[group]
        return group, share

    def lift(self, level: int, finer: int) -> NDArray[np.float64]:
        """Return (groups at the finer level, groups at this one): centre a residual, and spread it equally."""
        group, share = self.ancestors(level, finer)
        return share[:, None] * self.levels[level].centre[group] if level else share[:, None]


EVERYBODY = Attribute("", (np.zeros(1, dtype=np.int64),))


@dataclass(frozen=True)
class Place:
    """Where a branch stands in the chain. leaves: (groups of the level,) the leaf node that is each group."""

    level: int
    leaves: NDArray[np.int64]


def chain(branches: Sequence[Branch]) -> tuple[Attribute, list[Place]]:
    """Return the attribute that all these branches cut, and the place of each branch's leaves in it.

    Raises NoiseRefused unless of any two branches one refines the other and names its groups, all but one.
    """
    finest = max(branches, key=lambda branch: len(branch.all_leaves))
    cuts = [_through(np.array(branch.all_leaves), branch, finest) for branch in branches]
    found = [np.zeros(len(finest.all_leaves), dtype=np.int64)]
    for cut in sorted(map(_renumbered, cuts), key=lambda labels: int(labels.max())):
        if not np.array_equal(cut, found[-1]):
            found.append(cut)
    if not all(_refines(fine, coarse) and fine.max() > coarse.max() for coarse, fine in pairwise(found)):
        raise NoiseRefused(reason="not_linked", name=finest.name)
    level_of = {labels.tobytes() for labels in found}
    for branch in branches:
        for depth in branch.depths():
            labels = _renumbered(_through(depth, branch, finest))
            if labels.tobytes() not in level_of:
                _insert(found, labels)
    return Attribute(finest.name, tuple(found)), [_place(cut, found) for cut in cuts]


def _place(cut: NDArray[np.int64], found: Sequence[Labels]) -> Place:
    labels = _renumbered(cut)
    level = next(at for at, partition in enumerate(found) if np.array_equal(partition, labels))
    return Place(level, cut[np.unique(labels, return_index=True)[1]])


def _through(nodes: NDArray[np.int64], branch: Branch, finest: Branch) -> NDArray[np.int64]:
    """Return (finest leaves,) which of these nodes each lies in. nodes: (leaves of the branch,) a node over each."""
    place = {leaf: number for number, leaf in enumerate(finest.all_leaves)}
    named = {finest.key(node): node for node in (*finest.children, *finest.all_leaves)}
    groups = np.full(len(place), -1, dtype=np.int64)
    unnamed = []
    for leaf, node in zip(branch.all_leaves, nodes.tolist(), strict=True):
        if branch.key(leaf) in named:
            groups[[place[below] for below in finest.leaves(named[branch.key(leaf)])]] = node
        else:
            unnamed.append(node)
    if len(unnamed) != int((groups < 0).any()):
        raise NoiseRefused(reason="not_linked", name=finest.name)
    groups[groups < 0] = unnamed[0] if unnamed else -1
    return groups


def _renumbered(groups: NDArray[np.int64]) -> Labels:
    """Return the groups numbered from 0 by first appearance."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _insert(found: list[Labels], labels: Labels) -> None:
    """Put a partition where it fits between two others; leave it out where it does not: nobody asked for it alone."""
    for at, (coarse, fine) in enumerate(pairwise(found)):
        between = coarse.max() < labels.max() < fine.max()
        if between and _refines(labels, coarse) and _refines(fine, labels):
            found.insert(at + 1, labels)
            return


def _refines(fine: Labels, coarse: Labels) -> bool:
    """Whether each group of ``fine`` lies in one group of ``coarse``."""
    return len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == int(fine.max()) + 1

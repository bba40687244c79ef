"""Read an axis as trees: each way in which its total splits, down to the leaves.

Sees: code lists; no count.

A hierarchy is one tree. A multi-response axis is several, one per answer: its total splits into yes and rest for each,
so it is one attribute per answer, and a cube over it is several tables side by side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.refused import NoiseRefused
from amana.disclosure.table import Axis, Cube

Pair = tuple[str, str]  # (attribute, code)


@dataclass(frozen=True)
class Branch:
    """One tree of an axis.

    axis:     the axis; keys and numbers are those of its nodes.
    roots:    the nodes that count everybody in the branch: the total, where it is published and this branch speaks
              for it, and the node under which the branch was taken; may be empty.
    tops:     the nodes right below; at least one.
    children: node → the nodes right below it.
    """

    axis: Axis
    roots: tuple[int, ...]
    tops: tuple[int, ...]
    children: Mapping[int, tuple[int, ...]] = field(hash=False)

    @property
    def name(self) -> str:
        """The attribute that this branch is about."""
        return self.key(self.tops[0])[0]

    def key(self, node: int) -> Pair:
        """Return what a node below the total counts. Raises NoiseRefused for a node that does not say."""
        key = self.axis.nodes[node].key
        if key is None:
            raise NoiseRefused(reason="not_linked", name=self.axis.dim)
        return key

    def under(self, top: int) -> Branch | None:
        """Return what is left of the branch among the persons of one top; None if nothing is."""
        below = self.children.get(top, ())
        return Branch(self.axis, (*self.roots, top), below, self.children) if below else None

    def leaves(self, node: int) -> tuple[int, ...]:
        """Return the leaves at or below a node, in tree order."""
        below = self.children.get(node, ())
        return tuple(leaf for child in below for leaf in self.leaves(child)) if below else (node,)

    @property
    def all_leaves(self) -> tuple[int, ...]:
        """All leaves, in tree order."""
        return tuple(leaf for top in self.tops for leaf in self.leaves(top))

    def depths(self) -> Iterator[NDArray[np.int64]]:
        """Yield (leaves,) the node that stands for each leaf at depth 1, 2, ..., until they are the leaves."""
        front = self.tops
        while True:
            yield np.array([node for node in front for _ in self.leaves(node)], dtype=np.int64)
            if all(node not in self.children for node in front):
                return
            front = tuple(below for node in front for below in self.children.get(node, (node,)))

    def matrix(self, leaves: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (nodes, leaves) 0/1: each node of the axis that this branch speaks for is a sum of its leaves."""
        place = {leaf: number for number, leaf in enumerate(leaves.tolist())}
        matrix = np.zeros((len(self.axis.nodes), len(place)))
        matrix[list(self.roots)] = 1.0
        todo = list(self.tops)
        while todo:
            node = todo.pop()
            matrix[node, [place[leaf] for leaf in self.leaves(node)]] = 1.0
            todo += self.children.get(node, ())
        return matrix


def branches(axis: Axis, gone: Collection[Pair] = ()) -> tuple[Branch, ...]:
    """Return the trees of an axis. The first speaks for the total, if that is published.

    gone: what nobody was asked; such nodes are left out, unless nothing would be left.
    Raises NoiseRefused where anything but the total splits in two ways.
    """
    stay = {node for node, each in enumerate(axis.nodes) if each.key not in gone}
    sums = [(parent, tuple(child for child in children if child in stay)) for parent, children in axis.sums]
    if not all(children for parent, children in sums if parent in stay):
        sums, stay = list(axis.sums), set(range(len(axis.nodes)))
    below = {child for _, children in sums for child in children}
    tops = tuple(node for node in sorted(stay) if node not in below)
    root = next((node for node in tops if axis.nodes[node].key is None), None)
    splits = [children for parent, children in sums if parent == root] or [tuple(node for node in tops if node != root)]
    children = {parent: under for parent, under in sums if parent in stay and parent != root}
    if len(children) != sum(parent in stay and parent != root for parent, _ in sums):
        raise NoiseRefused(reason="not_linked", name=axis.dim)
    roots = () if root is None else (root,)
    return tuple(Branch(axis, () if at else roots, split, children) for at, split in enumerate(splits))


def never_asked(cubes: Iterable[Cube], absent: Mapping[str, NDArray[np.bool_]]) -> frozenset[Pair]:
    """Return the (attribute, code) pairs of which no cube has a cell that somebody was asked for.

    absent: by cube id, shape ``cube.shape``, True where nobody was asked; this is public. A cube may be missing.
    """
    seen: set[Pair] = set()
    asked: set[Pair] = set()
    for cube in cubes:
        for at, axis in enumerate(cube.axes):
            keys = [node.key for node in axis.nodes]
            nobody = [False] * len(keys)
            if cube.id in absent:
                nobody = [bool(line.all()) for line in np.moveaxis(absent[cube.id], at, 0)]
            seen.update(key for key in keys if key is not None)
            asked.update(key for key, none in zip(keys, nobody, strict=True) if key is not None and not none)
    return frozenset(seen - asked)

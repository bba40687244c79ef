"""Exchanges: whole-number vectors that lead from one world to another. The checker's way of finding worlds quickly.

Runs in: worker, and anywhere an auditor wants it.   Sees: which cells are hidden; no figure.
An exchange is a vector z over the quantities with equations @ z = 0: a world plus a multiple of z is a world while
bounds hold. Most are blocks of one cube: two leaves on each axis swap persons, and no margin notices. Others are
learnt: the difference of two worlds that the solver found. Each is checked when it is taken in.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from amana.disclosure.table import Axis, Cube, Flags, Numbers

_BLOCKS: Final = 1_000_000  # blocks of one cube that are looked at; among more of them chance decides
_ENOUGH: Final = 600_000  # entries after which no more blocks are aimed
_LEARNT: Final = 20  # entries for each quantity after which nothing more is learnt: each is tried at every step
_KEPT: Final = 6  # blocks kept for each cell


class Exchanges:
    """Exchanges as entries: ``of`` which exchange (ascending), ``cell`` which quantity, ``sign`` its part of z.

    equations: (m, n) integers. follow: (n, m) what quantities that stand alone in an equation get from what it lacks.
    """

    def __init__(self, equations: sparse.csc_matrix, follow: sparse.csc_matrix) -> None:
        self._equations, self._follow = equations, follow
        self.of, self.cell, self.sign, self.start = (np.zeros(0, dtype=np.int64) for _ in range(4))
        self._learnt = 0  # entries
        self._cubes: list[tuple[Numbers, Flags, list[Flags]]] = []  # numbers, which are free, which nodes swap

    def add(self, of: Numbers, cell: Numbers, sign: Numbers) -> None:
        """Take exchanges in, with what follows from them. Those that break an equation are left out."""
        z = sparse.csc_matrix((sign, (cell, of)), shape=(self._equations.shape[1], int(of.max(initial=-1)) + 1))
        z = z + self._follow @ (self._equations @ z)
        broken = (abs(self._equations @ z)).sum(axis=0)
        z = z[:, np.flatnonzero((np.asarray(broken).ravel() == 0) & (np.asarray(abs(z).sum(axis=0)).ravel() > 0))]
        z = sparse.csc_matrix(z)
        z.eliminate_zeros()
        size, before = np.diff(z.indptr), len(self.start)
        self.start = np.concatenate([self.start, len(self.cell) + z.indptr[:-1]])
        self.of = np.concatenate([self.of, np.repeat(np.arange(before, before + len(size)), size)])
        self.cell = np.concatenate([self.cell, z.indices.astype(np.int64)])
        self.sign = np.concatenate([self.sign, z.data.astype(np.int64)])

    def add_blocks(self, cube: Cube, grid: Numbers, free: Flags, rng: np.random.Generator) -> None:
        """Take in blocks of one cube all of whose cells are free. grid: which quantity each cell is."""
        self._cubes.append((grid, free[grid], [_swaps(_pairs(axis)) for axis in cube.axes]))
        axes = _within([_pairs(axis) for axis in cube.axes], rng)
        fixed = (~free[grid]).astype(np.int64)
        for signs in axes:  # counts the fixed cells of every block, one axis after the other
            others = fixed.shape[1:]
            sums = sparse.csr_matrix(np.abs(signs)) @ fixed.reshape(len(fixed), prod(others))
            fixed = sums.T.reshape(*others, len(signs))
        found = np.argwhere(fixed == 0)
        if not len(found):
            return
        found = found[rng.permutation(len(found))]
        place, sign = np.zeros((len(found), 1), dtype=np.int64), np.ones((len(found), 1), dtype=np.int64)
        for number, signs in enumerate(axes):
            node = np.argsort(signs == 0, axis=1, kind="stable")[:, : int((signs != 0).sum(axis=1).max(initial=0))]
            chosen = found[:, number]
            place = (place[:, :, None] * signs.shape[1] + node[chosen][:, None, :]).reshape(len(found), -1)
            part = np.take_along_axis(signs, node, axis=1)[chosen]
            sign = (sign[:, :, None] * part[:, None, :]).reshape(len(found), -1)
        few = _few_each(place, sign)
        cell = grid.ravel()[place[few]]
        self.add(np.repeat(np.arange(len(cell)), cell.shape[1]), cell.ravel(), sign[few].ravel())

    def aim(self, wanted: Flags, world: Numbers, rng: np.random.Generator) -> None:
        """Take in one block more for each wanted cell, where a world has persons to exchange beside it."""
        blocks = [self._aimed(cube, wanted, world, rng) for cube in self._cubes if len(self.cell) < _ENOUGH]
        widths = np.concatenate([np.full(len(cells), cells.shape[1]) for cells, _ in blocks] or [np.zeros(0, np.int64)])
        if len(widths):
            cell, sign = (np.concatenate([each.ravel() for each in side]) for side in zip(*blocks, strict=True))
            self.add(np.repeat(np.arange(len(widths)), widths), cell, sign)

    def _aimed(
        self, cube: tuple[Numbers, Flags, list[Flags]], wanted: Flags, world: Numbers, rng: np.random.Generator
    ) -> tuple[Numbers, Numbers]:
        """Return (blocks, cells) twice: the cells of one block for each wanted cell of a cube, and their signs."""
        grid, free, swaps = cube
        here, table = np.argwhere(wanted[grid]), world[grid]
        there = here.copy()
        for dim, swap in enumerate(swaps):
            beside = tuple(np.delete(here, dim, axis=1).T)
            weight = (np.moveaxis(table, dim, -1)[beside] + 0.1) * np.moveaxis(free, dim, -1)[beside]
            reach = np.cumsum(weight * swap[here[:, dim]], axis=1)
            aim = rng.random(len(here))[:, None] * reach[:, -1:]
            there[:, dim] = np.minimum((reach <= aim).sum(axis=1), swap.shape[0] - 1)
        ways = list(product((0, 1), repeat=grid.ndim))
        cells = np.stack([np.ravel_multi_index(np.where(way, there, here).T, grid.shape) for way in ways], axis=1)
        possible = free.ravel()[cells].all(axis=1) & (here != there).all(axis=1)
        cells = grid.ravel()[cells[possible]]
        return cells, np.tile([(-1) ** sum(way) for way in ways], (len(cells), 1))

    def among(self, free: Flags) -> Exchanges:
        """Return those that change nothing but what is free, which alone is numbered then. free: (n,)."""
        found = Exchanges(self._equations, self._follow)
        kept = np.logical_and.reduceat(free[self.cell], self.start)
        mine = kept[self.of]
        found.cell, found.sign = (np.cumsum(free) - 1)[self.cell[mine]], self.sign[mine]
        found.of = (np.cumsum(kept) - 1)[self.of[mine]]
        found.start = np.flatnonzero(np.diff(found.of, prepend=-1))
        return found

    def learn(self, difference: Numbers) -> None:
        """Take in the difference of two worlds, each part of it that hangs together by itself; some are enough."""
        moved = np.flatnonzero(difference)
        self._learnt += len(moved)
        if self._learnt > _LEARNT * self._equations.shape[1]:
            return
        self.add(components(self._equations[:, moved])[0], moved, difference[moved])


def components(equations: sparse.csc_matrix) -> tuple[Numbers, Numbers]:
    """Return (n,) and (m,) which component each unknown and each equation belongs to: components share nothing."""
    rows, columns = equations.shape
    bond = abs(equations)
    graph = (
        sparse.bmat([[None, bond.T], [bond, None]], format="csr")
        if rows and columns
        else sparse.csr_matrix((rows + columns,) * 2)
    )
    label = csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return label[:columns], label[columns:]


def _pairs(axis: Axis) -> Numbers:
    """Return (pairs, nodes) of -1, 0, 1: one person moves from a leaf to another, with all that sums them."""
    above: Mapping[int, list[int]] = {node: [] for node in range(len(axis.nodes))}
    for parent, children in axis.sums:
        for child in children:
            above[child].append(parent)
    leaves = [node for node in above if node not in {parent for parent, _ in axis.sums}]
    path = np.zeros((len(leaves), len(axis.nodes)), dtype=np.int64)
    for number, leaf in enumerate(leaves):
        todo = [leaf]
        while todo:
            path[number, todo[-1]] = 1
            todo.extend(above[todo.pop()])
    one, other = np.triu_indices(len(leaves), 1)
    pairs: Numbers = path[one] - path[other]
    for parent, children in axis.sums:
        pairs = pairs[pairs[:, parent] == pairs[:, list(children)].sum(axis=1)]
    return pairs


def _swaps(pairs: Numbers) -> Flags:
    """Return (nodes, nodes) which two nodes swap persons without anything above them noticing."""
    found = np.zeros((pairs.shape[1], pairs.shape[1]), dtype=np.bool_)
    simple = pairs[np.abs(pairs).sum(axis=1) == 2]  # noqa: PLR2004 - one comes, one goes
    one, other = np.argmax(simple, axis=1), np.argmin(simple, axis=1)
    found[one, other] = found[other, one] = True
    return found


def _within(axes: list[Numbers], rng: np.random.Generator) -> list[Numbers]:
    """Return the pairs of each axis, those of the largest axes thinned out until there are at most _BLOCKS blocks."""
    budget, left = float(_BLOCKS), len(axes)
    for number in sorted(range(len(axes)), key=lambda each: len(axes[each])):
        most = max(1, int(budget ** (1 / left)))
        axes[number] = rng.permutation(axes[number])[:most]
        budget, left = budget / max(1, len(axes[number])), left - 1
    return axes


def _few_each(place: Numbers, sign: Numbers) -> Flags:
    """Return which blocks are among the first few of any of their cells. place, sign: (blocks, cells)."""
    cell = place.ravel()
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], cell[order])
    rank = np.empty(len(cell), dtype=np.int64)
    rank[order] = np.arange(len(cell)) - first
    few: Flags = ((rank.reshape(place.shape) < _KEPT) & (sign != 0)).any(axis=1)
    return few

"""Knots: tables that nobody prints, and that are there because whoever is counted in the printed ones is a person.

Runs in: worker, and anywhere an auditor wants it.   Sees: published axes; what one party knows of its own.
Who is in a table of areas by forms, one of forms by ages and one of ages by areas has an area, a form and an age: the
printed tables are sums of one of all three. Such a table is needed for each set of attributes that the tables bind
pair by pair while none has all of it. A condition of some tables is an attribute like another. Where attributes go
round in a longer circle they are bound across, the smallest tables first, until only such sets are left; then there
are persons behind the figures as soon as there is a table for each set, and two of them agree on what they share.
Source: Vorob'ev, Consistent families of measures and their extensions (1962); Lauritzen, Graphical Models (1996).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product
from math import prod
from typing import Final

import numpy as np
from scipy import sparse
from scipy.optimize import LinearConstraint, milp

from amana.disclosure.checker.exchanges import components
from amana.disclosure.table import LARGEST, Axis, Cube, Flags, Node, Numbers

_MOST: Final = 1_000  # cells of one of these tables; a set that needs a larger one is left alone

Grid = tuple[Cube, Numbers]  # which quantity each cell is
Pair = tuple[str, str]
Split = frozenset[Pair]  # an attribute: what there is to be, of which each person is one thing


@dataclass(frozen=True)
class Bond:
    """Quantities that are sums of cells of a table that nobody prints. lines: (m, 1 + c) the sum, then its parts.

    at_least: whether it counts others besides, who do not meet the condition of that table.
    is_full:  whether every leaf that it could say is among the sums.
    """

    lines: Numbers
    at_least: bool
    is_full: bool


def unprinted_tables(judged: Iterable[Cube], kept: Iterable[Cube] = ()) -> tuple[Cube, ...]:
    """Return the tables that nobody prints: leaves only; none for a large release.

    kept: what older publications had of the same persons; of parts of a table, without a total, nothing is taken. Where
    all are too large together, or a table of theirs is, there are still those that the judged ones need by themselves.
    """
    found: dict[Cube, None] = {}
    for some in _together(judged, kept):
        if sum(cube.size for cube in some) <= LARGEST:
            found |= dict.fromkeys(table for table in _needed(some) if table.size <= _MOST)
    return tuple(found)


def contradictions(tables: Iterable[Grid], printed: Iterable[Cube]) -> Numbers:
    """Return the cells of unprinted tables where nobody is: who is in a part of something is in no other part of all.

    A table may have bands of ages and, because others do, minors and all others beside them.
    """
    axes = dict.fromkeys(axis for cube in printed for axis in cube.axes)
    found = [grid[_contradicts(table, axis)] for table, grid in tables for axis in axes]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _contradicts(table: Cube, axis: Axis) -> Flags:
    """Return shape ``table.shape``: what contradicts itself by an axis that has all leaves of one dimension."""
    at = {node.key: place for place, node in enumerate(axis.nodes)}
    found = np.zeros(table.shape, dtype=np.bool_)
    for fine, coarse in permutations(range(len(table.axes)), 2):
        leaves, groups = ([node.key for node in table.axes[dim].nodes] for dim in (fine, coarse))
        if at.keys() >= {*leaves} and not at.keys().isdisjoint(groups):
            parts = [[at[key], *_under(axis, [at[key]])] if key in at else [] for key in groups]
            within = np.array([[at[leaf] in some for some in parts] for leaf in leaves])
            possible = within | (~within.any(axis=1, keepdims=True) & np.array([key not in at for key in groups]))
            shape = [size if dim in (fine, coarse) else 1 for dim, size in enumerate(table.shape)]
            if possible.any(axis=1).all():  # else one says nothing of the other: several answers
                found |= ~(possible if fine < coarse else possible.T).reshape(shape)
    return found


def open_circles(judged: Iterable[Cube], kept: Iterable[Cube] = ()) -> tuple[tuple[str, ...], ...]:
    """Return, of each set of attributes for which there is no such table, as something is too large, their names."""
    judged, kept = tuple(judged), tuple(kept)
    closed = unprinted_tables(judged, kept)
    left = [table for some in _together(judged, kept) for table in _needed(some) if table not in closed]
    return tuple(dict.fromkeys(tuple(sorted(dict((*_dims(table), *table.filter)))) for table in left))


def _together(judged: Iterable[Cube], kept: Iterable[Cube]) -> tuple[tuple[Cube, ...], ...]:
    """Return all cubes, and the judged ones alone where these are fewer; each once, whatever it is called."""
    own = {(cube.axes, cube.filter): cube for cube in judged}
    whole = {(cube.axes, cube.filter): cube for cube in kept if all(map(_has_total, cube.axes))}
    return tuple(dict.fromkeys((tuple((own | whole).values()), tuple(own.values()))))


def _dims(table: Cube) -> Iterator[Pair]:
    return ((axis.dim, "") for axis in table.axes)


def _needed(cubes: Sequence[Cube]) -> tuple[Cube, ...]:
    """Return a table for each set of attributes that cubes of the same persons bind, and none of them has."""
    names = _Names(cubes)
    found: dict[Cube, None] = {}
    for condition in dict.fromkeys(frozenset(cube.filter) for cube in cubes):
        sets = [one for cube in cubes if condition.issuperset(cube.filter) for one in names.sets(cube, condition)]
        for knot in _knots(sets):
            having = sorted(condition.union(*(split for split in knot if len(split) == 1)))
            splits = sorted(sorted(split) for split in knot if len(split) > 1)
            axes = (Axis(split[0][0], tuple(Node(code, (dim, code)) for dim, code in split)) for split in splits)
            found[Cube("", tuple(axes), tuple(having), printed=False)] = None
    return tuple(table for table in found if table.axes)


def _has_total(axis: Axis) -> bool:
    return any(node.key is None for node in axis.nodes)


class _Names:
    """The attributes of some cubes, and which of them follow from which: of everybody, and of who meets a condition."""

    def __init__(self, cubes: Sequence[Cube]) -> None:
        axes = dict.fromkeys(axis for cube in cubes for axis in cube.axes)
        tops = (None, *dict.fromkeys(pair for cube in cubes for pair in cube.filter))
        self._splits = {(axis, top): list(dict.fromkeys(_splits(axis, top))) for axis in axes for top in tops}
        self._follow = {top: self._following(top, axes) for top in tops}

    def _following(self, top: Pair | None, axes: Iterable[Axis]) -> Mapping[Split, Sequence[Split]]:
        named: dict[Split, set[Pair]] = {}
        for axis in axes:
            splits = self._splits[axis, top]
            for split in splits:
                own = {node.key for node in axis.nodes if node.key} if len(splits) == 1 else split
                named.setdefault(split, set()).update(own)
        return {
            split: [
                other
                for other in named
                if other != split and len(other - groups) <= 1 and other & groups and not other > split
            ]
            for split, groups in named.items()
        }

    def sets(self, cube: Cube, condition: frozenset[Pair]) -> Iterator[frozenset[Split]]:
        """Yield the attributes of a cube: once, or once for each of several answers. Conditions that it meets too."""
        missing = condition.difference(cube.filter)
        met = condition - missing
        choices: list[list[tuple[Pair | None, Split]]] = []
        for axis in cube.axes:
            here = missing.intersection(node.key for node in axis.nodes if node.key)
            met |= here
            real = [(top, split) for top in here or (None,) for split in self._splits[axis, top] if len(split) > 1]
            choices += [real] if real else []
        for choice in product(*choices):
            follow = [other for top, split in choice for other in self._follow[top][split]]
            yield frozenset([*(split for _, split in choice), *follow, *(frozenset([pair]) for pair in met)])


def _splits(axis: Axis, top: Pair | None) -> Iterator[Split]:
    """Yield what everybody is one of on an axis, or who is counted in one of its nodes, if it has that."""
    first = next((at for at, node in enumerate(axis.nodes) if node.key == top), None)
    open_ = [[first]] if first is not None else [list(range(len(axis.nodes)))] if top is None else []
    while open_:
        front = open_.pop()
        node = next((at for at in front if any(parent == at for parent, _ in axis.sums)), None)
        if node is None:
            yield frozenset(key for at in front if (key := axis.nodes[at].key))
        rest = [at for at in front if at != node]
        open_ += [[*rest, *children] for parent, children in axis.sums if parent == node]


def _knots(sets: Sequence[frozenset[Split]]) -> Iterator[frozenset[Split]]:
    """Yield sets of attributes bound pair by pair that no cube has, and what two of them share and no cube has."""
    bound: dict[Split, set[Split]] = {split: set() for each in sets for split in each}
    for each in sets:
        for split in each:
            bound[split] |= each - {split}
    cliques: list[frozenset[Split]] = []
    while bound:
        chosen = min(bound, key=lambda one: (_is_open(bound, one), _weight({one, *bound[one]}), sorted(one)))
        clique = frozenset({chosen, *bound.pop(chosen)})
        cliques += [clique] if not any(clique <= other for other in cliques) else []
        for one in clique - {chosen}:
            bound[one] = (bound[one] | clique) - {one, chosen}
    found = [clique for clique in cliques if not any(clique <= each for each in sets)]
    shared = [one & other for one, other in combinations(found, 2)]
    yield from found
    yield from (each for each in shared if not any(each <= one for one in sets))


def _is_open(bound: Mapping[Split, set[Split]], one: Split) -> bool:
    return any(other not in bound[each] for each, other in combinations(bound[one], 2))


def _weight(splits: Iterable[Split]) -> int:
    return prod(map(len, splits))


def bonds(tables: Sequence[Grid], printed: Sequence[Grid]) -> Iterator[Bond]:
    """Yield what binds tables that nobody prints to printed ones, and to each other; not what follows from the rest."""
    for table, grid in tables:
        found = [
            one for cube, other in (*printed, *tables) if cube is not table for one in _bonds(table, grid, cube, other)
        ]
        full = [dims for dims, bond in found if not bond.at_least and bond.is_full]
        yield from (bond for dims, bond in found if bond.at_least or not any(dims < each for each in full))


def _bonds(table: Cube, grid: Numbers, cube: Cube, other: Numbers) -> Iterator[tuple[frozenset[int], Bond]]:
    """Yield the bonds of one cube, and the dimensions of the table of which its cells say a leaf."""
    if not set(cube.filter) <= set(table.filter):
        return
    leaf = [{node.key: at for at, node in enumerate(axis.nodes)} for axis in table.axes]
    missing = set(table.filter).difference(cube.filter)
    met = {node.key for axis in cube.axes for node in axis.nodes if node.key} & missing
    for choice in product(*(list(_choices(axis, leaf, met)) for axis in cube.axes)):
        said = [dim for _, dim in choice if dim is not None]
        if said:
            heads = other[np.ix_(*(nodes for nodes, _ in choice))]
            places = [
                [leaf[dim][axis.nodes[node].key] for node in nodes]
                for axis, (nodes, dim) in zip(cube.axes, choice, strict=True)
                if dim is not None
            ]
            rest = [dim for dim in range(len(leaf)) if dim not in said]
            parts = grid.transpose(*said, *rest)[np.ix_(*places)].reshape(heads.size, -1)
            full = all(len(some) == len(leaf[dim]) for dim, some in zip(said, places, strict=True))
            lines = np.concatenate([heads.reshape(-1, 1), parts], axis=1)
            another = (parts != heads.reshape(-1, 1)).all(axis=1)  # two levels may name one group: it is its own part
            yield frozenset(said), Bond(lines[another], bool(missing - met), full)


def _choices(
    axis: Axis, leaf: Sequence[Mapping[Pair | None, int]], met: set[Pair]
) -> Iterator[tuple[list[int], int | None]]:
    """Yield nodes of an axis, and the dimension of the other table whose leaves they are; None for none of them."""
    here = [at for at, node in enumerate(axis.nodes) if node.key in met]
    under = _under(axis, here) if here else range(len(axis.nodes))
    whole = here or [at for at, node in enumerate(axis.nodes) if node.key is None]
    for dim, places in enumerate(leaf):
        nodes = {axis.nodes[at].key: at for at in under if axis.nodes[at].key in places}
        if nodes:
            yield list(nodes.values()), dim
        if len(nodes) == len(places):
            whole = []
    yield from (([at], None) for at in whole)


def _under(axis: Axis, nodes: Sequence[int]) -> list[int]:
    """Return the nodes of which some others are sums, however deep."""
    parts = [part for whole, parts in axis.sums if whole in nodes for part in parts]
    return parts + _under(axis, parts) if parts else []


def some_persons(lines: sparse.csr_matrix, free: Numbers, own: Numbers, known: Flags) -> Numbers:
    """Return (n,) persons in the cells of tables that nobody prints, who add up to some figures; 0 elsewhere.

    lines: (m, n) lines @ x = 0. free: those cells, and who is counted besides them. own: (n,) the figures; known: (n,)
    which there are: where one is missing, or nobody is found, nobody is there.
    """
    found = np.zeros(lines.shape[1], dtype=np.int64)
    rows = np.flatnonzero(np.diff(lines[:, free].tocsr().indptr))
    inner = lines[rows][:, free].tocsc()
    printed = np.ones(lines.shape[1], dtype=np.int64)
    printed[free] = 0
    sums, missing = -(lines[rows] @ (own * printed)), abs(lines[rows]) @ (printed * ~known)
    column, row = components(inner)
    for part in np.unique(column):
        mine, some = column == part, row == part
        if not missing[some].any() and sums[some].any():
            found[free[mine]] = _made(inner[some][:, mine], sums[some])
    return found


def _made(rows: sparse.csc_matrix, sums: Numbers) -> Numbers:
    price = np.random.default_rng(0).uniform(1.0, 2.0, rows.shape[1])
    found = milp(price, constraints=LinearConstraint(rows, sums, sums), integrality=np.ones(rows.shape[1]))
    whole = np.zeros(rows.shape[1]) if found.x is None else np.rint(found.x)
    return whole.astype(np.int64)

"""Persons: who is counted in several tables is one person, with one place in a table of all that they say.

Runs in: worker, and anywhere an attacker may sit.   Sees: published axes only.
Areas by forms, forms by ages and ages by areas are three sides of one table. The attacker writes it down, cell by cell,
for each set of attributes that stand together pair by pair, and adds it up to what is published. Attributes that go
round in a longer circle are left to the checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final

from amana.disclosure.table import LARGEST, Axis, Cube, Key

_MOST: Final = 1_000  # cells of one such table that an attacker writes down

Pair = tuple[str, str]
Attribute = tuple[Pair, ...]  # its leaves
Row = tuple[tuple[int, int], ...]


def sums_of_unprinted(
    attacked: Sequence[Cube], number: Mapping[Key, int], first: int, *, kept: Sequence[Cube] = ()
) -> tuple[list[Row], int]:
    """Return sums of cells that nobody published, and how many such cells there are.

    number: which quantity each published cell is; the new ones are numbered from ``first``. None of a large release.
    kept:   older tables of the same persons, which the attacker does without where all together are too many; what
    those attacked say by themselves is written down in any case.
    """
    own, old = ({(cube.axes, cube.filter): cube for cube in some} for some in (attacked, kept))
    rows: list[Row] = []
    written: set[tuple[Key, tuple[Attribute, ...]]] = set()
    size = first
    for cubes in (list((old | own).values()), list(own.values())):
        for condition, together, sides in _circles(cubes):
            if (condition, together) not in written:
                written.add((condition, together))
                at = {leaf: place for place, leaf in enumerate(product(*together), size)}
                for side in sides:
                    if not any(set(side) < set(other) for other in sides):
                        rows += _sums(side, together, at, condition, number)
                size += len(at)
    return rows, size - first


def _circles(
    cubes: Sequence[Cube],
) -> Iterator[tuple[Key, tuple[Attribute, ...], frozenset[tuple[Attribute, ...]]]]:
    """Yield, among who meets a condition, attributes that stand together pair by pair, and what tables have of them."""
    if sum(cube.size for cube in cubes) > LARGEST:
        return
    for condition in dict.fromkeys(frozenset(cube.filter) for cube in cubes):
        tables = [table for cube in cubes for table in _tables(cube, condition)]
        for together in _together(tables):
            sides = frozenset(tuple(one for one in together if one in table) for table in tables)
            if prod(map(len, together)) <= _MOST and together not in sides:
                yield condition, together, sides


def _sums(
    side: Sequence[Attribute],
    together: Sequence[Attribute],
    at: Mapping[tuple[Pair, ...], int],
    condition: Key,
    number: Mapping[Key, int],
) -> Iterator[Row]:
    for chosen in product(*side):
        dims = {dim for dim, _ in chosen}  # who is in a part of what the condition says meets it
        head = number.get(frozenset(pair for pair in condition if pair[0] not in dims).union(chosen))
        said = dict(zip(side, chosen, strict=True))
        parts = product(*([said[one]] if one in said else one for one in together))
        if head is not None:
            yield ((head, -1), *((at[part], 1) for part in parts))


def _tables(cube: Cube, condition: Key) -> Iterator[tuple[Attribute, ...]]:
    """Yield the attributes of a table among who meets a condition, once for each of several answers."""
    missing = condition.difference(cube.filter)
    met = [missing.intersection(node.key for node in axis.nodes if node.key) for axis in cube.axes]
    if condition.issuperset(cube.filter) and missing == frozenset().union(*met):
        splits = [list(_splits(axis, here)) for axis, here in zip(cube.axes, met, strict=True)]
        for choice in product(*splits):
            yield tuple(one for one in choice if len(one) > 1)


def _splits(axis: Axis, here: Key) -> Iterator[Attribute]:
    """Yield the leaves of an axis, once for each of several answers; of its node ``here``, those below."""
    sums: dict[int, list[tuple[int, ...]]] = {}
    for parent, children in axis.sums:
        sums.setdefault(parent, []).append(children)

    def below(node: int) -> Iterator[tuple[int, ...]]:
        for children in sums.get(node, ()):
            for parts in product(*map(below, children)):
                yield tuple(leaf for part in parts for leaf in part)
        if node not in sums:
            yield (node,)

    roots = [at for at, node in enumerate(axis.nodes) if (node.key in here if here else node.key is None)]
    for root in roots:
        for way in below(root):
            yield tuple(sorted(key for leaf in way if (key := axis.nodes[leaf].key)))


def _together(tables: Sequence[Sequence[Attribute]]) -> list[tuple[Attribute, ...]]:
    """Return the largest sets of attributes of which each two stand in one table (Bron, Kerbosch 1973)."""
    beside = {
        one: {other for table in tables if one in table for other in table} - {one} for each in tables for one in each
    }
    found: list[tuple[Attribute, ...]] = []

    def grow(chosen: tuple[Attribute, ...], left: set[Attribute], done: set[Attribute]) -> None:
        if not left and not done:
            found.append(tuple(sorted(chosen)))
        for one in sorted(left):
            grow((*chosen, one), left & beside[one], done & beside[one])
            left, done = left - {one}, done | {one}

    grow((), set(beside), set())
    return found

"""Circles: the tables that nobody declared, without which sums need not be of persons.

Runs in: worker.   Sees: declared axes only, no counts.
Tables that go round (area by form, form by age, area by age) can agree on all their sums and yet be of nobody: a person
has all three at once. So each knot of attributes that declared tables tie in a circle gets a table of its own, which is
never printed. Whatever can be taken off a circle, table by table, needs none: such tables are of persons as soon as
their sums agree, and where attributes are joined until no circle of four is left, the tables of the knots are enough
(Vorob'ev 1962; Beeri, Fagin, Maier, Yannakakis 1983; Lauritzen, Graphical Models, 1996).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import Final

import numpy as np

from amana.disclosure.table import LARGEST, Axis, Cube, Flags, Key, Node

_MOST: Final = 1_000  # cells of one such table; what is larger stays open

Attribute = Key  # one way to split everybody: the keys of its leaves, or of a condition alone
Trace = frozenset[Attribute]
_Said = tuple[str, str] | None


def unprinted(cubes: Sequence[Cube], standing: Sequence[Cube] = ()) -> tuple[Cube, ...]:
    """Return the tables that close the circles of some declared ones, and those in which two of them meet.

    standing: those that were published before; left out where the cells of all are more than ``LARGEST``. What the
    declared ones close by themselves is there whatever stands.
    Empty where there is no circle, or the cells of the declared ones are more.
    """
    found: dict[tuple[tuple[Axis, ...], Key], None] = {}
    every = {(cube.axes, cube.filter): cube for cube in (*standing, *cubes)}
    for some in dict.fromkeys((tuple(every.values()), tuple(cubes))):
        if sum(cube.size for cube in some) <= LARGEST:
            found |= dict.fromkeys(_closing(some))
    return tuple(
        Cube(f"unprinted {at}", axes, tuple(sorted(having)), printed=False)
        for at, (axes, having) in enumerate(found, 1)
    )


def _closing(cubes: Sequence[Cube]) -> Iterator[tuple[tuple[Axis, ...], Key]]:
    """Yield the axes and the conditions of the tables that close the circles of some cubes."""
    for conditions in dict.fromkeys(frozenset(cube.filter) for cube in cubes):
        among = [cube for cube in cubes if frozenset(cube.filter) <= conditions]
        within: dict[Attribute, set[tuple[str, str]]] = {}  # by attribute, the groups that are named with it
        for axis in dict.fromkeys(axis for cube in among for axis in cube.axes):
            some = ways(axis, conditions)
            for way in some:
                named = way if len(some) > 1 else {node.key for node in axis.nodes if node.key}
                within.setdefault(way, set()).update(named)
        finer = {one: [way for way in within if _refines(way, one, within[way])] for one in within}
        traces = [trace for cube in among for trace in _traces(cube, conditions)]
        traces = [trace | {one for one in finer if not trace.isdisjoint(finer[one])} for trace in traces]
        for knot in knots(traces):
            axes = [_axis(attribute) for attribute in knot if len(attribute) > 1]
            if axes and math.prod(len(axis.nodes) for axis in axes) <= _MOST:
                having = conditions | {pair for attribute in knot if len(attribute) == 1 for pair in attribute}
                yield tuple(sorted(axes, key=lambda axis: [node.key for node in axis.nodes])), having


def _axis(attribute: Attribute) -> Axis:
    keys = sorted(attribute)
    return Axis(keys[0][0], tuple(Node(key[1], key) for key in keys))


def _refines(fine: Attribute, coarse: Attribute, named: set[tuple[str, str]]) -> bool:
    """Return whether who knows the one knows the other: it names all of its groups but the rest."""
    return fine != coarse and len(coarse - named) <= 1 and not coarse.isdisjoint(named) and not coarse > fine


def _traces(cube: Cube, conditions: Key) -> Iterator[Trace]:
    """Yield by which attributes a cube splits everybody, conditions among them; each of several answers in turn."""
    missing = conditions - frozenset(cube.filter)
    met, splits = set(cube.filter), []
    for axis in cube.axes:
        met |= missing & {node.key for node in axis.nodes if node.key}
        splits.append([way for way in ways(axis, missing) if len(way) > 1])
    for choice in product(*(each or [frozenset[tuple[str, str]]()] for each in splits)):
        yield frozenset([*filter(None, choice), *(frozenset([pair]) for pair in met)])


def ways(axis: Axis, conditions: Key = frozenset()) -> list[Attribute]:
    """Return the ways to split everybody on an axis, or who meets one of its conditions, each down to its leaves."""
    tops = {node.key for node in axis.nodes} & conditions or {None}
    root = next((at for at, node in enumerate(axis.nodes) if node.key in tops), None)
    if root is None:
        parents = {parent for parent, _ in axis.sums}
        return [frozenset(node.key for at, node in enumerate(axis.nodes) if node.key and at not in parents)]
    return [frozenset(key for at in way if (key := axis.nodes[at].key)) for way in _below(axis, root)]


def _below(axis: Axis, node: int) -> Iterator[tuple[int, ...]]:
    splits = [children for parent, children in axis.sums if parent == node]
    if not splits:
        yield (node,)
    for children in splits:
        for parts in product(*(list(_below(axis, child)) for child in children)):
            yield tuple(leaf for part in parts for leaf in part)


def is_empty(table: Cube, cubes: Iterable[Cube]) -> Flags:
    """Return shape ``table.shape``: cells of an unprinted table that say of one person what excludes each other.

    Where one attribute of the table refines another, whoever is in a part is in the whole that a declared axis says.
    """
    places = [[node.key for node in axis.nodes] for axis in table.axes]
    found = np.zeros(table.shape, dtype=np.bool_)
    for axis in dict.fromkeys(axis for cube in cubes if cube.printed for axis in cube.axes):
        wholes = {node.key: _leaves(axis, at) for at, node in enumerate(axis.nodes)}
        for one, other in permutations(range(len(places)), 2):
            named = [key for key in places[other] if key in wholes]
            if named and set(places[one]) <= wholes.keys():
                wrong = np.array([_excluded(leaf, places[other], wholes) for leaf in places[one]])
                if not wrong.all(axis=1).any():  # else these are two of several answers
                    np.moveaxis(found, (one, other), (0, 1))[wrong] = True
    return found


def _leaves(axis: Axis, node: int) -> set[_Said]:
    return {axis.nodes[leaf].key for way in _below(axis, node) for leaf in way}


def _excluded(leaf: _Said, groups: Sequence[_Said], wholes: Mapping[_Said, set[_Said]]) -> list[bool]:
    """Return which of some groups a leaf is none of: those named that do not hold it, and the rest where one does."""
    held = [leaf in wholes.get(key, ()) for key in groups]
    return [not here and (any(held) or key in wholes) for here, key in zip(held, groups, strict=True)]


def knots(traces: Iterable[Trace]) -> Iterator[Trace]:
    """Yield the knots of all circles, and what two of them share where no trace has it."""
    left = _core(traces)
    every: set[Attribute] = set().union(*left)
    beside = {one: set[Attribute]().union(*(each for each in left if one in each)) - {one} for one in every}
    found: list[Trace] = []
    while beside:
        one = min(beside, key=lambda each: (_apart(beside, each), sorted(each)))
        knot = frozenset({one, *beside[one]})
        if not any(knot <= other for other in found):
            found.append(knot)
        for each in beside.pop(one):
            beside[each] = (beside[each] | knot) - {one, each}
    tables = [knot for knot in found if not any(knot <= trace for trace in left)]
    yield from tables
    for one_knot, other in combinations(tables, 2):
        if not any(one_knot & other <= trace for trace in left):
            yield one_knot & other


def _apart(beside: dict[Attribute, set[Attribute]], one: Attribute) -> int:
    return sum(other not in beside[each] for each, other in combinations(beside[one], 2))


def _core(traces: Iterable[Trace]) -> list[Trace]:
    """Return what is left of some tables once nothing can be taken off any more (Graham 1979; Yu, Ozsoyoglu 1979)."""
    left = list(dict.fromkeys(traces))
    while True:
        every = [one for each in left for one in each]
        less = list(dict.fromkeys(frozenset(one for one in each if every.count(one) > 1) for each in left))
        less = [each for each in less if not any(each < other for other in less)]
        if less == left:
            return left if len(left) > 1 else []
        left = less

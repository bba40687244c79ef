"""The axes of a cube: which codes are counted, and which margins stand above them.

Runs in: worker and committee (tabulating); wherever a plan's shape is needed.
Sees: the codebook and a plan; no count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import AREA, NOT_APPLICABLE, NOT_RECORDED, TOTAL, UNKNOWN, Codebook, CodeList, Kind, Variable
from amana.disclosure.table import Axis, Cube, Node
from amana.plans.plan import CubePlan, Plan

_LAST: Final = (NOT_APPLICABLE, UNKNOWN)  # printed after every other code


@dataclass(frozen=True)
class Dimension:
    """One dimension of a cube, as counted and as published.

    leaves:  what is counted, in code-list order; for a multi-response variable ``g, g:_O`` for each code g.
    place:   (storable codes,) the leaf that each storable code belongs to; empty for a multi-response variable.
    unknown: the leaf of whoever was not asked; 0 for a multi-response variable, which needs none.
    members: for a multi-response variable, the storable codes under each g; else empty.
    axis:    every published node: ``_T``, levels of the hierarchy, leaves.
    nodes:   (nodes, leaves) 0/1: node = Σ of these leaves.
    """

    variable: str
    leaves: tuple[str, ...]
    place: NDArray[np.int64]
    unknown: int
    members: tuple[tuple[str, ...], ...]
    axis: Axis
    nodes: NDArray[np.int64]

    @property
    def multi(self) -> bool:
        """Whether several codes may apply to one person."""
        return bool(self.members)


def dimensions(cube: CubePlan, plan: Plan, book: Codebook) -> tuple[Dimension, ...]:
    """Return the dimensions that a committee counts, in the order of ``cube.by`` (REF_AREA left out)."""
    variables = [book.dataflow(plan.dataflow).variable(name) for name in cube.variables]
    return tuple((_multi if one.kind is Kind.MULTI else _coded)(one, book.list_of(one), cube) for one in variables)


Lines = Mapping[str, tuple[str, ...]]  # by code, the coarser codes that hold it, nearest first


@dataclass(frozen=True)
class When:
    """What the committees' axis depends on beside the members: the day of the grouping, and who has sent something."""

    day: date
    senders: frozenset[str]


def area(members: Sequence[str], lines: Lines | None = None, senders: Collection[str] = ()) -> Axis:
    """Return the REF_AREA axis: the regional total, sub-regions where some are named, and each member committee.

    lines:   of each member, the sub-region that it stands under, if any.
    senders: who has sent something; a sub-region of which only one has is one quantity with it, under two codes.
    """
    lines = {member: (lines or {}).get(member, ()) for member in members}
    codes = _in_tree_order(members, lines)
    lone = _lone(lines, senders)
    keys = {code: (AREA, lone.get(code, code)) for code in codes if code != TOTAL}
    summed = {member: tuple(code for code in line if code not in lone) for member, line in lines.items()}
    return Axis(AREA, tuple(Node(code, keys.get(code)) for code in codes), _sums(codes, summed))


def _lone(lines: Lines, senders: Collection[str]) -> dict[str, str]:
    """Return, of each sub-region in which only one committee has sent something, that committee."""
    sent: dict[str, list[str]] = {}
    for member, line in lines.items():
        for code in line if member in senders else ():
            sent.setdefault(code, []).append(member)
    return {code: some[0] for code, some in sent.items() if len(some) == 1}


def parts(axis: Axis) -> Mapping[str, tuple[str, ...]]:
    """Return, by the code of each node that sums others, or is a second name of one, the codes of these."""
    codes = [node.code for node in axis.nodes]
    named = [(node.code, node.key[1]) for node in axis.nodes if node.key is not None and node.key[1] in codes]
    second = {code: (of,) for code, of in named if code != of}
    return second | {codes[whole]: tuple(codes[part] for part in some) for whole, some in axis.sums}


def above(axis: Axis) -> Lines:
    """Return, by the code of each node but the total, the codes of the axis that hold it."""
    holds = {part: code for code, some in parts(axis).items() if code != TOTAL for part in some}
    return {node.code: tuple(_chain(node.code, holds)) for node in axis.nodes if node.code != TOTAL}


def _chain(code: str, holds: Mapping[str, str]) -> Iterator[str]:
    while code in holds:
        yield (code := holds[code])


def sub_regions(members: Sequence[str], on: date, book: Codebook) -> Lines:
    """Return the sub-region that each member stands under, as on that day; nothing for who stands under the region.

    A sub-region of one member, or of all, would be a second name of one figure, and is not there. It depends on who
    is a member and not on who has sent something, so that all who hold the bundle draw the same axis.
    """
    found = {member: book.sub_region(member, on) for member in members}
    groups = list(found.values())
    named = {code for code in groups if code is not None and 1 < groups.count(code) < len(members)}
    return {member: (code,) for member, code in found.items() if code in named}


def shape_of(cube: CubePlan, plan: Plan, book: Codebook, members: Sequence[str], when: When | None = None) -> Cube:
    """Return the cube that a release of this plan publishes: axes in the order of ``by``.

    when: asked for where the plan names sub-regions; None for an axis without them.
    """
    own = area(members)
    if when is not None and AREA in cube.levels:
        own = area(members, sub_regions(members, when.day, book), when.senders)
    axes = {each.variable: each.axis for each in dimensions(cube, plan, book)} | {AREA: own}
    return Cube(cube.id, tuple(axes[name] for name in cube.by), _filter(cube, plan, book))


def _filter(cube: CubePlan, plan: Plan, book: Codebook) -> tuple[tuple[str, str], ...]:
    dataflow = book.dataflow(plan.dataflow)
    return tuple(
        (f"{name}.{code}", "1") if dataflow.variable(name).kind is Kind.MULTI else (name, code)
        for name, code in cube.filter
    )


def _coded(variable: Variable, codelist: CodeList, cube: CubePlan) -> Dimension:
    name, level = variable.id, cube.levels[variable.id]
    if name in cube.codes:
        return _chosen(name, codelist, cube.codes[name])
    rolled = [codelist.roll(code, level) for code in codelist.storable]
    above = {parent for code in rolled for parent in codelist.ancestors(code)}
    # Someone known to be a minor, of unknown age, is counted beside the bands and not as the margin over them.
    leaf_of = [code if target in above else target for code, target in zip(codelist.storable, rolled, strict=True)]
    order = [*(code.id for code in codelist.codes if code.id not in _LAST), *_LAST]
    leaves = tuple(sorted(set(leaf_of), key=order.index))
    lines = {leaf: codelist.ancestors(leaf) for leaf in leaves}
    codes = _in_tree_order(leaves, lines)
    axis = Axis(name, _nodes(name, codes), _sums(codes, lines))
    matrix = np.array([[code in (leaf, TOTAL, *lines[leaf]) for leaf in leaves] for code in codes], dtype=np.int64)
    place = np.array([leaves.index(leaf) for leaf in leaf_of], dtype=np.int64)
    return Dimension(name, leaves, place, _unknown(codelist, place), (), axis, matrix)


def _chosen(name: str, codelist: CodeList, codes: Sequence[str]) -> Dimension:
    """Return a flat dimension of some codes, and ``_O`` for whoever has none of them."""
    lines = [(code, *codelist.ancestors(code)) for code in codelist.storable]
    leaf_of = [next((code for code in codes if code in line), NOT_RECORDED) for line in lines]
    leaves = tuple(code for code in (*codes, NOT_RECORDED) if code in leaf_of)
    keys = [(name, code if code != NOT_RECORDED else f"{NOT_RECORDED}:{','.join(sorted(codes))}") for code in leaves]
    nodes = (Node(TOTAL, None), *(Node(leaf, key) for leaf, key in zip(leaves, keys, strict=True)))
    axis = Axis(name, nodes, ((0, tuple(range(1, len(nodes)))),))
    matrix = np.vstack((np.ones(len(leaves)), np.eye(len(leaves)))).astype(np.int64)
    place = np.array([leaves.index(leaf) for leaf in leaf_of], dtype=np.int64)
    return Dimension(name, leaves, place, _unknown(codelist, place), (), axis, matrix)


def _unknown(codelist: CodeList, place: NDArray[np.int64]) -> int:
    """Return the leaf of ``_U``; a list without one is only ever required, so that its answer is not looked up."""
    return int(place[codelist.storable.index(UNKNOWN)]) if UNKNOWN in codelist.storable else 0


def _in_tree_order(leaves: Sequence[str], lines: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return ``_T``, then each branch from its coarsest code down, as a table would print them."""
    first: dict[str, int] = {}
    for place, leaf in enumerate(leaves):
        for code in (leaf, *lines[leaf]):
            first.setdefault(code, place)
    paths = [(*reversed(lines[leaf]), leaf) for leaf in leaves]
    ordered = sorted(paths, key=lambda path: [first[code] for code in path])
    return tuple(dict.fromkeys((TOTAL, *(code for path in ordered for code in path))))


def _nodes(name: str, codes: Sequence[str]) -> tuple[Node, ...]:
    return tuple(Node(code, None if code == TOTAL else (name, code)) for code in codes)


def _sums(codes: Sequence[str], lines: Mapping[str, tuple[str, ...]]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    children: dict[str, dict[str, None]] = {code: {} for code in codes}
    for leaf, line in lines.items():
        path = (leaf, *line, TOTAL)
        for child, parent in pairwise(path):
            children[parent][child] = None
    number = {code: place for place, code in enumerate(codes)}
    return tuple(
        (number[code], tuple(sorted(number[each] for each in under))) for code, under in children.items() if under
    )


def _multi(variable: Variable, codelist: CodeList, cube: CubePlan) -> Dimension:
    name, level = variable.id, cube.levels[variable.id]
    groups: dict[str, list[str]] = {}
    for code in codelist.storable:
        groups.setdefault(codelist.roll(code, level), []).append(code)
    chosen = cube.codes.get(name, tuple(groups))
    whole = len(chosen) == len(groups)
    groups = {group: groups[group] for group in chosen}
    leaves = tuple(leaf for group in groups for leaf in (group, f"{group}:{NOT_RECORDED}"))
    keys = [(f"{name}.{group}", answer) for group in groups for answer in ("1", NOT_RECORDED)]
    nodes = (Node(TOTAL, None), *(Node(leaf, key) for leaf, key in zip(leaves, keys, strict=True)))
    yes = tuple(range(1, len(nodes), 2))
    axis = Axis(name, nodes, tuple((0, (each, each + 1)) for each in yes), _covers(variable, groups, yes, whole=whole))
    matrix = np.vstack((np.arange(len(leaves)) < 2, np.eye(len(leaves)))).astype(np.int64)  # noqa: PLR2004 - first pair
    return Dimension(name, leaves, np.array([], dtype=np.int64), 0, tuple(map(tuple, groups.values())), axis, matrix)


def _covers(
    variable: Variable, groups: Mapping[str, Sequence[str]], yes: Sequence[int], *, whole: bool
) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return what anyone may conclude from the rules of intake, which are public.

    Who answered "unknown" has no other answer; to a required question everybody has at least one.
    """
    alone = [number for group, number in zip(groups, yes, strict=True) if groups[group] == [variable.residual]]
    apart = tuple(((other + 1,), number) for number in alone for other in yes if other != number)
    return (*apart, (tuple(yes), 0)) if alone and variable.required and whole else apart

"""Whether the cubes of a plan can be protected as one linked system, before anybody counts anything.

Runs in: every process and at the committee.
Sees: a plan's cubes and code lists; no count.

Two cubes may cut the same persons in two ways only where one cut refines the other and names its groups; then sums and
rests bind all cells. Morocco alone beside Tunisia alone does not: everybody less the two is a third group that nobody
declared, and subtraction gives it. The same holds for filters, which are cuts in two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Final, Protocol

from amana.codebook.model import CodeList, Variable

_REST: Final = "_O"


class Table(Protocol):
    """What is asked of a cube's plan."""

    @property
    def by(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def variables(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def levels(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def codes(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def filter(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Shape:
    """A cube as it is published, where nobody has its plan. nodes: by variable, the codes on its axis but the total."""

    by: tuple[str, ...]
    variables: tuple[str, ...]
    nodes: Mapping[str, frozenset[str]]
    filter: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Cut:
    """One way to cut a variable. groups: storable code → group; nodes: the groups, and sums of groups, with a name."""

    groups: Mapping[str, str]
    nodes: frozenset[str]

    def is_refined_by(self, finer: _Cut) -> bool:
        """Whether each group of ``finer`` lies in one of ours, and ``finer`` names each of ours but the rest."""
        within: dict[str, set[str]] = {}
        for code, group in finer.groups.items():
            within.setdefault(group, set()).add(self.groups[code])
        named = set(self.groups.values()) - {_REST} <= finer.nodes
        return named and all(len(ours) == 1 for ours in within.values())


def unlinked(cubes: Sequence[Table | Shape], codelist_of: Callable[[str], CodeList | None]) -> str | None:
    """Return the variable by which some cubes cut the same persons in ways that no equation binds; None if all do.

    codelist_of: the code list of a single-response variable, None for any other.
    """
    variables = {name for cube in cubes for name in (*cube.variables, *dict(cube.filter))}
    apart = {name for name in variables if all(name in dict(cube.filter) for cube in cubes)}  # never added up
    for name in sorted(variables - apart):
        codelist = codelist_of(name)
        if codelist is None:
            continue
        for one, other in combinations(set(_cuts(cubes, name, codelist)), 2):
            if not (one.is_refined_by(other) or other.is_refined_by(one)):
                return name
    filters = {frozenset(pair for pair in cube.filter if pair[0] not in apart) for cube in cubes}
    for wide, narrow in permutations(filters, 2):
        if wide < narrow and len(narrow - wide) > 1:  # "not both" is a group that neither names
            return min(narrow - wide)[0]
    parts = {frozenset(pair for pair in cube.filter if pair[0] in apart) for cube in cubes}
    several = {name for name in variables if codelist_of(name) is None}
    found = (_filters_apart([cube for cube in cubes if part <= {*cube.filter}], several) for part in parts)
    return min(filter(None, found), default=None)


def _filters_apart(cubes: Sequence[Table | Shape], several: Collection[str]) -> str | None:
    """Return the variable of two filters of which neither holds the other, where cubes bind those who meet both.

    Women by form, children by form, and sex by age go round in a circle of which each filter sees a part. A filter is
    let be where all that its cubes share with others stands in one that is wider.

    several: the variables of several answers, of which a cube need not have the same as another.
    """
    said = [({*cube.filter}, {*cube.by, *dict(cube.filter)}) for cube in cubes]
    bound = []
    for one in {frozenset(cube.filter) for cube in cubes}:
        inside = {name for having, names in said for name in names if having == one}
        shared = {name for having, names in said for name in names if having != one} & inside
        wider = (names.difference(several).union(dict(having)) for having, names in said if having < one)
        if not any(shared <= names for names in wider):
            bound.append(one)
    apart = (one ^ other for one, other in combinations(bound, 2) if not (one <= other or other <= one))
    return min((name for some in apart for name, _ in some), default=None)


def answers_apart(cubes: Iterable[Table | Shape], variable: Variable, codelist: CodeList) -> bool:
    """Return whether answers to a multi-response question are bound that no cube names together.

    "Not known" by one cube and another answer by the next; or all answers by some of which none has them all.
    """
    name, unknown = variable.id, variable.residual
    asking = [cube for cube in cubes if name in (*cube.variables, *dict(cube.filter))]
    named = {_answers(cube, name, codelist) for cube in asking}
    every = [{codelist.roll(code, level) for code in codelist.storable} for level in codelist.levels]
    some = [each for each in named if not any(each >= whole for whole in every)]
    together = any(frozenset().union(*some) >= whole for whole in every)
    pairs = permutations(named, 2)
    return unknown is not None and (
        together or any(unknown in one and unknown not in other and not other <= one for one, other in pairs)
    )


def _answers(cube: Table | Shape, name: str, codelist: CodeList) -> frozenset[str]:
    if name not in cube.variables:
        return frozenset([dict(cube.filter)[name]])
    if isinstance(cube, Shape):
        return cube.nodes[name]
    every = (codelist.roll(code, cube.levels[name]) for code in codelist.storable)
    return frozenset(cube.codes.get(name, every))


def _cuts(cubes: Sequence[Table | Shape], name: str, codelist: CodeList) -> Iterator[_Cut]:
    for cube in cubes:
        if isinstance(cube, Shape) and name in cube.variables:
            yield _by_nodes(codelist, cube.nodes[name])
        elif not isinstance(cube, Shape) and name in cube.variables:
            chosen = cube.codes.get(name)
            yield _by_level(codelist, cube.levels[name]) if chosen is None else _by_codes(codelist, chosen)
        elif name in dict(cube.filter):
            yield _by_codes(codelist, (dict(cube.filter)[name],))


def _by_level(codelist: CodeList, level: str) -> _Cut:
    groups = {code: codelist.roll(code, level) for code in codelist.storable}
    above = {ancestor for group in groups.values() for ancestor in codelist.ancestors(group)}
    return _Cut(_Frozen(groups), frozenset(groups.values()) | above)


def _by_codes(codelist: CodeList, chosen: Sequence[str]) -> _Cut:
    groups = {}
    for code in codelist.storable:
        line = (code, *codelist.ancestors(code))
        groups[code] = next((one for one in line if one in chosen), _REST)
    return _Cut(_Frozen(groups), frozenset(chosen))


def _by_nodes(codelist: CodeList, nodes: frozenset[str]) -> _Cut:
    lines = {code: (code, *codelist.ancestors(code)) for code in codelist.storable}
    groups = {code: next((one for one in line if one in nodes), _REST) for code, line in lines.items()}
    return _Cut(_Frozen(groups), nodes)


class _Frozen(dict[str, str]):
    """A mapping that may stand in a set: it is never changed."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

"""Who knows what besides the publication: the outsider, each insider, and committees that put it together.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.linked.system import System
from amana.disclosure.table import AREA, Cube, Insider, RawTable, Rule


@dataclass(frozen=True)
class Parties:
    """All parties, the outsider first.

    known: (n, p) persons of each quantity that the party knows by name; the truth is never below.
    own:   (n, p) publicly nobody but the party can be in it, so that it knows the count: no party to that cell.
    """

    names: tuple[str, ...]
    known: NDArray[np.int32]
    own: NDArray[np.bool_]


def parties(raw: RawTable, rule: Rule, system: System) -> Parties:
    """Return everybody whom the rule protects against."""
    joined = list(_coalitions(raw.insiders, rule.coalition)) if rule.coalition else []
    size = len(system.truth)
    known = np.zeros((size, 1 + len(joined)), dtype=np.int32)
    own = np.zeros((size, 1 + len(joined)), dtype=np.bool_)
    single = {each.name: _known(raw.cubes, each, system) for each in raw.insiders} if joined else {}
    for place, members in enumerate(joined, 1):
        known[:, place] = sum(single[each.name] for each in members)
        own[:, place] = _own(raw, members, system, zeros_hidden=rule.zeros_hidden)
    names = ("", *("+".join(each.name for each in members) for members in joined))
    return Parties(names, known, own)


def _coalitions(insiders: Sequence[Insider], most: int) -> Iterator[tuple[Insider, ...]]:
    """Yield the pairs first: what they cannot rule out, neither of them can."""
    committees = [each for each in insiders if each.committee]
    for size in range(most, 1, -1):
        yield from combinations(committees, size)
    yield from ((each,) for each in insiders)


def _known(cubes: Sequence[Cube], insider: Insider, system: System) -> NDArray[np.int64]:
    counts = np.zeros(system.cells, dtype=np.int64)
    for cube in cubes:
        counts[system.numbers[cube.id]] = insider.counts[cube.id]
    return system.completed(counts)


def _own(raw: RawTable, members: Sequence[Insider], system: System, *, zeros_hidden: bool) -> NDArray[np.bool_]:
    """Return (n,) whether only the members' own registrations can be in a quantity, as anybody knows."""
    own = np.zeros(len(system.truth), dtype=np.bool_)
    for cube in raw.cubes:
        for dim, axis in enumerate(cube.axes):
            if axis.dim == AREA:
                codes = {code for each in members if each.committee for code in _areas(cube, dim, each, raw)}
                mine = [node for node, each in enumerate(axis.nodes) if each.code in codes]
                own[np.take(system.numbers[cube.id], mine, axis=dim)] = True
    public = system.fixed | ((system.truth == 0) & (not zeros_hidden))
    public[system.cells :] = False
    heads, tails = system.halves
    while True:
        others = tails @ (~(own | public)).astype(np.int64)
        whole = heads.T @ ((others == 0) & (tails @ own.astype(np.int64) > 0)).astype(np.int64) > 0
        if not (whole & ~own).any():
            return own
        own |= whole


def _areas(cube: Cube, dim: int, insider: Insider, raw: RawTable) -> Iterator[str]:
    """Yield the codes of the areas whose registrations are all the committee's."""
    others = tuple(each for each in range(len(cube.axes)) if each != dim)
    everybody, mine = raw.counts[cube.id].sum(axis=others), insider.counts[cube.id].sum(axis=others)
    for node, count, part in zip(cube.axes[dim].nodes, everybody, mine, strict=True):
        if node.key is not None and (node.code == insider.name or (count == part and count > 0)):
            yield node.code

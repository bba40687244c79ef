"""Seeded faults: small releases that are sound, faults planted in them, and every world tried one by one. For tests.

Nothing here asks the checker or the suppressor: whether a fault leaks is found by writing down every table in whole
numbers that fits what a reader knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from random import Random

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Axis, Cube, Insider, Key, KnownFigure, Node, Publication, Status

K = 3
WAYS = (
    ("REF_AREA", "SEX"),
    ("REF_AREA", "AGE"),
    ("SEX", "AGE"),
)
CODES = {"REF_AREA": ("MAR", "TUN", "EGY"), "SEX": ("F", "M"), "AGE": ("Y", "O")}
Table = Mapping[Key, int]
Sums = Sequence[tuple[Key, tuple[Key, ...]]]
Counts = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Case:
    """What a party holds. past: older publications, oldest first. party: its own counts, or None."""

    publication: Publication
    past: tuple[Publication, ...] = ()
    known: tuple[KnownFigure, ...] = ()
    party: Insider | None = None


def axis(dim: str) -> Axis:
    nodes = (Node("_T", None), *(Node(code, (dim, code)) for code in CODES[dim]))
    return Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),))


def region(rng: Random) -> tuple[tuple[Cube, ...], Counts, Insider]:
    """Return linked cubes of one of several shapes, their true counts, and what Morocco counts of its own."""
    shape = rng.choice([WAYS[:1], WAYS[:2], WAYS, (WAYS[2],), (("REF_AREA", "SEX", "AGE"),)])
    cubes = tuple(Cube("-".join(dims).lower(), tuple(axis(dim) for dim in dims)) for dims in shape)
    people = [{dim: rng.choice(codes) for dim, codes in CODES.items()} for _ in range(rng.randint(9, 16))]
    own = [one for one in people if one["REF_AREA"] == "MAR"]
    return cubes, _counts(cubes, people), Insider("MAR", True, _counts(cubes, own))


def _counts(cubes: Sequence[Cube], people: Sequence[Mapping[str, str]]) -> dict[str, NDArray[np.int64]]:
    found = {}
    for cube in cubes:
        table = np.zeros(cube.shape, dtype=np.int64)
        for one in people:
            places = ((0, [node.code for node in each.nodes].index(one[each.dim])) for each in cube.axes)
            for index in product(*places):
                table[index] += 1
        found[cube.id] = table
    return found


def publish(cubes: tuple[Cube, ...], counts: Counts, hidden: frozenset[Key], *, zeros_hidden: bool) -> Publication:
    """Return what is seen when these cells are hidden, in every cube that has them."""
    status = {}
    for cube in cubes:
        marks = [cube.cell_key(index) in hidden for index in cube.indices()]
        status[cube.id] = np.array(marks).reshape(cube.shape).astype(np.uint8)
    values = {name: np.where(states == Status.SHOWN, counts[name], 0) for name, states in status.items()}
    return Publication(cubes, values, status, K, zeros_hidden)


class TooMany(Exception):
    """There are more worlds than it is worth to write down."""


def leaks(case: Case, patience: int = 800) -> bool:
    """Say whether the party can tell something that it must not, by writing down every world.

    Raises TooMany when there are more than ``patience`` of them.
    """
    now, shown, hidden = case.publication, dict[Key, int](), set[Key]()
    for publication in (*case.past, now):
        before = set(hidden) - shown.keys()
        for key, value in _cells(publication):
            if value is None:
                hidden.add(key)
                continue
            small = value < K and (value > 0 or now.zeros_hidden)
            if (publication is now and (small or key in before)) or shown.setdefault(key, value) != value:
                return True
    own = dict(_own(case))
    fixed = {key: count for key, count in own.items() if case.party and ("REF_AREA", case.party.name) in key}
    fixed |= {figure.key: figure.count for figure in case.known}
    least = 0 if now.zeros_hidden else 1
    floor = {key: max(own.get(key, 0), least if key in hidden else 0) for key in shown.keys() | hidden}
    if any(shown.get(key, count) != count for key, count in fixed.items()):
        return True
    worlds = list(_worlds(_sums(case), {**shown, **fixed}, floor, [patience]))
    for key in hidden - shown.keys() - fixed.keys():
        low, high = (pick((world[key] for world in worlds), default=0) for pick in (min, max))
        if not (low <= floor[key] and high >= K) and not (low >= K and high > low):
            return True
    return not worlds


def _cells(publication: Publication) -> Iterator[tuple[Key, int | None]]:
    for cube in publication.cubes:
        for index in cube.indices():
            is_shown = publication.status[cube.id][index] == Status.SHOWN
            yield cube.cell_key(index), int(publication.values[cube.id][index]) if is_shown else None


def _own(case: Case) -> Iterator[tuple[Key, int]]:
    for cube in case.publication.cubes if case.party else ():
        for index in cube.indices():
            yield cube.cell_key(index), int(case.party.counts[cube.id][index])


def _sums(case: Case) -> Sums:
    found: dict[tuple[Key, tuple[Key, ...]], None] = {}
    for cube in (cube for publication in (*case.past, case.publication) for cube in publication.cubes):
        for index in cube.indices():
            for dim, each in enumerate(cube.axes):
                line = [cube.cell_key((*index[:dim], node, *index[dim + 1 :])) for node in range(len(each.nodes))]
                found[line[0], tuple(line[1:])] = None
    return list(found)


def _worlds(sums: Sums, known: Table, floor: Table, budget: list[int]) -> Iterator[Table]:
    """Yield every table in whole numbers that fits, trying every number in turn."""
    budget[0] -= 1
    if budget[0] < 0:
        raise TooMany
    known, settled = dict(known), False
    while not settled:
        settled = True
        for parent, children in sums:
            unknown = [key for key in (parent, *children) if key not in known]
            total = sum(known[key] for key in children if key in known)
            if not unknown and known[parent] != total:
                return
            if len(unknown) == 1:
                value = total if unknown[0] == parent else known[parent] - total
                if value < floor[unknown[0]]:
                    return
                known[unknown[0]], settled = value, False
    waiting = [
        (
            [key for key in children if key not in known],
            known[parent] - sum(known.get(key, floor[key]) for key in children),
        )
        for parent, children in sums
        if parent in known and any(key not in known for key in children)
    ]
    if not waiting:
        if floor.keys() - known.keys():
            raise TooMany  # a hidden total: without end
        yield known
        return
    unknown, room = min(waiting, key=lambda each: len(each[0]))
    for value in range(floor[unknown[0]], floor[unknown[0]] + room + 1):
        yield from _worlds(sums, {**known, unknown[0]: value}, floor, budget)


# Sound releases, and faults.


@dataclass(frozen=True)
class Sound:
    """A small release out of which nothing can be told, and the truth behind it."""

    cubes: tuple[Cube, ...]
    counts: Counts
    insider: Insider
    hidden: frozenset[Key]
    zeros_hidden: bool

    @property
    def case(self) -> Case:
        return Case(publish(self.cubes, self.counts, self.hidden, zeros_hidden=self.zeros_hidden))


def sound(rng: Random) -> Sound:
    """Return a sound release of chance: what is small is hidden, and ever more besides, until nothing can be told."""
    while True:
        cubes, counts, insider = region(rng)
        zeros_hidden = rng.random() < 0.6
        truth = {cube.cell_key(index): int(counts[cube.id][index]) for cube in cubes for index in cube.indices()}
        hidden = {key for key, count in truth.items() if count < K and (count > 0 or zeros_hidden)}
        more = [key for key, count in truth.items() if key and key not in hidden and (count > 0 or zeros_hidden)]
        rng.shuffle(more)
        for extra in (*more[:12], None):
            found = Sound(cubes, counts, insider, frozenset(hidden), zeros_hidden)
            try:
                if not leaks(found.case):
                    return found
            except TooMany:
                break
            hidden.add(extra)


def _showing(base: Sound, rng: Random, *, small: bool) -> Case | None:
    truth = {cube.cell_key(index): int(base.counts[cube.id][index]) for cube in base.cubes for index in cube.indices()}
    some = sorted((key for key in base.hidden if (truth[key] < K) == small), key=sorted)
    if not some:
        return None
    rest = base.hidden - {rng.choice(some)}
    return Case(publish(base.cubes, base.counts, rest, zeros_hidden=base.zeros_hidden))


def _wrong_margin(base: Sound, rng: Random) -> Case | None:
    case, cube = base.case, rng.choice(base.cubes)
    margins = [index for index in cube.indices() if 0 in index and case.publication.status[cube.id][index] == 0]
    if not margins:
        return None
    values = {name: each.copy() for name, each in case.publication.values.items()}
    values[cube.id][rng.choice(margins)] += rng.choice((-1, 1))
    return replace(case, publication=replace(case.publication, values=values))


def _rotated(base: Sound, rng: Random) -> Case:
    cube = rng.choice(base.cubes)
    status = dict(base.case.publication.status)
    status[cube.id] = np.roll(status[cube.id], 1, axis=rng.randrange(len(cube.axes)))
    values = {name: np.where(states == Status.SHOWN, base.counts[name], 0) for name, states in status.items()}
    return Case(replace(base.case.publication, status=status, values=values))


def _second_bundle(base: Sound, rng: Random) -> Case | None:
    older = _showing(base, rng, small=False)
    if older is None:
        return None
    both = (older.publication, base.case.publication)
    return Case(both[1], (both[0],)) if rng.random() < 0.5 else Case(both[0], (both[1],))


def _printed(base: Sound, rng: Random) -> Case | None:
    cells = [
        (cube.cell_key(index), int(base.counts[cube.id][index])) for cube in base.cubes for index in cube.indices()
    ]
    some = [KnownFigure(key, count, "report") for key, count in cells if key in base.hidden]
    return replace(base.case, known=(rng.choice(some),)) if some else None


FAULTS: Mapping[str, Callable[[Sound, Random], Case | None]] = {
    "a complement is shown": lambda base, rng: _showing(base, rng, small=False),
    "a small cell is shown": lambda base, rng: _showing(base, rng, small=True),
    "a margin is changed": _wrong_margin,
    "a mask is rotated": _rotated,
    "another bundle shows a hidden cell": _second_bundle,
    "a hidden cell is printed elsewhere": _printed,
    "a committee subtracts its own": lambda base, _rng: replace(base.case, party=base.insider),
}


def planted(rng: Random) -> Iterator[tuple[str, Case, bool]]:
    """Yield faults of every kind in turn, without end, each with whether it truly leaks.

    Some do not: a margin may be wrong by one and nobody can tell, a committee may know nothing that helps.
    """
    while True:
        base = sound(rng)
        for kind, plant in FAULTS.items():
            case = plant(base, rng)
            with suppress(TooMany):
                if case is not None:
                    yield kind, case, leaks(case)

"""Tabulate: records become counts, and the counts of several committees become one raw table.

Runs in: worker, and at a committee that keeps its records at home: the same kernel, so the same counts.
Sees: records and true counts; both stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import AREA, NOT_RECORDED, TOTAL, UNKNOWN, Codebook
from amana.codebook.period import last_day
from amana.codebook.records import Records
from amana.disclosure.table import SUPPRESSION, Cube, Insider, RawTable
from amana.plans.axes import Dimension, When, dimensions, shape_of
from amana.plans.axes import parts as parts_of
from amana.plans.impossible import impossible
from amana.plans.plan import CubePlan, Plan
from amana.tabulation.behind import ENOUGH, ENTITY, LINKS, Caseload, Span, caseloads, margins, span, told_apart
from amana.tabulation.placed import place


@dataclass(frozen=True, eq=False)
class Counts:
    """What one committee counted by one plan: leaf cells only, no margin.

    cubes:     by cube id, persons, int64, one axis per dimension but REF_AREA, in the order of ``by``.
    collected: the variables that the committee collected; what it did not collect is counted as unknown.
    single:    by link (EVENT, ENTITY) that was recorded, then by cube id: True where exactly one of them stands behind
               a count, by published nodes, margins included.
    caseloads: of each organisation that knows some of the persons, by cube id, its own leaf counts; no name.
    """

    committee: str
    dataflow: str
    period: str
    plan: str
    plan_digest: str
    codebook_digest: str
    collected: frozenset[str]
    cubes: Mapping[str, NDArray[np.int64]]
    single: Mapping[str, Mapping[str, NDArray[np.bool_]]] = field(default_factory=dict)
    caseloads: tuple[Caseload, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        about = (self.committee, self.dataflow, self.period, self.plan, self.plan_digest, self.codebook_digest)
        single = ((link, *_bytes(self.single[link])) for link in sorted(self.single))
        known = (tuple(_bytes(each)) for each in self.caseloads)
        return (about, self.collected, *_bytes(self.cubes), *single, *known)


def tabulate(records: Records, plan: Plan, book: Codebook, weights: NDArray[np.int64] | None = None) -> Counts:
    """Count the records by every cube of the plan.

    weights: (n,) how many units each row stands for, >= 0: OBS_VALUE of a table-only dataflow. None: one each.
    """
    return Counting(plan, book).of([records], weights)


class Counting:
    """Counts that grow while records are read, one block at a time: no more than a block need ever be held."""

    def __init__(self, plan: Plan, book: Codebook) -> None:
        """Begin with no block."""
        self._plan, self._book = plan, book
        self._whole: tuple[str, str, str, frozenset[str]] | None = None
        self._cubes: dict[str, NDArray[np.int64]] = {}
        self._spans: dict[tuple[str, str], Span] = {}
        self._caseloads: dict[str, dict[str, NDArray[np.int64]]] = {}

    def add(self, records: Records, weights: NDArray[np.int64] | None = None) -> None:
        """Count the next block of the same batch. Raises ValueError for a block of another."""
        links = {name: records.links[name] for name in LINKS if name in records.links}
        whole = (records.committee, records.dataflow, records.period, records.collected)
        if self._whole not in (None, whole):
            raise ValueError("the two parts are not counted alike")
        self._whole = whole
        weight = np.ones(len(records), dtype=np.int64) if weights is None else weights.astype(np.int64)
        for cube in self._plan.cubes:
            placed = place(records, cube, self._plan, self._book)
            counts = placed.count(weight)
            self._cubes[cube.id] = self._cubes[cube.id] + counts if cube.id in self._cubes else counts
            for link, said in links.items():
                behind, key = span(placed, said), (link, cube.id)
                self._spans[key] = self._spans[key].joined(behind) if key in self._spans else behind
            for name, known in caseloads(placed, links[ENTITY]).items() if ENTITY in links else ():
                mine = self._caseloads.setdefault(name, {})
                mine[cube.id] = mine[cube.id] + known if cube.id in mine else known

    def of(self, blocks: Iterable[Records], weights: NDArray[np.int64] | None = None) -> Counts:
        """Return the counts of all blocks. Raises ValueError where there is none."""
        for block in blocks:
            self.add(block, weights)
        counts = self.counts
        if counts is None:
            raise ValueError("there is no block to count")
        return counts

    @property
    def counts(self) -> Counts | None:
        """The counts of the blocks so far; None before the first."""
        if self._whole is None:
            return None
        committee, dataflow, period, collected = self._whole
        single: dict[str, dict[str, NDArray[np.bool_]]] = {}
        for (link, cube), behind in self._spans.items():
            dims = dimensions(self._plan.cube(cube), self._plan, self._book)
            single.setdefault(link, {})[cube] = behind.margins(dims) == 1
        nobody = {name: np.zeros_like(counts) for name, counts in self._cubes.items()}
        return Counts(
            committee,
            dataflow,
            period,
            self._plan.id,
            self._plan.digest,
            self._book.digest,
            collected,
            dict(self._cubes),
            single,
            told_apart({**nobody, **known} for known in self._caseloads.values()),
        )


def _bytes(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, tuple[int, ...], bytes]]:
    return [(name, counts.shape, counts.tobytes()) for name, counts in sorted(arrays.items())]


def assemble(parts: Sequence[Counts], plan: Plan, members: Sequence[str], book: Codebook) -> RawTable:
    """Return the raw table of all committees, with every margin.

    parts:   at most one per member; a member without one is absent: its cells are not collected, not zero.
    members: the committees of the REF_AREA axis, in its order. They lie in sub-regions as on the period's last day; of
             no part there is no period, and there are none.
    Raises ValueError when a part is of another plan, or of a committee that is no member: callers have checked.
    """
    by_committee = {part.committee: part for part in parts}
    if len(by_committee) != len(parts) or not by_committee.keys() <= set(members):
        raise ValueError("each part comes from another member committee")
    if any(part.plan_digest != plan.digest for part in parts):
        raise ValueError("a part was counted by another plan")
    senders = frozenset(by_committee if plan.method == SUPPRESSION else ())  # noise has a tree of sums, even of one
    when = When(last_day(parts[0].period), senders) if parts else None
    cubes = tuple(shape_of(cube, plan, book, members, when) for cube in plan.cubes)
    nobody = impossible(cubes, book.dataflow(plan.dataflow), book)
    absent, lone = {}, {}
    frame = _Frame(plan, cubes, members, book)
    for cube, shape in zip(plan.cubes, cubes, strict=True):
        dims = dimensions(cube, plan, book)
        missing = [_missing(by_committee.get(name), cube, dims) for name in members]
        absent[cube.id] = _with_region(np.stack(missing), shape, members, np.all) | nobody[cube.id]
        behind = [_with_region(np.stack(each), shape, members, np.sum) for each in _behind(by_committee, cube, frame)]
        least = np.minimum(*behind)
        lone[cube.id] = (least > 0) & (least < ENOUGH)
    insiders = [Insider(one.committee, True, frame.filled({one.committee: one.cubes})) for one in parts]  # noqa: FBT003 - a field's value
    within = [
        Insider(f"{one.committee}/{number}", False, frame.filled({one.committee: known}))  # noqa: FBT003 - a field's value
        for one in parts
        for number, known in enumerate(one.caseloads, 1)
    ]
    return RawTable(
        cubes,
        frame.filled({one.committee: one.cubes for one in parts}),
        absent,
        (*insiders, *within),
        lone,
    )


def at_home(counts: Counts, plan: Plan, book: Codebook) -> RawTable:
    """Return one committee's own raw table: it is its owner, and nobody from whom it would have to be protected."""
    raw = assemble([counts], plan, (counts.committee,), book)
    return replace(raw, insiders=tuple(one for one in raw.insiders if not one.committee))


def with_standing(raw: RawTable, stood: RawTable) -> RawTable:
    """Return a raw table with cubes that were published of the same persons before, by another plan.

    stood: these, assembled of the same parts.
    """
    pairs = zip(raw.insiders, stood.insiders, strict=True)
    return RawTable(
        (*raw.cubes, *stood.cubes),
        {**raw.counts, **stood.counts},
        {**raw.absent, **stood.absent},
        tuple(replace(one, counts={**one.counts, **other.counts}) for one, other in pairs),
        {**raw.lone, **stood.lone},
        raw.standing | {cube.id for cube in stood.cubes},
    )


@dataclass(frozen=True)
class _Frame:
    """The cubes of a release, still without a number in them. shapes: as published, in the order of the plan."""

    plan: Plan
    shapes: Sequence[Cube]
    members: Sequence[str]
    book: Codebook

    def filled(self, leaves: Mapping[str, Mapping[str, NDArray[np.int64]]]) -> Mapping[str, NDArray[np.int64]]:
        """Return every published cell by cube id; leaves: by committee, by cube id, leaf counts; nothing is 0."""
        pairs = zip(self.plan.cubes, self.shapes, strict=True)
        return {cube.id: self._filled(cube, shape, leaves) for cube, shape in pairs}

    def _filled(
        self, cube: CubePlan, shape: Cube, leaves: Mapping[str, Mapping[str, NDArray[np.int64]]]
    ) -> NDArray[np.int64]:
        dims = dimensions(cube, self.plan, self.book)
        nothing = np.zeros([len(dim.axis.nodes) for dim in dims], dtype=np.int64)
        counts = [margins(leaves[name][cube.id], dims) if name in leaves else nothing for name in self.members]
        return _with_region(np.stack(counts), shape, self.members, np.sum)


def _behind(by_committee: Mapping[str, Counts], cube: CubePlan, frame: _Frame) -> Iterator[list[NDArray[np.int64]]]:
    """Yield for each link how many stand behind the persons of each member, counted as far as ``ENOUGH``.

    Those of two committees are two: links are of a committee. Where a committee recorded none, each person is one.
    """
    dims = dimensions(cube, frame.plan, frame.book)
    nobody = np.zeros([len(dim.axis.nodes) for dim in dims], dtype=np.int64)
    persons = {name: margins(part.cubes[cube.id], dims) for name, part in by_committee.items()}
    for link in LINKS:
        behind = {
            name: np.where(by_committee[name].single[link][cube.id], 1, np.minimum(count, ENOUGH))
            if link in by_committee[name].single
            else np.minimum(count, ENOUGH)
            for name, count in persons.items()
        }
        yield [behind.get(name, nobody) for name in frame.members]


def _missing(part: Counts | None, cube: CubePlan, dims: Sequence[Dimension]) -> NDArray[np.bool_]:
    """Return where a member has nothing to say: all over when it sent nothing."""
    if part is None:
        return np.ones([len(dim.axis.nodes) for dim in dims], dtype=np.bool_)
    return gaps(part.collected, cube, dims)


def gaps(collected: frozenset[str], cube: CubePlan, dims: Sequence[Dimension]) -> NDArray[np.bool_]:
    """Return where a committee that collected these variables has nothing to say of a cube, by published nodes."""
    shape = [len(dim.axis.nodes) for dim in dims]
    if any(name not in collected and code != UNKNOWN for name, code in cube.filter):
        return np.ones(shape, dtype=np.bool_)
    found = np.zeros(shape, dtype=np.bool_)
    for number, dim in enumerate(dims):
        if dim.variable not in collected:
            said = [_says_something(node.code) for node in dim.axis.nodes]
            found |= np.array(said).reshape([-1 if place == number else 1 for place in range(len(dims))])
    return found


def _says_something(code: str) -> bool:
    return code not in {TOTAL, UNKNOWN, NOT_RECORDED} and not code.endswith(f":{NOT_RECORDED}")


def _with_region(
    by_member: NDArray[Any], cube: Cube, members: Sequence[str], reduce: Callable[..., NDArray[Any]]
) -> NDArray[Any]:
    """Return the members' parts (first axis) where the cube has REF_AREA, and what stands over them; else the region.

    A region, or a sub-region, is all the members below it.
    """
    dim = next((number for number, axis in enumerate(cube.axes) if axis.dim == AREA), None)
    if dim is None:
        return reduce(by_member, axis=0)
    axis = cube.axes[dim]
    under, found = parts_of(axis), []
    for node in axis.nodes:
        codes = members if node.key is None else under.get(node.code, (node.code,))
        found.append(reduce(by_member[[members.index(code) for code in codes]], axis=0))
    return np.moveaxis(np.stack(found), 0, dim)

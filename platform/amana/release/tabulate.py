"""Tabulate: records become counts, and the counts of several committees become one raw table.

Runs in: worker, and at a committee that keeps its records at home: the same kernel, so the same counts.
Sees: records and true counts; both stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import AREA, NOT_RECORDED, TOTAL, UNKNOWN, Codebook, Kind
from amana.codebook.records import YES, Records
from amana.disclosure.table import RawTable
from amana.release.axes import Dimension, dimensions, shape_of
from amana.release.plan import CubePlan, Plan


@dataclass(frozen=True, eq=False)
class Counts:
    """What one committee counted by one plan: leaf cells only, no margin.

    cubes:     by cube id, persons, int64, one axis per dimension but REF_AREA, in the order of ``by``.
    collected: the variables that the committee collected; what it did not collect is counted as unknown.
    """

    committee: str
    dataflow: str
    period: str
    plan: str
    plan_digest: str
    codebook_digest: str
    collected: frozenset[str]
    cubes: Mapping[str, NDArray[np.int64]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        about = (self.committee, self.dataflow, self.period, self.plan, self.plan_digest, self.codebook_digest)
        arrays = ((name, counts.shape, counts.tobytes()) for name, counts in sorted(self.cubes.items()))
        return (about, self.collected, *arrays)


def tabulate(records: Records, plan: Plan, book: Codebook, weights: NDArray[np.int64] | None = None) -> Counts:
    """Count the records by every cube of the plan.

    weights: (n,) how many units each row stands for, >= 0: OBS_VALUE of a table-only dataflow. None: one each.
    """
    weight = np.ones(len(records), dtype=np.int64) if weights is None else weights.astype(np.int64)
    return Counts(
        records.committee,
        records.dataflow,
        records.period,
        plan.id,
        plan.digest,
        book.digest,
        records.collected,
        {cube.id: _count(records, weight, cube, plan, book) for cube in plan.cubes},
    )


def add(one: Counts, other: Counts) -> Counts:
    """Return the counts of two parts of one committee's records. Raises ValueError for parts of different wholes."""
    if replace(one, cubes={}) != replace(other, cubes={}):
        raise ValueError("the two parts are not counted alike")
    return replace(one, cubes={name: counts + other.cubes[name] for name, counts in one.cubes.items()})


class Counting:
    """Counts that grow while records are read, one block at a time: no more than a block need ever be held."""

    def __init__(self, plan: Plan, book: Codebook) -> None:
        """Begin with no block."""
        self._plan, self._book = plan, book
        self.counts: Counts | None = None

    def add(self, records: Records) -> None:
        """Count the next block of the same batch. Raises ValueError for a block of another."""
        counts = tabulate(records, self._plan, self._book)
        self.counts = counts if self.counts is None else add(self.counts, counts)

    def of(self, blocks: Iterable[Records]) -> Counts:
        """Return the counts of all blocks. Raises ValueError where there is none."""
        for block in blocks:
            self.add(block)
        if self.counts is None:
            raise ValueError("there is no block to count")
        return self.counts


def assemble(parts: Sequence[Counts], plan: Plan, members: Sequence[str], book: Codebook) -> RawTable:
    """Return the raw table of all committees, with every margin.

    parts:   at most one per member; a member without one is absent: its cells are not collected, not zero.
    members: the committees of the REF_AREA axis, in its order.
    Raises ValueError when a part is of another plan, or of a committee that is no member: callers have checked.
    """
    by_committee = {part.committee: part for part in parts}
    if len(by_committee) != len(parts) or not by_committee.keys() <= set(members):
        raise ValueError("each part comes from another member committee")
    if any(part.plan_digest != plan.digest for part in parts):
        raise ValueError("a part was counted by another plan")
    counts, absent = {}, {}
    for cube in plan.cubes:
        dims = dimensions(cube, plan, book)
        nothing = np.zeros([len(dim.leaves) for dim in dims], dtype=np.int64)
        leaves = [by_committee[name].cubes[cube.id] if name in by_committee else nothing for name in members]
        counts[cube.id] = _with_region(np.stack([_margins(each, dims) for each in leaves]), cube, np.sum)
        missing = [_missing(by_committee.get(name), cube, dims) for name in members]
        absent[cube.id] = _with_region(np.stack(missing), cube, np.all)
    return RawTable(tuple(shape_of(cube, plan, book, members) for cube in plan.cubes), counts, absent)


def _count(
    records: Records, weight: NDArray[np.int64], cube: CubePlan, plan: Plan, book: Codebook
) -> NDArray[np.int64]:
    """Count one cube: one flat code per row, one pass of bincount; a multi-response dimension is one pass per code."""
    dims = dimensions(cube, plan, book)
    kept = _kept(records, cube, plan, book)
    weight = weight[kept]
    sizes = [2 if dim.multi else len(dim.leaves) for dim in dims]
    places = [None if dim.multi else _place(records, dim)[kept] for dim in dims]
    many = next((number for number, dim in enumerate(dims) if dim.multi), None)
    if many is None:
        return _bins(places, sizes, weight)
    answers = (_flag(records, members)[kept] for members in dims[many].members)
    pairs = [_bins([*places[:many], answer, *places[many + 1 :]], sizes, weight) for answer in answers]
    return np.concatenate(pairs, axis=many)


def _bins(
    places: Sequence[NDArray[np.int64] | None], sizes: Sequence[int], weight: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sum the weights by cell. Exact: bincount adds in float64, which holds every integer below 2**53."""
    flat = np.zeros(len(weight), dtype=np.int64)
    for place, size in zip(places, sizes, strict=True):
        flat = flat * size + (0 if place is None else place)
    cells = int(np.prod(sizes, dtype=np.int64))
    return np.bincount(flat, weights=weight, minlength=cells).astype(np.int64).reshape(tuple(sizes))


def _place(records: Records, dim: Dimension) -> NDArray[np.int64]:
    """Return (n,) the leaf of each row; a variable that was not collected is unknown for everyone."""
    stored = records.columns.get(dim.variable)
    if stored is None:
        return np.full(len(records), dim.unknown, dtype=np.int64)
    return dim.place[stored]


def _flag(records: Records, members: Sequence[str]) -> NDArray[np.int64]:
    """Return (n,) 0 where any of the member codes is recorded as yes, 1 elsewhere: the order of ``g, g:_O``."""
    found = np.ones(len(records), dtype=np.int64)
    for code in members:
        if code in records.flags:
            found[records.flags[code] == YES] = 0
    return found


def _kept(records: Records, cube: CubePlan, plan: Plan, book: Codebook) -> NDArray[np.bool_]:
    kept = np.ones(len(records), dtype=np.bool_)
    for name, code in cube.filter:
        variable = book.dataflow(plan.dataflow).variable(name)
        codelist = book.list_of(variable)
        under = [code in (one, *codelist.ancestors(one)) for one in codelist.storable]
        if variable.kind is Kind.MULTI:
            kept &= _flag(records, [one for one, held in zip(codelist.storable, under, strict=True) if held]) == 0
        elif name in records.columns:
            kept &= np.array(under, dtype=np.bool_)[records.columns[name]]
        else:
            kept &= code == UNKNOWN
    return kept


def _margins(leaves: NDArray[np.int64], dims: Sequence[Dimension]) -> NDArray[np.int64]:
    """Return all nodes of every axis: each node is a sum of leaves."""
    for number, dim in enumerate(dims):
        leaves = np.moveaxis(np.tensordot(dim.nodes, leaves, axes=(1, number)), 0, number)
    return leaves


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


def _with_region(by_member: NDArray[Any], cube: CubePlan, reduce: Callable[..., NDArray[Any]]) -> NDArray[Any]:
    """Put the members' axis (first) where the plan has REF_AREA, the region before them; else keep the region only."""
    region = reduce(by_member, axis=0)
    if AREA not in cube.by:
        return region
    return np.moveaxis(np.concatenate((region[np.newaxis], by_member)), 0, cube.by.index(AREA))

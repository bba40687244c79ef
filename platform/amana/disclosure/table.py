"""What goes into clearing and what comes out of it: cubes, raw counts, and cleared tables.

A cube lists every published node of every axis: leaves, levels of a hierarchy, totals. Cells of different cubes that
count the same persons have the same key and are one quantity; the whole of disclosure control rests on that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from itertools import product
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from amana.canonical import Json
from amana.errors import AmanaError

Index = tuple[int, ...]  # one node number per axis
Key = frozenset[tuple[str, str]]  # (attribute, code) pairs; totals say nothing and are left out
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Vector = NDArray[np.float64]

SUPPRESSION: Final = "suppress"  # methods, as a plan and a bundle name them
NOISE: Final = "dp"
AREA: Final = "REF_AREA"  # SDMX concept: the axis of the committees
LARGEST: Final = 2_000  # cells of a release whose circles are closed; the minutes that it takes grow with their square
_CLEARANCE: Final = object()  # imported by clear.py alone; a test sees to it


class ClearingRefused(AmanaError):
    """The tables cannot be published as planned; nothing was cleared.

    Facts: ``reason`` (``not_additive``, ``beyond_protection``, ``effort_spent``, ``checker`` or ``attacked``),
    ``cells`` (how many cells are concerned) and ``places`` (the first of them as (cube, codes) pairs). Never a count.
    """

    code: ClassVar[str] = "disclosure.refused"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


@dataclass(frozen=True)
class Node:
    """One value of an axis. key: (attribute, code), or None for the total of the axis, whose code is ``_T``."""

    code: str
    key: tuple[str, str] | None


@dataclass(frozen=True)
class Axis:
    """One dimension of a cube, with every level that is published.

    sums:   (parent, children) node numbers; the parent is exactly the sum of the children. Every level, the root too.
    covers: (covering, covered); the covering nodes sum to at least the covered one (several forms may apply at once).
    """

    dim: str
    nodes: tuple[Node, ...]
    sums: tuple[tuple[int, tuple[int, ...]], ...] = ()
    covers: tuple[tuple[tuple[int, ...], int], ...] = ()


@dataclass(frozen=True)
class Cube:
    """A declared table, or one that is never printed.

    filter:  the (attribute, code) pairs that every person counted in it has.
    printed: False for a table that nobody declared, whose cells are there because the persons counted in others are:
             leaves only, without a sum.
    """

    id: str
    axes: tuple[Axis, ...]
    filter: tuple[tuple[str, str], ...] = ()
    printed: bool = True

    @property
    def shape(self) -> Index:
        """The number of nodes of each axis."""
        return tuple(len(axis.nodes) for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of cells, margins included."""
        return math.prod(self.shape)

    def indices(self) -> Iterator[Index]:
        """Yield the index of every cell, margins included, in C order."""
        return product(*map(range, self.shape))

    def cell_key(self, index: Index) -> Key:
        """Return what the cell counts. Two cells with one key are one quantity, whatever their cubes."""
        keys = (axis.nodes[node].key for axis, node in zip(self.axes, index, strict=True))
        return frozenset(key for key in keys if key is not None) | frozenset(self.filter)

    def cell_codes(self, index: Index) -> tuple[str, ...]:
        """Return the code on each axis: how a person names the cell."""
        return tuple(axis.nodes[node].code for axis, node in zip(self.axes, index, strict=True))


@dataclass(frozen=True)
class Insider:
    """One who knows some of the persons by name. counts: by cube id, shape ``cube.shape``, its own, margins included.

    committee: True for a committee, whose knowledge may be joined with another's; False for an organisation.
    """

    name: str
    committee: bool
    counts: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class RawTable:
    """True counts. They never leave the vault.

    counts: by cube id, shape ``cube.shape``, persons, margins included.
    absent: by cube id, the same shape; True where the attribute was not collected (the count there is 0).
    insiders: those who know some of the persons, committees first and then organisations within them.
    lone:   by cube id, the same shape; True where fewer than two events or reporting entities stand behind the count.
    standing: ids of the cubes that were published before, by another plan, of the same persons: they are counted to be
              protected as well. What is shown and hidden of them stands, and none of it is published again.
    """

    cubes: tuple[Cube, ...]
    counts: Mapping[str, NDArray[np.int64]]
    absent: Mapping[str, NDArray[np.bool_]]
    insiders: tuple[Insider, ...] = ()
    lone: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    standing: frozenset[str] = frozenset()

    @property
    def released(self) -> tuple[Cube, ...]:
        """The cubes that are to be published."""
        return tuple(cube for cube in self.cubes if cube.id not in self.standing)


@dataclass(frozen=True)
class Rule:
    """How much protection.

    least_count:  persons, >= 2.
    zeros_hidden: whether 0 counts as small.
    coalition:    how many committees may put together what they know, 0 to 2; 0 is an outsider who knows nothing.
    sensitive:    names of axes; a row whose whole mass lies in one category of such an axis tells that of each in it.
    as_persons:   how many of these committees at most read every table as one of persons (ADR 31), 0 to 2; more of them
                  together read sums alone.
    """

    least_count: int
    zeros_hidden: bool
    coalition: int = 2
    sensitive: frozenset[str] = frozenset()
    as_persons: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        if self.least_count < 2:  # noqa: PLR2004 - below two there is no such thing as a small count
            raise ValueError("a least count below 2 protects nobody")

    @property
    def hidden_least(self) -> int:
        """The least value that a hidden cell may have: where zeros are published, a mark means at least one."""
        return 0 if self.zeros_hidden else 1


class Status(IntEnum):
    """What a published cell shows."""

    SHOWN = 0
    HIDDEN = 1
    NOT_COLLECTED = 2
    NOT_MEASURED = 3  # noise would have drowned it: there is an estimate for display, and no figure


OF_COUNTS: Final = (Status.SHOWN, Status.HIDDEN, Status.NOT_COLLECTED)  # what a cell without noise can be


class Withheld(Enum):
    """The one mark of every hidden cell: never 0, never a missing number."""

    WITHHELD = "withheld"


class NotCollected(Enum):
    """Nobody asked; there is nothing to count."""

    NOT_COLLECTED = "not collected"


class NotMeasured(Enum):
    """Noise would have drowned the figure: there is none, only an estimate for display."""

    NOT_MEASURED = "not measured"


WITHHELD: Final = Withheld.WITHHELD
NOT_COLLECTED: Final = NotCollected.NOT_COLLECTED
NOT_MEASURED: Final = NotMeasured.NOT_MEASURED
_MARKS: Final[Mapping[Status, Withheld | NotCollected | NotMeasured]] = {
    Status.HIDDEN: WITHHELD,
    Status.NOT_COLLECTED: NOT_COLLECTED,
    Status.NOT_MEASURED: NOT_MEASURED,
}


@dataclass(frozen=True)
class Publication:
    """What anybody can read of one release. values: 0 wherever the status is not SHOWN; by cube id, ``cube.shape``.

    revised: of one kept from before, the committees whose persons are not the same any more: revised, come, or gone.
             It is not published; the vault says it. None where nobody has said it.
    """

    cubes: tuple[Cube, ...]
    values: Mapping[str, NDArray[np.int64]]
    status: Mapping[str, NDArray[np.uint8]]
    least_count: int
    zeros_hidden: bool
    revised: frozenset[str] | None = None


@dataclass(frozen=True)
class KnownFigure:
    """A count of the same persons that somebody printed elsewhere. key: what it counts; source: where it stands."""

    key: Key
    count: int
    source: str


@dataclass(frozen=True)
class Noisy:
    """Counts with noise of a stated size. By cube id, shape ``cube.shape``, float64; 0 where nobody was asked.

    estimate: persons, without bias: the official figure. May be below 0; all tables agree to 1e-9.
    variance: persons squared, of the noise alone; 0 where the figure is publicly 0. Where there is no figure, for the
              noise, it is infinite, and the estimate 0.
    display:  persons, >= 0: a smoothed figure to look at, labelled as such; no interval belongs to it.
    weights:  by cube id, what each counted when the noise was planned; 1 where nothing is said, 0 if not measured.
    """

    estimate: Mapping[str, NDArray[np.float64]]
    variance: Mapping[str, NDArray[np.float64]]
    display: Mapping[str, NDArray[np.float64]]
    weights: Mapping[str, float] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class ClearedTable:
    """Tables that the checker has passed. They come only from ``clear()``.

    values: by cube id, shape ``cube.shape``; 0 wherever the status is not SHOWN.
    status: by cube id, the same shape, ``Status`` as uint8.
    report: what the checker found, derived from the published cells alone.
    noisy:  where the method is noise, the figures that count; ``values`` are then these rounded to whole persons.
    """

    cubes: tuple[Cube, ...]
    values: Mapping[str, NDArray[np.int64]]
    status: Mapping[str, NDArray[np.uint8]]
    method: str
    least_count: int
    zeros_hidden: bool
    report: Mapping[str, Json]
    _proof: object = field(repr=False, compare=False)
    noisy: Noisy | None = None

    def __post_init__(self) -> None:
        if self._proof is not _CLEARANCE:
            raise TypeError("a ClearedTable comes only from disclosure.clear()")

    def cell(self, cube_id: str, index: Index) -> int | Withheld | NotCollected | NotMeasured:
        """Return what a reader sees in one cell. Raises KeyError or IndexError when there is no such cell."""
        status = Status(int(self.status[cube_id][index]))
        if status is Status.SHOWN:
            return int(self.values[cube_id][index])
        return _MARKS[status]

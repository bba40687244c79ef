"""Audit: judge a candidate as its sharpest reader would, from what it shows and nothing else.

Runs in: worker, before anyone may approve; and anywhere an auditor holds a bundle.
Sees: published cells only. Shares no code with the suppressor: what that believes is no argument here.
The standard (DESIGN 6): every hidden quantity may be as little as a mark allows and as much as k, or provably is never
small; and it is never a single value. A rest that follows from a filtered and an unfiltered cell is a quantity too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.intervals import FAR, Contradiction, Reader
from amana.disclosure.table import Cube, Key, Status

Kind = Literal["determined", "narrow", "shown_small", "inconsistent"]
Values = Mapping[str, NDArray[np.int64]]
Statuses = Mapping[str, NDArray[np.uint8]]

_UNKNOWN = -1


@dataclass(frozen=True)
class Finding:
    """One thing that a reader can do and must not be able to. lower, upper: persons, what can be derived; None: n/a."""

    cube: str
    codes: tuple[str, ...]
    kind: Kind
    lower: int | None = None
    upper: int | None = None


@dataclass(frozen=True)
class AuditReport:
    """The verdict. cells: how many were looked at; hidden: how many of them carry the mark."""

    passed: bool
    findings: tuple[Finding, ...]
    cells: int
    hidden: int


def audit(cubes: Sequence[Cube], values: Values, status: Statuses, least_count: int, zeros_hidden: bool) -> AuditReport:
    """Return what a reader of the candidate could derive.

    values, status: by cube id, shape ``cube.shape``. least_count: persons, k.
    zeros_hidden:   whether 0 is hidden like any small count; where it is not, a mark means at least 1.
    """
    cells = sum(cube.size for cube in cubes)
    hidden = sum(int((status[cube.id] == Status.HIDDEN).sum()) for cube in cubes)
    findings = [
        each for cube in cubes for each in _by_eye(cube, values, status, least_count, zeros_hidden=zeros_hidden)
    ]
    if not findings:
        page = _Page(cubes, values, status, least=0 if zeros_hidden else 1)
        findings = page.contradictions or page.derivable(least_count)
    return AuditReport(not findings, tuple(findings), cells, hidden)


def _by_eye(cube: Cube, values: Values, status: Statuses, least_count: int, *, zeros_hidden: bool) -> Iterator[Finding]:
    """Yield what needs no arithmetic: small values shown, values under a mark, unheard-of statuses, wrong shapes."""
    shown, states = values[cube.id], status[cube.id]
    if shown.shape != cube.shape or states.shape != cube.shape:
        yield Finding(cube.id, (), "inconsistent")
        return
    small = (shown < least_count) & ((shown > 0) | zeros_hidden) & (states == Status.SHOWN)
    wrong = (states != Status.SHOWN) & (shown != 0) | ~np.isin(states, list(Status)) | (shown < 0)
    for index in np.argwhere(small | wrong):
        place = tuple(map(int, index))
        yield Finding(cube.id, cube.cell_codes(place), "inconsistent" if wrong[place] else "shown_small")


class _Page:
    """Everything that is published, as one list of quantities and the equations that bind them.

    Cells with the same key are one quantity. What is not collected is 0, unless the cell stands for "unknown" or a
    rest: that follows from the sums.
    """

    def __init__(self, cubes: Sequence[Cube], values: Values, status: Statuses, least: int) -> None:
        self.cubes, self.least = cubes, least
        self.contradictions: list[Finding] = []
        self._number: dict[Key, int] = {}
        self._places: list[tuple[str, tuple[str, ...]]] = []  # where each quantity is first seen
        self._known: list[int] = []
        self._wanted: list[bool] = []
        self._not_asked: set[int] = set()
        self._rows: dict[tuple[tuple[int, int], ...], None] = {}
        self._of_cube: list[list[int]] = []
        grids = [self._enter(cube, values[cube.id], status[cube.id]) for cube in cubes]
        self._cells = len(self._known)
        for cube, grid in zip(cubes, grids, strict=True):
            self._of_cube.append(sorted(set(grid.ravel().tolist())))
            self._bind(cube, grid)
        for cube in cubes:
            self._imply_rests(cube)

    def _enter(self, cube: Cube, shown: NDArray[np.int64], states: NDArray[np.uint8]) -> NDArray[np.int64]:
        grid = np.zeros(cube.shape, dtype=np.int64)
        for index in cube.indices():
            codes = cube.cell_codes(index)
            quantity = self._number.setdefault(cube.cell_key(index), len(self._known))
            if quantity == len(self._known):
                self._add(_UNKNOWN, wanted=False, place=(cube.id, codes))
            grid[index] = quantity
            if states[index] == Status.HIDDEN:
                self._wanted[quantity] = True
                continue
            if states[index] == Status.NOT_COLLECTED:
                self._not_asked.add(quantity)
                if any(_follows(code) for code in codes):
                    continue
            if self._known[quantity] not in (_UNKNOWN, shown[index]):
                self.contradictions.append(Finding(cube.id, codes, "inconsistent"))
            self._known[quantity] = int(shown[index])
        return grid

    def _add(self, known: int, *, wanted: bool, place: tuple[str, tuple[str, ...]]) -> int:
        self._known.append(known)
        self._wanted.append(wanted)
        self._places.append(place)
        return len(self._known) - 1

    def _bind(self, cube: Cube, grid: NDArray[np.int64]) -> None:
        for dim, axis in enumerate(cube.axes):
            for line in np.moveaxis(grid, dim, -1).reshape(-1, len(axis.nodes)).tolist():
                for parent, children in axis.sums:
                    self._rows[(line[parent], -1), *sorted((line[child], 1) for child in children)] = None
                for covering, covered in axis.covers:
                    row = ((line[covered], -1), *sorted((line[each], 1) for each in covering))
                    slack = self._add(_UNKNOWN, wanted=False, place=self._places[line[covered]])
                    self._rows[(*row, (slack, -1))] = None
                    self._of_cube[-1].append(slack)

    def _imply_rests(self, cube: Cube) -> None:
        for index in cube.indices() if cube.filter else ():
            key = cube.cell_key(index)
            for condition in cube.filter:
                whole = self._number.get(key - {condition})
                if whole is not None and whole not in self._not_asked:
                    place = (cube.id, (f"not {condition[1]}", *cube.cell_codes(index)))
                    rest = self._add(_UNKNOWN, wanted=True, place=place)
                    self._rows[(whole, -1), (self._number[key], 1), (rest, 1)] = None

    def derivable(self, least_count: int) -> list[Finding]:
        """Return a finding for every wanted quantity that is not cleared, and for a page that cannot be true."""
        known, wanted = np.array(self._known), np.array(self._wanted, dtype=np.bool_)
        cell = np.arange(len(known)) < self._cells
        lower = np.where(known >= 0, known, np.where(cell & wanted, self.least, 0))
        upper = np.where(known >= 0, known, FAR)
        reader = Reader(
            self._matrix(), (lower, upper), list(map(np.array, self._of_cube)), wanted, (self.least, least_count)
        )
        try:
            reader.read()
        except Contradiction:
            return [Finding(cube.id, (), "inconsistent") for cube in self.cubes]
        # A rest carries no mark: that it is large, or openly zero where zeros are published, gives nothing away.
        harmless = ~cell & ((reader.lower >= least_count) | ((self.least > 0) & (reader.upper == 0)))
        guilty = (reader.convicted() | reader.open()) & ~harmless
        return [self._finding(reader, int(quantity)) for quantity in np.flatnonzero(guilty)]

    def _matrix(self) -> sparse.csc_matrix:
        entries = [(at, *entry) for at, row in enumerate(self._rows) for entry in row]
        at, quantity, coefficient = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        return sparse.csc_matrix((coefficient, (at, quantity)), shape=(len(self._rows), len(self._known)))

    def _finding(self, reader: Reader, quantity: int) -> Finding:
        lower, upper = int(reader.lower[quantity]), int(reader.upper[quantity])
        kind: Kind = "determined" if lower == upper else "narrow"
        return Finding(*self._places[quantity], kind, lower, upper if upper < FAR else None)


def _follows(code: str) -> bool:
    return code in {"_U", "_O"} or code.endswith(":_O")

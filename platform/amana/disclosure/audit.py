"""The checker: it finds what a reader can derive from the candidate alone.

It shares nothing with the suppressor. It gets what would be published, builds the system of equations from the axes,
and asks linear programs for the interval of every hidden quantity. Offline, anyone can run it on a published bundle.
An interval is that of the relaxation: a table of non-negative numbers that fits, not a set of persons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from amana.disclosure.table import Cube, Key, Status

_SLACK: Final = 1e-6  # persons; bounds are whole numbers of persons wherever they matter
_UNKNOWN: Final = ("_U", "_O")  # codes under which somebody who was not asked is counted


@dataclass(frozen=True)
class Finding:
    """One thing that a reader could do. kind: determined, narrow, shown_small, inconsistent or value_left.

    codes: the cell's code on each axis; the pairs of its key where it is only implied by two published cells.
    lower, upper: persons; what can be derived (None: no end).
    """

    cube: str
    codes: tuple[str, ...]
    kind: str
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class AuditReport:
    """What the checker says of a candidate. cells, hidden: distinct quantities, all and those with the mark."""

    findings: tuple[Finding, ...]
    cells: int
    hidden: int

    @property
    def passed(self) -> bool:
        """Whether the candidate may be published."""
        return not self.findings


def audit(
    cubes: Sequence[Cube],
    values: Mapping[str, NDArray[np.int64]],
    status: Mapping[str, NDArray[np.uint8]],
    least_count: int,
    zeros_hidden: bool,
) -> AuditReport:
    """Return what can be derived from the candidate and must not be; nothing but the candidate is looked at.

    values, status: by cube id, shape ``cube.shape``. least_count: persons. zeros_hidden: whether 0 counts as small.
    """
    reader = _Reader(least_count, 0 if zeros_hidden else 1)
    for cube in cubes:
        reader.read(cube, values[cube.id], status[cube.id])
    for cube in cubes:
        reader.relate(cube)
    reader.look_at_what_is_shown()
    if not reader.findings:
        reader.derive()
    return AuditReport(tuple(reader.findings), len(reader.names), len(reader.marked))


class _Reader:
    """Somebody with the candidate, patience and a solver."""

    def __init__(self, least_count: int, hidden_least: int) -> None:
        self.k, self.hidden_least = least_count, hidden_least
        self.number: dict[Key, int] = {}  # a cell's key → its quantity
        self.names: list[tuple[str, tuple[str, ...]]] = []  # a place for each quantity
        self.shown: dict[int, int] = {}
        self.marked: set[int] = set()
        self.zero: set[int] = set()  # nobody asked: publicly 0
        self.silent: set[int] = set()  # nobody asked, and it follows from its total
        self.rests: set[int] = set()  # implied: everybody but those of a filter
        self.equal: set[tuple[int, tuple[int, ...]]] = set()  # a quantity is the sum of others
        self.least: set[tuple[int, tuple[int, ...]]] = set()  # a quantity is at most the sum of others
        self.findings: list[Finding] = []

    def read(self, cube: Cube, values: NDArray[np.int64], status: NDArray[np.uint8]) -> None:
        for index in cube.indices():
            codes = cube.cell_codes(index)
            quantity = self._quantity(cube.cell_key(index), cube.id, codes)
            value = int(values[index])
            match Status(int(status[index])):
                case Status.SHOWN:
                    if self.shown.setdefault(quantity, value) != value:
                        self._found(quantity, "inconsistent")
                    continue
                case Status.HIDDEN:
                    self.marked.add(quantity)
                case Status.NOT_COLLECTED:
                    unknown = any(code in _UNKNOWN or code.endswith(":_O") for code in codes)
                    (self.silent if unknown else self.zero).add(quantity)
            if value:
                self._found(quantity, "value_left")

    def relate(self, cube: Cube) -> None:
        places = np.array([self.number[cube.cell_key(index)] for index in cube.indices()]).reshape(cube.shape)
        for dim, axis in enumerate(cube.axes):
            for line in np.moveaxis(places, dim, 0).reshape(len(axis.nodes), -1).T.tolist():
                self.equal |= {(line[one], tuple(sorted(line[each] for each in of))) for one, of in axis.sums}
                self.least |= {(line[one], tuple(sorted(line[each] for each in of))) for of, one in axis.covers}
        for key in [cube.cell_key(index) for index in cube.indices()] if cube.filter else ():
            for condition in cube.filter:
                whole = self.number.get(key - {condition})
                if whole is not None:
                    rest = self._quantity(key - {condition} | {(f"not {condition[0]}", condition[1])}, cube.id, ())
                    self.rests.add(rest)
                    self.equal.add((whole, tuple(sorted((self.number[key], rest)))))

    def look_at_what_is_shown(self) -> None:
        for quantity, value in self.shown.items():
            if value < 0 or quantity in self.marked:
                self._found(quantity, "inconsistent")
            elif self.hidden_least <= value < self.k and quantity not in self.zero | self.silent:
                self._found(quantity, "shown_small", value, value)

    def derive(self) -> None:
        """Ask for the interval of every marked quantity and of every implied rest."""
        known = self.shown | dict.fromkeys(self.zero, 0)
        free = [quantity for quantity in range(len(self.names)) if quantity not in known]
        if not free:
            return
        system = _System(self, known, free)
        guarded = [place for place, quantity in enumerate(free) if quantity not in self.silent]
        try:
            open_ = _reachable(system, guarded, self.k)
        except _NoTableFits:
            self._found(free[0], "inconsistent")
            return
        for place in open_:
            self._judge(free[place], *system.interval(place))

    def _judge(self, quantity: int, lower: float, upper: float) -> None:
        ends_at_zero = quantity in self.rests and upper < _SLACK and self.hidden_least == 1
        never_small = lower > self.k - _SLACK and (upper - lower > 1 - _SLACK or quantity in self.rests)
        whole_range = lower < self.hidden_least + _SLACK and upper > self.k - _SLACK
        if not (ends_at_zero or never_small or whole_range):
            self._found(quantity, "determined" if upper - lower < 1 - _SLACK else "narrow", lower, upper)

    def _quantity(self, key: Key, cube: str, codes: tuple[str, ...]) -> int:
        if key not in self.number:
            self.number[key] = len(self.names)
            self.names.append((cube, codes))
        return self.number[key]

    def _found(self, quantity: int, kind: str, lower: float | None = None, upper: float | None = None) -> None:
        self.findings.append(Finding(*self.names[quantity], kind, lower, upper))


class _NoTableFits(Exception):
    """No table of non-negative numbers fits what is shown."""


class _System:
    """What is shown, as bounds and equations on what is not. Places number the free quantities."""

    def __init__(self, reader: _Reader, known: Mapping[int, int], free: Sequence[int]) -> None:
        self.size = len(free)
        place = {quantity: number for number, quantity in enumerate(free)}
        self.equations = _matrix(reader.equal, known, place)
        self.bounds_above = _matrix(reader.least, known, place)
        self.least = np.array([reader.hidden_least if each in reader.marked else 0 for each in free], dtype=float)

    def best(self, wanted: NDArray[np.float64], capped: Sequence[int] = (), cap: float = 0.0) -> NDArray[np.float64]:
        """Return a table that fits and minimises ``wanted``; then raises the ``capped`` places, each up to ``cap``."""
        extra = len(capped)
        pick = sparse.csr_matrix((np.full(extra, -1.0), (range(extra), capped)), shape=(extra, self.size))
        (a, b), (c, d) = self.equations, self.bounds_above
        upper = sparse.vstack([sparse.hstack([c, sparse.csr_matrix((c.shape[0], extra))]),
                               sparse.hstack([pick, sparse.identity(extra, format="csr")])])  # fmt: skip
        bounds = [(low, None) for low in self.least] + [(0.0, cap)] * extra
        answer = linprog(
            np.concatenate([wanted, np.full(extra, -1.0)]),
            A_ub=upper.tocsr() if upper.shape[0] else None,
            b_ub=np.concatenate([d, np.zeros(extra)]) if upper.shape[0] else None,
            A_eq=sparse.hstack([a, sparse.csr_matrix((a.shape[0], extra))]).tocsr() if a.shape[0] else None,
            b_eq=b if a.shape[0] else None,
            bounds=bounds,
            method="highs",
        )
        if answer.status == 3:  # noqa: PLR2004 - scipy: unbounded
            return np.full(self.size, np.inf)
        if answer.status != 0:
            raise _NoTableFits
        table: NDArray[np.float64] = answer.x[: self.size]
        return table

    def interval(self, place: int) -> tuple[float, float]:
        """Return the least and the greatest value of one place over all tables that fit."""
        wanted = np.zeros(self.size)
        wanted[place] = 1.0
        return float(self.best(wanted)[place]), float(self.best(-wanted)[place])


def _matrix(
    relations: set[tuple[int, tuple[int, ...]]], known: Mapping[int, int], place: Mapping[int, int]
) -> tuple[sparse.csr_matrix, NDArray[np.float64]]:
    """Return (A, b) over the free places: one - sum(of) = b, or <= b."""
    rows, columns, data, right = [], [], [], []
    for row, (one, of) in enumerate(sorted(relations)):
        constant = 0
        for quantity, sign in [(one, 1.0), *((each, -1.0) for each in of)]:
            if quantity in known:
                constant -= int(sign) * known[quantity]
            else:
                rows.append(row)
                columns.append(place[quantity])
                data.append(sign)
        right.append(float(constant))
    return sparse.csr_matrix((data, (rows, columns)), shape=(len(right), len(place))), np.array(right)


def _reachable(system: _System, guarded: Sequence[int], k: int) -> list[int]:
    """Return the guarded places that were not seen at both ends of [least, k] in any of a few tables that fit."""
    high, low = set(guarded), set(guarded)
    while True:
        before = len(high) + len(low)
        for raise_, lower_ in ((high, ()), ((), low)):
            wanted = np.zeros(system.size)
            wanted[list(lower_)] = 1.0
            table = system.best(wanted, sorted(raise_), float(k))
            high -= {place for place in high if table[place] > k - _SLACK}
            low -= {place for place in low if table[place] < system.least[place] + _SLACK}
        if len(high) + len(low) == before:
            return sorted(high | low)

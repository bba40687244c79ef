"""Page: everything that is published, as one list of quantities and the equations that bind them. The checker's eyes.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells only.
Cells that count the same persons are one quantity, whatever table and bundle they stand in. Three kinds more follow
from them: the rest (a cell without a condition minus the same cell with it: persons, too), the slack of a cover, and
the step of a quantity from one vintage to the next, which may be below 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.checker.knots import bonds, contradictions, unprinted_tables
from amana.disclosure.table import AREA, Cube, Flags, Key, Numbers, Publication

Place = tuple[str, tuple[str, ...]]

THEN: Final = "@"  # after the code of an area, and alone for the region: as it was in an earlier vintage
REST: Final = "not "  # before the condition that those in a rest do not have, and that before its codes

_UNKNOWN_CODES: Final = frozenset({"_U", "_O"})  # "not asked" says nothing about these: they follow from the sums


class Page:
    """All quantities of some publications: cells first, then rests, slacks and steps.

    grids:     (publication, cube, shape ``cube.shape``): which quantity each cell is.
    equations: (m, n) integers, equations @ x = 0; the first ``sums`` rows say that a parent (-1) is its children (1).
    follow:    (n, m) what rests, slacks and steps get from what their equations lack.
    coarse:    (n,) which quantities are sums of others.
    unprinted: (table, its shape): the same for tables that nobody prints (``knots``), after all printed cells.
    nobody:    (n,) cells of those in which nobody can be, as what they say is contradictory.
    besides:   (b,) who is counted besides a table that nobody prints, whose condition they do not meet.
    rests:     (r, 2) the whole and the part that each rest is the difference of.
    steps:     (s, 2) the quantity now, and the one then, that each step is the difference of; the last s of the n.
    """

    def __init__(
        self, publications: Sequence[Publication], then: Publication | None = None, *, as_persons: bool = False
    ) -> None:
        """Read publications, the newest first: that is where a quantity is pointed to.

        then: the one of them from which to the newest the steps lead. as_persons: whether tables that nobody prints are
        there as well.
        """
        self._ids: dict[tuple[str, str], int] = {}
        held = [(publication, cube) for publication in publications for cube in publication.cubes]
        rows = [self._keys(cube) for _, cube in held]
        asked = [(at, condition) for at, (_, cube) in enumerate(held) for condition in cube.filter]
        wholes = [_ordered(np.where(rows[at] == self._ids[pair], 0, rows[at])) for at, pair in asked]
        today = [self._keys(cube, then=True) for publication, cube in held if publication is then]
        kept = (cube for publication in publications[1:] for cube in publication.cubes)
        unprinted = unprinted_tables(publications[0].cubes, kept) if as_persons else ()
        more = [self._keys(table) for table in unprinted]
        groups, every = (rows, more, wholes, today), [*rows, *more, *wholes, *today]
        self._numbers = _number(every)
        parts = iter(np.split(self._numbers, np.cumsum([len(each) for each in every])[:-1]))
        printed, hidden, whole, now = ([next(parts) for _ in group] for group in groups)
        self._printed = int(max(part.max() for part in printed)) + 1
        self.cells = int(max(part.max() for part in (*printed, *hidden))) + 1
        self.grids = [
            (publication, cube, part.reshape(cube.shape))
            for (publication, cube), part in zip(held, printed, strict=True)
        ]
        self.unprinted = [(table, part.reshape(table.shape)) for table, part in zip(unprinted, hidden, strict=True)]
        ends = np.cumsum(sizes := [len(each) for each in rows])
        self._first = np.unique(self._numbers[: ends[-1]], return_index=True)[1]  # where each cell is first seen
        self._starts = ends - sizes
        self._rest(whole, [printed[at] for at, _ in asked], [pair[1] for _, pair in asked])
        old = (grid.ravel() for publication, _, grid in self.grids if publication is then)
        self.steps = self._stepped(zip(now, old, strict=True))
        self._bind()
        self.nobody = np.isin(np.arange(self.size), contradictions(self.unprinted, [cube for _, cube in held]))

    def complete(self, table: Numbers) -> Numbers:
        """Return (n,) the table with the rests and slacks that follow from its cells; those given must be 0."""
        found: Numbers = table + self.follow @ (self.equations @ table)
        return found

    def having(self, pair: tuple[str, str]) -> Flags:
        """Return (n,) which cells count only persons with this (attribute, code) pair."""
        found = np.zeros(self.size, dtype=np.bool_)
        for cube, grid in (*((cube, grid) for _, cube, grid in self.grids), *self.unprinted):
            here = np.full(cube.shape, pair in cube.filter)
            for dim, axis in enumerate(cube.axes):
                said = np.array([node.key == pair for node in axis.nodes])
                here |= said.reshape([-1 if each == dim else 1 for each in range(len(cube.axes))])
            found[grid[here]] = True
        return found

    def where_zero(self, zero: Flags) -> Flags:
        """Return (n,) what must be 0 when these are: sums of zeros, parts of zeros, rests of zeros."""
        entries, zero = self.equations[: self.sums].tocoo(), zero.copy()
        child = entries.data > 0
        parent = np.zeros(self.sums, dtype=np.int64)
        parent[entries.row[~child]] = entries.col[~child]
        while True:
            others = np.bincount(entries.row[child], ~zero[entries.col[child]], self.sums)
            more = zero.copy()
            more[parent[others == 0]] = True
            more[entries.col[zero[parent[entries.row]]]] = True
            more[self.cells : self.cells + len(self.rests)] |= zero[self.rests[:, 0]]
            if np.array_equal(more, zero):
                return zero
            zero = more

    def place(self, quantity: int) -> Place:
        """Return the cube and the codes by which a person finds a quantity; a rest says ``not`` what."""
        if quantity >= self.size - len(self.steps):
            return self.place(int(self.steps[quantity - self.size + len(self.steps), 0]))
        if self.cells <= quantity < self.cells + len(self.rests):
            cube_id, codes = self.place(int(self.rests[quantity - self.cells, 1]))
            return cube_id, (f"{REST}{self._conditions[quantity - self.cells]}", *codes)
        at = int(self._first[quantity])
        number = int(np.searchsorted(self._starts, at, side="right")) - 1
        _, cube, grid = self.grids[number]
        index = np.unravel_index(at - int(self._starts[number]), grid.shape)
        return cube.id, cube.cell_codes(tuple(map(int, index)))

    def number(self, key: Key) -> int | None:
        """Return the quantity that a key stands for, or None when no table has it."""
        if any(pair not in self._ids for pair in key):
            return None
        wanted = _ordered(np.array([[self._ids[pair] for pair in sorted(key)]], dtype=np.int64).reshape(1, -1))
        for _, cube, grid in self.grids:
            rows = self._keys(cube)
            width = max(rows.shape[1], wanted.shape[1])
            same = (_wide(rows, width) == _wide(wanted, width)).all(axis=1)
            if same.any():
                return int(grid.ravel()[np.argmax(same)])
        return None

    def _keys(self, cube: Cube, *, then: bool = False) -> Numbers:
        """Return (cells, pairs) the small numbers of each cell's pairs, greatest first, each once; 0 is no pair.

        then: of what each cell of an earlier vintage has become.
        """
        axes = [[self._id(_today(node.key) if then else node.key) for node in axis.nodes] for axis in cube.axes]
        columns = np.meshgrid(*axes, indexing="ij") if axes else []
        fixed = [np.full(cube.size, self._id(pair)) for pair in cube.filter]
        nothing = np.zeros(cube.size, dtype=np.int64)
        return _ordered(np.stack([*(each.ravel() for each in columns), *fixed, nothing], axis=1))

    def _id(self, pair: tuple[str, str] | None) -> int:
        return 0 if pair is None else self._ids.setdefault(pair, len(self._ids) + 1)

    def _rest(self, wholes: Sequence[Numbers], parts: Sequence[Numbers], names: Sequence[str]) -> None:
        """Keep the rests whose whole is published as well."""
        pairs = [np.stack([whole, part], axis=1) for whole, part in zip(wholes, parts, strict=True)]
        label = np.repeat(np.arange(len(pairs)), [len(each) for each in pairs])
        both = np.concatenate([*pairs, np.zeros((0, 2), dtype=np.int64)])
        kept = both[:, 0] < self._printed
        self.rests, first = np.unique(both[kept], axis=0, return_index=True)
        self._conditions = [names[each] for each in label[kept][first]]

    def _stepped(self, vintages: Iterable[tuple[Numbers, Numbers]]) -> Numbers:
        """Return (s, 2) the cells and rests that count the same of both and are not the same quantity.

        vintages: the quantities of today, table by table, and those that they were; a table of today need not have all.
        """
        pairs = [np.stack([new, was], axis=1)[new < self.cells] for new, was in vintages]
        cells = np.concatenate([np.zeros((0, 2), dtype=np.int64), *pairs])
        became = np.arange(self.cells)
        became[cells[:, 1]] = cells[:, 0]
        rest = {tuple(pair): at for at, pair in enumerate(self.rests.tolist(), self.cells)}
        rests = [(rest.get(tuple(became[pair])), at) for at, pair in enumerate(self.rests, self.cells)]
        found = [(now, was) for now, was in (*map(tuple, cells.tolist()), *rests) if now is not None and now != was]
        return np.array(sorted(set(found)), dtype=np.int64).reshape(-1, 2)

    def _bind(self) -> None:
        """Collect the equations, each once: sums of cells, then rests, then covers with their slacks, then steps."""
        grids = [*((cube, grid) for _, cube, grid in self.grids), *self.unprinted]
        bound = list(bonds(self.unprinted, grids[: len(self.grids)]))
        equal = [bond.lines for bond in bound if not bond.at_least]
        sums = _once(chain((line for cube, grid in grids for line in _sums(cube, grid)), equal))
        covers = _once(line for cube, grid in grids for line in _covers(cube, grid))
        least = _once(bond.lines for bond in bound if bond.at_least)
        first = self.cells + len(self.rests) + sum(map(len, covers)) + sum(map(len, least))
        self.size = first + len(self.steps)
        entries, self.coarse = _Entries(), np.zeros(self.size, dtype=np.bool_)
        for lines in sums:
            entries.add(lines, [-1] + [1] * (lines.shape[1] - 1))
            self.coarse[lines[:, 0]] = True
        self.sums = entries.rows
        own = np.arange(self.cells, self.cells + len(self.rests))
        entries.add(np.concatenate([self.rests, own[:, None]], axis=1), [-1, 1, 1])
        at = self.cells + len(self.rests)
        for lines in covers:
            slack = np.arange(at, at := at + len(lines))
            entries.add(np.concatenate([lines, slack[:, None]], axis=1), [-1] + [1] * (lines.shape[1] - 1) + [-1])
        self.besides = np.arange(at, first)
        for lines in least:
            slack = np.arange(at, at := at + len(lines))
            entries.add(np.concatenate([lines, slack[:, None]], axis=1), [1] + [-1] * lines.shape[1])
        entries.add(np.concatenate([self.steps, np.arange(first, self.size)[:, None]], axis=1), [1, -1, -1])
        self.equations = entries.matrix(self.size)
        implied, rows = np.arange(self.cells, self.size), np.arange(self.sums, entries.rows)
        sign = np.where(implied < self.cells + len(self.rests), -1, 1)  # each stands alone in an equation of its own
        self.follow = sparse.csc_matrix((sign, (implied, rows)), shape=(self.size, entries.rows))


class _Entries:
    """A sparse matrix in the making."""

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[NDArray[Any]] = [np.zeros((3, 0), dtype=np.int64)]

    def add(self, lines: Numbers, coefficients: Sequence[int]) -> None:
        at = np.repeat(np.arange(self.rows, self.rows + len(lines)), lines.shape[1])
        self._parts.append(np.stack([at, lines.ravel(), np.tile(np.array(coefficients), len(lines))]))
        self.rows += len(lines)

    def matrix(self, width: int) -> sparse.csc_matrix:
        at, column, value = np.concatenate(self._parts, axis=1)
        found = sparse.csc_matrix((value, (at, column)), shape=(self.rows, width))
        found.eliminate_zeros()  # of what is its own part
        return found


def _today(pair: tuple[str, str] | None) -> tuple[str, str] | None:
    """Return what a pair of an earlier vintage is today; None for no pair."""
    if pair is None or pair[0] != AREA:
        return pair
    code = pair[1].removesuffix(THEN)
    return (AREA, code) if code else None


def codes(cube: Cube) -> tuple[tuple[str, ...], ...]:
    """Return how a cube is drawn: two with one drawing have their cells at the same places."""
    return tuple(tuple(node.code for node in axis.nodes) for axis in cube.axes)


def follows(cube: Cube) -> Flags:
    """Return shape ``cube.shape``: where "not asked" does not mean 0, because a node stands for unknowns or a rest."""
    found = np.zeros(cube.shape, dtype=np.bool_)
    for dim, axis in enumerate(cube.axes):
        said = [node.code in _UNKNOWN_CODES or node.code.endswith(":_O") for node in axis.nodes]
        found |= np.array(said).reshape([-1 if each == dim else 1 for each in range(len(cube.axes))])
    return found


def _sums(cube: Cube, grid: Numbers) -> Iterator[Numbers]:
    for dim, axis in enumerate(cube.axes):
        lines = np.moveaxis(grid, dim, -1).reshape(-1, len(axis.nodes))
        for parent, children in axis.sums:
            yield np.concatenate([lines[:, [parent]], np.sort(lines[:, list(children)], axis=1)], axis=1)


def _covers(cube: Cube, grid: Numbers) -> Iterator[Numbers]:
    for dim, axis in enumerate(cube.axes):
        lines = np.moveaxis(grid, dim, -1).reshape(-1, len(axis.nodes))
        for covering, covered in axis.covers:
            yield np.concatenate([lines[:, [covered]], np.sort(lines[:, list(covering)], axis=1)], axis=1)


def _once(lines: Iterable[Numbers]) -> list[Numbers]:
    """Return the lines without repetitions, in one array per length."""
    by_length: dict[int, list[Numbers]] = {}
    for each in lines:
        by_length.setdefault(each.shape[1], []).append(each)
    return [_unique(np.concatenate(by_length[length])) for length in sorted(by_length)]


def _unique(rows: Numbers) -> Numbers:
    """Return the distinct rows. (n, w) numbers, compared as they are."""
    code = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        code = np.unique(code * (int(rows.max(initial=0)) + 1) + column, return_inverse=True)[1]
    return rows[np.unique(code, return_index=True)[1]]


def _ordered(rows: Numbers) -> Numbers:
    """Return each row's numbers greatest first, each once, with zeros at the end."""
    rows = -np.sort(-rows, axis=1)
    again = np.concatenate([np.zeros((len(rows), 1), np.bool_), rows[:, 1:] == rows[:, :-1]], axis=1)
    return -np.sort(-np.where(again, 0, rows), axis=1)


def _wide(rows: Numbers, width: int) -> Numbers:
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])))


def _number(parts: Sequence[Numbers]) -> Numbers:
    """Return one number for each distinct row of all parts, those that come first having the least numbers."""
    width = max(part.shape[1] for part in parts)
    rows = np.concatenate([_wide(part, width) for part in parts])
    code = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        code = np.unique(code * (int(rows.max(initial=0)) + 1) + column, return_inverse=True)[1]
    _, first, code = np.unique(code, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[code]

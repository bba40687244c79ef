"""All cubes of a release and all their margins as one system of linear equations over true counts.

Runs in: worker.   Sees: true counts; used by the suppressor only. The checker builds its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from amana.disclosure.suppression.linked.numbering import number_cells
from amana.disclosure.suppression.linked.persons import ties
from amana.disclosure.table import ClearingRefused, Cube, RawTable

SHARED: Final = -1  # owner of a quantity that stands in several cubes
_SWEEPS: Final = 60  # of plain subtraction over all lines; realistic releases settle in about ten
_MOST_PLACES: Final = 20  # cells named in a refusal


@dataclass(frozen=True)
class System:
    """Every quantity of a release once, and what binds them.

    truth:     (n,) persons. Cells first, then implied rests, then the slack of each inequality.
    equations: (m, n) integers; equations @ truth = 0.
    cells:     how many of the n are cells of cubes.
    fixed:     (n,) publicly known to be 0, because nobody asked.
    guarded:   (n,) must not be derivable while hidden: cells that were asked for, and implied rests.
    owner:     (n,) number of the only cube that a quantity stands in, else SHARED.
    numbers:   by cube id, shape ``cube.shape``: which quantity each cell is.
    """

    truth: NDArray[np.int64]
    equations: sparse.csc_matrix
    cells: int
    fixed: NDArray[np.bool_]
    guarded: NDArray[np.bool_]
    owner: NDArray[np.int64]
    numbers: Mapping[str, NDArray[np.int64]]

    @cached_property
    def lines(self) -> sparse.csr_matrix:
        """Return the equations by row."""
        return self.equations.tocsr()

    @cached_property
    def defining(self) -> sparse.csr_matrix:
        """Return (n - cells, n): what rests and slacks are, from the cells."""
        late = len(self.truth) - self.cells
        rows = self.lines[self.lines.shape[0] - late :]
        signs = rows[:, self.cells :].diagonal()
        return rows[:, : self.cells].multiply(-signs[:, None]).tocsr().astype(np.int64)

    @cached_property
    def defining_size(self) -> sparse.csr_matrix:
        """Return the same without signs: which cells a rest or a slack depends on."""
        return abs(self.defining)

    @cached_property
    def halves(self) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return (m, n) 0 or 1 twice: the sum of each equation between cells, and what it sums."""
        rows = self.lines[: self.lines.shape[0] - (len(self.truth) - self.cells)]
        return (rows < 0).astype(np.int64), (rows > 0).astype(np.int64)

    def completed(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n,) counts of the cells with the rests and slacks that follow from them. counts: (cells,)."""
        return np.concatenate([counts, self.defining @ counts])

    def plain_bounds(
        self, lower: NDArray[np.int64], upper: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what adding and subtracting alone, line by line and over again, tells about each quantity.

        lower, upper: (n,) what is known at first, below 2**40, as both ends are kept, so that no sum overflows.
        Raises ClearingRefused when a lower end passes an upper one: then no table fits what is known.
        """
        lines = self.lines
        row = np.repeat(np.arange(lines.shape[0]), np.diff(lines.indptr))
        quantity, positive = lines.indices, lines.data > 0
        for _ in range(_SWEEPS):
            least = np.where(positive, lower[quantity], -upper[quantity])
            most = np.where(positive, upper[quantity], -lower[quantity])
            others_most = np.bincount(row, most, lines.shape[0])[row] - most
            others_least = np.bincount(row, least, lines.shape[0])[row] - least
            new_lower, new_upper = lower.copy(), upper.copy()
            np.maximum.at(new_lower, quantity, np.where(positive, -others_most, others_least).astype(np.int64))
            np.minimum.at(new_upper, quantity, np.where(positive, -others_least, others_most).astype(np.int64))
            if passed := int((new_lower > new_upper).sum()):
                raise ClearingRefused(reason="not_additive", cells=passed, places=())
            if np.array_equal(new_lower, lower) and np.array_equal(new_upper, upper):
                break
            lower, upper = new_lower, new_upper
        return lower, upper


def link(raw: RawTable) -> System:
    """Return the system of all cubes. Raises ClearingRefused when the counts contradict each other."""
    system = bind(raw)
    _require_additive(raw.cubes, system.numbers, system.lines, system.truth)
    return system


def bind(raw: RawTable) -> System:
    """Return the system of all cubes whether or not the counts fit it; those of one quantity must be the same.

    An implied rest is what a reader gets by subtracting a filtered cell from the unfiltered one: persons, too.
    """
    numbers, count = number_cells(raw.cubes)
    truth, fixed, silent = _contents(raw, numbers, count)
    asked = ~(fixed | silent)  # where nobody was asked there is no rest to speak of
    rests = [pair for pair in _rests([cube for cube in raw.cubes if cube.printed], numbers) if asked[pair[0]]]
    whole, part = np.array(rests, dtype=np.int64).reshape(-1, 2).T
    sums = [_Lines(heads, tails, 0) for cube in raw.cubes for heads, tails in _sums(cube, numbers[cube.id])]
    bonds = list(ties(raw.cubes, numbers))
    sums += [_Lines(one.heads, one.tails, 0) for one in bonds if one.exact]
    covers = [_Lines(heads, tails, -1) for cube in raw.cubes for tails, heads in _covers(cube, numbers[cube.id])]
    beside = [_Lines(one.heads, one.tails, 1) for one in bonds if not one.exact]
    lines = [*_distinct(sums, count), _Lines(whole, part[:, None], 1), *_distinct(covers, count), *beside]
    equations, size = _equations(lines, count)
    truth = _complete(truth, equations, count, size)
    guarded = np.arange(size) < count + len(rests)
    printed = np.concatenate([numbers[cube.id].ravel() for cube in raw.cubes if cube.printed])
    guarded[:count] &= asked & np.isin(np.arange(count), printed)
    fixed = np.concatenate([fixed, np.zeros(size - count, dtype=np.bool_)])
    owner = owners([numbers[cube.id] for cube in raw.cubes], equations, count, size)
    return System(truth, equations.tocsc(), count, fixed, guarded, owner, numbers)


def connected(equations: sparse.csc_matrix) -> NDArray[np.int64]:
    """Return (n,) which part each unknown belongs to: no equation binds two parts to each other."""
    bond = abs(equations)
    graph = sparse.bmat([[None, bond.T], [bond, None]], format="csr")
    part: NDArray[np.int64] = csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return part[: equations.shape[1]]


def refusal(
    reason: str, cubes: Sequence[Cube], numbers: Mapping[str, NDArray[np.int64]], wrong: NDArray[np.bool_]
) -> ClearingRefused:
    """Return a refusal that names the cells of these quantities, and no count. wrong: (at least the cells,) bool."""
    places = [
        (cube.id, cube.cell_codes(tuple(map(int, index))))
        for cube in cubes
        for index in np.argwhere(wrong[numbers[cube.id]])
    ]
    return ClearingRefused(reason=reason, cells=len(places), places=tuple(places[:_MOST_PLACES]))


def _contents(
    raw: RawTable, numbers: Mapping[str, NDArray[np.int64]], size: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the truth, what is publicly 0 as nobody asked, and what is not asked but follows from the sums."""
    truth = np.zeros(size, dtype=np.int64)
    fixed, silent, wrong = (np.zeros(size, dtype=np.bool_) for _ in range(3))
    for cube in raw.cubes:
        truth[numbers[cube.id]] = raw.counts[cube.id]
    for cube in raw.cubes:
        places, counts, absent = numbers[cube.id], raw.counts[cube.id], raw.absent[cube.id]
        clear = speaks(cube) | (not cube.printed)
        fixed[places[absent & clear]] = True
        silent[places[absent & ~clear]] = True
        wrong[places[(truth[places] != counts) | (counts < 0) | (absent & (counts != 0))]] = True
    if wrong.any():
        raise refusal("not_additive", raw.cubes, numbers, wrong)
    return truth, fixed, silent


def speaks(cube: Cube) -> NDArray[np.bool_]:
    """Return shape ``cube.shape``: True where no node is an unknown or a rest, so that "not asked" means 0."""
    found = np.ones(cube.shape, dtype=np.bool_)
    for dim, axis in enumerate(cube.axes):
        clear = [node.code not in {"_U", "_O"} and not node.code.endswith(":_O") for node in axis.nodes]
        found &= np.array(clear).reshape([-1 if each == dim else 1 for each in range(len(cube.axes))])
    return found


class _Lines(NamedTuple):
    """Equations of one form: each of tails summed, minus its head, plus ``slack`` times a quantity of its own, is 0.

    heads: (m,); tails: (m, c); slack: 0 for none.
    """

    heads: NDArray[np.int64]
    tails: NDArray[np.int64]
    slack: int


def _sums(cube: Cube, places: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for dim, axis in enumerate(cube.axes):
        lines = np.moveaxis(places, dim, 0).reshape(len(axis.nodes), -1)
        for parent, children in axis.sums:
            yield lines[parent], np.sort(lines[list(children)].T, axis=1)


def _covers(cube: Cube, places: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for dim, axis in enumerate(cube.axes):
        lines = np.moveaxis(places, dim, 0).reshape(len(axis.nodes), -1)
        for covering, covered in axis.covers:
            yield np.sort(lines[list(covering)].T, axis=1), lines[covered]


def _rests(cubes: Sequence[Cube], numbers: Mapping[str, NDArray[np.int64]]) -> list[tuple[int, int]]:
    """Return the (unfiltered, filtered) quantities that are both published."""
    filtered = [cube for cube in cubes if cube.filter]
    if not filtered:
        return []
    keys = {cube.cell_key(index): int(numbers[cube.id][index]) for cube in cubes for index in cube.indices()}
    found = set()
    for cube in filtered:
        for index in cube.indices():
            key = cube.cell_key(index)
            wholes = [keys.get(key - {condition}) for condition in cube.filter]
            found |= {(whole, keys[key]) for whole in wholes if whole is not None}
    return sorted(found)


def _distinct(lines: Sequence[_Lines], count: int) -> list[_Lines]:
    """Return the equations, each once: two that sum to the same two random numbers of 64 bits are the same."""
    marks = np.random.default_rng(0).integers(0, 2**64, (2, count), dtype=np.uint64)
    prints = [
        np.vstack([mark[line.heads] * np.uint64(3) + mark[line.tails].sum(axis=1, dtype=np.uint64) for mark in marks])
        for line in lines
    ]
    everything = np.hstack([np.zeros((2, 0), dtype=np.uint64), *prints])
    joined = np.rec.fromarrays(list(everything))
    first = np.zeros(len(joined), dtype=np.bool_)
    first[np.unique(joined, return_index=True)[1]] = True
    keep = np.split(first, np.cumsum([each.shape[1] for each in prints]))
    return [_Lines(line.heads[mine], line.tails[mine], line.slack) for line, mine in zip(lines, keep, strict=False)]


def _equations(lines: Sequence[_Lines], count: int) -> tuple[sparse.csr_matrix, int]:
    """Return (m, n) all equations in the order of the lines, and n; each slack is a quantity after all cells."""
    counts, columns, values, size = [], [], [], count
    for line in lines:
        m, c = line.tails.shape
        parts, signs = [line.heads[:, None], line.tails], [-1, *[1] * c]
        if line.slack:
            parts.append(np.arange(size, size + m)[:, None])
            signs.append(line.slack)
            size += m
        counts.append(np.full(m, len(signs)))
        columns.append(np.hstack(parts).ravel())
        values.append(np.tile(np.array(signs, dtype=np.int64), m))
    empty = np.zeros(0, dtype=np.int64)
    ends = np.concatenate([[0], np.cumsum(np.concatenate([empty, *counts]))])
    data, at = np.concatenate([empty, *values]), np.concatenate([empty, *columns])
    found = sparse.csr_matrix((data, at, ends), shape=(len(ends) - 1, size))
    found.sum_duplicates()
    found.eliminate_zeros()  # of what is its own part
    return found, size


def _complete(truth: NDArray[np.int64], equations: sparse.csr_matrix, count: int, size: int) -> NDArray[np.int64]:
    """Return (size,) the counts of the cells, then the rests and slacks that follow from them."""
    whole = np.concatenate([truth, np.zeros(size - count, dtype=np.int64)])
    defining = equations[equations.shape[0] - (size - count) :]
    whole[count:] = -(defining @ whole) * defining[:, count:].diagonal()
    return whole


def _require_additive(
    cubes: Sequence[Cube],
    numbers: Mapping[str, NDArray[np.int64]],
    equations: sparse.csr_matrix,
    truth: NDArray[np.int64],
) -> None:
    bad = (equations @ truth != 0) | (abs(equations) @ (truth < 0).astype(np.int64) != 0)
    wrong = abs(equations).T @ bad.astype(np.int64) != 0
    if wrong.any():
        raise refusal("not_additive", cubes, numbers, wrong)


def owners(
    grids: Sequence[NDArray[np.int64]], equations: sparse.csr_matrix, count: int, size: int
) -> NDArray[np.int64]:
    """Return (size,) the only cube of each quantity, else SHARED; a slack goes with the cells that it bounds.

    grids: of each cube, which quantities its cells are.
    """
    nobody = len(grids)
    owner = np.full(size, nobody, dtype=np.int64)
    for number, grid in enumerate(grids):
        mine = np.unique(grid)
        owner[mine] = np.where(owner[mine] == nobody, number, SHARED)
    for slack in range(count, size):
        row = equations.getrow(equations.shape[0] - size + slack).indices
        held = {int(owner[each]) for each in row if each < count} - {SHARED}
        owner[slack] = held.pop() if len(held) == 1 else SHARED
    return owner

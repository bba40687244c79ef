"""All cubes of a release and all their margins as one system of linear equations over true counts.

Runs in: worker.   Sees: true counts; used by the suppressor only. The checker builds its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.table import ClearingRefused, Cube, Key, RawTable

SHARED: Final = -1  # owner of a quantity that stands in several cubes
_SWEEPS: Final = 60  # of plain subtraction over all lines; realistic releases settle in about ten
_MOST_PLACES: Final = 20  # cells named in a refusal

Row = tuple[tuple[int, int], ...]  # (quantity, coefficient) pairs that sum to 0


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

    def plain_bounds(
        self, lower: NDArray[np.int64], upper: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what adding and subtracting alone, line by line and over again, tells about each quantity.

        lower, upper: (n,) what is known at first; both ends are kept below 2**40, so that no sum overflows.
        """
        lines = self.equations.tocsr()
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
            if np.array_equal(new_lower, lower) and np.array_equal(new_upper, upper):
                break
            lower, upper = new_lower, new_upper
        return lower, upper


def link(raw: RawTable) -> System:
    """Return the system of all cubes. Raises ClearingRefused when the counts contradict each other.

    An implied rest is what a reader gets by subtracting a filtered cell from the unfiltered one: persons, too.
    """
    numbers, keys = _number(raw.cubes)
    truth, fixed, silent = _contents(raw, numbers, len(keys))
    sums = {(parent, below) for cube in raw.cubes for parent, below in _sums(cube, numbers[cube.id])}
    asked = ~(fixed | silent)  # where nobody was asked there is no rest to speak of
    rests = sorted({pair for cube in raw.cubes for pair in _rests(cube, numbers[cube.id], keys) if asked[pair[0]]})
    covers = sorted({bound for cube in raw.cubes for bound in _covers(cube, numbers[cube.id])})
    first_slack = len(keys) + len(rests)
    rows: list[Row] = [((parent, -1), *((each, 1) for each in below)) for parent, below in sorted(sums)]
    rows += [((whole, -1), (part, 1), (len(keys) + at, 1)) for at, (whole, part) in enumerate(rests)]
    rows += [
        ((under, -1), *((each, 1) for each in over), (first_slack + at, -1)) for at, (over, under) in enumerate(covers)
    ]
    implied = [int(truth[whole] - truth[part]) for whole, part in rests]
    implied += [int(truth[list(over)].sum() - truth[under]) for over, under in covers]
    size = first_slack + len(covers)
    truth = np.concatenate([truth, np.array(implied, dtype=np.int64)])
    equations = _matrix(rows, size)
    _require_additive(raw.cubes, numbers, equations, truth)
    guarded = np.arange(size) < first_slack
    guarded[: len(keys)] &= asked
    fixed = np.concatenate([fixed, np.zeros(size - len(keys), dtype=np.bool_)])
    owner = _owners(raw.cubes, numbers, rows, size)
    return System(truth, equations, len(keys), fixed, guarded, owner, numbers)


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


def _number(cubes: Sequence[Cube]) -> tuple[dict[str, NDArray[np.int64]], dict[Key, int]]:
    keys: dict[Key, int] = {}
    numbers = {}
    for cube in cubes:
        places = [keys.setdefault(cube.cell_key(index), len(keys)) for index in cube.indices()]
        numbers[cube.id] = np.array(places, dtype=np.int64).reshape(cube.shape)
    return numbers, keys


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
        speaks = _speaks(cube)
        fixed[places[absent & speaks]] = True
        silent[places[absent & ~speaks]] = True
        wrong[places[(truth[places] != counts) | (counts < 0) | (absent & (counts != 0))]] = True
    if wrong.any():
        raise refusal("not_additive", raw.cubes, numbers, wrong)
    return truth, fixed, silent


def _speaks(cube: Cube) -> NDArray[np.bool_]:
    """Return shape ``cube.shape``: True where no node is an unknown or a rest, so that "not asked" means 0."""
    speaks = np.ones(cube.shape, dtype=np.bool_)
    for dim, axis in enumerate(cube.axes):
        clear = [node.code not in {"_U", "_O"} and not node.code.endswith(":_O") for node in axis.nodes]
        speaks &= np.array(clear).reshape([-1 if each == dim else 1 for each in range(len(cube.axes))])
    return speaks


def _sums(cube: Cube, places: NDArray[np.int64]) -> Iterator[tuple[int, tuple[int, ...]]]:
    for dim, axis in enumerate(cube.axes):
        lines = np.moveaxis(places, dim, 0).reshape(len(axis.nodes), -1)
        for parent, children in axis.sums:
            for line in lines.T.tolist():
                yield line[parent], tuple(sorted(line[child] for child in children))


def _covers(cube: Cube, places: NDArray[np.int64]) -> Iterator[tuple[tuple[int, ...], int]]:
    for dim, axis in enumerate(cube.axes):
        lines = np.moveaxis(places, dim, 0).reshape(len(axis.nodes), -1)
        for covering, covered in axis.covers:
            for line in lines.T.tolist():
                yield tuple(sorted(line[each] for each in covering)), line[covered]


def _rests(cube: Cube, places: NDArray[np.int64], keys: Mapping[Key, int]) -> Iterator[tuple[int, int]]:
    """Yield (unfiltered, filtered) quantities that are both published."""
    for index in cube.indices() if cube.filter else ():
        key = cube.cell_key(index)
        for condition in cube.filter:
            whole = keys.get(key - {condition})
            if whole is not None:
                yield whole, int(places[index])


def _matrix(rows: Sequence[Row], size: int) -> sparse.csc_matrix:
    at = [number for number, row in enumerate(rows) for _ in row]
    columns = [quantity for row in rows for quantity, _ in row]
    values = [coefficient for row in rows for _, coefficient in row]
    return sparse.csc_matrix((np.array(values, dtype=np.int64), (at, columns)), shape=(len(rows), size))


def _require_additive(
    cubes: Sequence[Cube],
    numbers: Mapping[str, NDArray[np.int64]],
    equations: sparse.csc_matrix,
    truth: NDArray[np.int64],
) -> None:
    bad = (equations @ truth != 0) | (abs(equations) @ (truth < 0).astype(np.int64) != 0)
    wrong = abs(equations).T @ bad.astype(np.int64) != 0
    if wrong.any():
        raise refusal("not_additive", cubes, numbers, wrong)


def _owners(
    cubes: Sequence[Cube], numbers: Mapping[str, NDArray[np.int64]], rows: Sequence[Row], size: int
) -> NDArray[np.int64]:
    """Return (size,) the only cube of each quantity, else SHARED; a slack goes with the cells that it bounds."""
    nobody = len(cubes)
    owner = np.full(size, nobody, dtype=np.int64)
    for number, cube in enumerate(cubes):
        mine = np.unique(numbers[cube.id])
        owner[mine] = np.where(owner[mine] == nobody, number, SHARED)
    for row in rows:
        *bound, last = (quantity for quantity, _ in row)
        if owner[last] == nobody:
            owners = {int(owner[each]) for each in bound} - {SHARED}
            owner[last] = owners.pop() if len(owners) == 1 else SHARED
    return owner

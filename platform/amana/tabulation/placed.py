"""Where the rows of a block stand in a cube: which of them count, and in which leaf cell.

Runs in: worker, and at a committee that keeps its records at home.
Sees: records; gives back arrays over leaf cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import UNKNOWN, Codebook, Kind
from amana.codebook.records import YES, Records
from amana.plans.axes import Dimension, dimensions
from amana.plans.plan import CubePlan, Plan

FARTHEST: Final = np.uint64(2**64 - 1)  # what the least of nothing is


@dataclass(frozen=True)
class Placed:
    """The rows that a cube counts.

    kept:  (n,) which rows of the block they are; m of them.
    flats: (m,) the cell of each row, as a flat place in ``sizes``; one array per answer of a multi-response dimension,
           or a single one.
    sizes: cells along each dimension, 2 (yes, rest) along a multi-response one.
    many:  which dimension is multi-response; None where none is.
    """

    kept: NDArray[np.bool_]
    flats: tuple[NDArray[np.int64], ...]
    sizes: tuple[int, ...]
    many: int | None

    @property
    def _cells(self) -> int:
        return int(np.prod(self.sizes, dtype=np.int64))

    def count(self, weights: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum (n,) weights by leaf cell. Exact: bincount adds in float64, which holds every integer below 2**53."""
        kept = weights[self.kept]
        return self._joined([np.bincount(flat, kept, self._cells).astype(np.int64) for flat in self.flats])

    def count_by(self, groups: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        """Count the rows of each of ``number`` groups by leaf cell; groups: (n,), -1 for a row of none."""
        group = groups[self.kept]
        some = group >= 0
        spread = [(group * self._cells + flat)[some] for flat in self.flats]
        counted = [np.bincount(each, minlength=number * self._cells) for each in spread]
        return self._joined([each.reshape(number, self._cells) for each in counted])

    def least(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the least of (n,) values in each leaf cell, FARTHEST where there is none."""
        found = [np.full(self._cells, FARTHEST, dtype=np.uint64) for _ in self.flats]
        for cells, flat in zip(found, self.flats, strict=True):
            np.minimum.at(cells, flat, values[self.kept])
        return self._joined(found)

    def _joined(self, passes: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Return the passes as one array over leaf cells, after whatever axes come before them."""
        before = passes[0].shape[:-1]
        shaped = [each.reshape((*before, *self.sizes)) for each in passes]
        return shaped[0] if self.many is None else np.concatenate(shaped, axis=len(before) + self.many)


def place(records: Records, cube: CubePlan, plan: Plan, book: Codebook) -> Placed:
    """Return where the records stand in a cube."""
    dims = dimensions(cube, plan, book)
    kept = _kept(records, cube, plan, book)
    sizes = tuple(2 if dim.multi else len(dim.leaves) for dim in dims)
    places = [None if dim.multi else _leaf(records, dim)[kept] for dim in dims]
    many = next((number for number, dim in enumerate(dims) if dim.multi), None)
    rows = int(kept.sum())
    if many is None:
        return Placed(kept, (_flat(places, sizes, rows),), sizes, None)
    answers = (_flag(records, members)[kept] for members in dims[many].members)
    flats = tuple(_flat([*places[:many], answer, *places[many + 1 :]], sizes, rows) for answer in answers)
    return Placed(kept, flats, sizes, many)


def _flat(places: Sequence[NDArray[np.int64] | None], sizes: Sequence[int], rows: int) -> NDArray[np.int64]:
    flat = np.zeros(rows, dtype=np.int64)
    for each, size in zip(places, sizes, strict=True):
        flat = flat * size + (0 if each is None else each)
    return flat


def _leaf(records: Records, dim: Dimension) -> NDArray[np.int64]:
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

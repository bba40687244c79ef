"""Cells as Arrow keeps them: short ones are numbers, so that a whole column is held against its list at once.

In Arrow's layout of views, which polars has, 16 bytes stand for each text: its length in four and, of a text of up to
12 bytes, all of it, padded with zeros. These are two numbers; the first alone is all of a text of up to four bytes.
Source: Arrow columnar format 1.4, variable-size binary view layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from itertools import count
from operator import add, and_, or_
from random import Random
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

_Places = NDArray[np.intp]
_Numbers = NDArray[np.uint64]

_IN_ONE: Final = 4  # bytes of a text that is its view's first number
_IN_BOTH: Final = 12  # bytes of a text that is its view
_FEW: Final = 8  # codes: a list no longer is sooner compared with each than looked up
_LENGTH: Final = np.uint64(0xFFFFFFFF)  # the bits of the first number that are the length
_NO_TEXT: Final = ~np.uint64(0)


class Listed:
    """The codes of one list. Short ones stand in a table, each where any cell that equals it will be looked for."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        """Try factors until no two codes have one place: in a table of this size, one in 50 does."""
        self._long = [code for code in codes if len(code.encode()) > _IN_BOTH]
        short = [code for code in codes if code not in self._long]
        self._width = 1 + any(len(code.encode()) > _IN_ONE for code in short)
        self._codes = _numbers(pl.Series(short, dtype=pl.String), self._width)
        bits = max(2 * len(short).bit_length() - 3, 4)
        self._shift = np.uint64(64 - bits)
        for seed in count():
            rng = Random(seed)  # noqa: S311  where codes lie is no secret
            self._factors = [np.uint64(rng.getrandbits(64) | 1) for _ in self._codes]
            places = self._places(self._codes)
            if len(np.unique(places)) == len(short):
                break
        self._table = [np.full(1 << bits, _NO_TEXT) for _ in self._codes]
        for table, numbers in zip(self._table, self._codes, strict=True):
            table[places] = numbers

    def others(self, cells: pl.Series) -> _Places:
        """Return the places of the cells that are none of the codes, in rising order; a null is not one of them."""
        known = self._holds(_numbers(cells, self._width))
        if cells.null_count():
            known |= cells.is_null().to_numpy()
        found = np.flatnonzero(~known)
        return found[~cells[found].is_in(self._long).to_numpy()] if self._long and found.size else found

    def _holds(self, said: Sequence[_Numbers]) -> NDArray[np.bool_]:
        """Return (n,) whether each cell is one of the short codes."""
        if self._width == 1 and 0 < len(self._codes[0]) <= _FEW:
            return reduce(or_, (said[0] == code for code in self._codes[0]))
        places = self._places(said)
        return reduce(and_, (table[places] == each for table, each in zip(self._table, said, strict=True)))

    def _places(self, numbers: Sequence[_Numbers]) -> _Places:
        mixed = reduce(add, (each * factor for each, factor in zip(numbers, self._factors, strict=True)))
        return (mixed >> self._shift).view(np.intp)


listed = cache(Listed)


def shorter(cells: pl.Series, least: int) -> _Places:
    """Return the places of the cells that have fewer bytes, in rising order; a null has none to count."""
    short = (_numbers(cells, 1)[0] & _LENGTH) < least
    return np.flatnonzero(short & cells.is_not_null().to_numpy() if cells.null_count() else short)


def _numbers(cells: pl.Series, width: int) -> list[_Numbers]:
    """Return the first number of each view or, where ``width`` is 2, both."""
    array = cells.to_arrow(compat_level=pl.CompatLevel.newest())
    views = np.frombuffer(array.buffers()[1], dtype=np.uint64).reshape(-1, 2)[array.offset :][: len(array)]
    return [np.ascontiguousarray(views[:, place]) for place in range(width)]

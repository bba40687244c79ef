"""Pseudonyms: what one must look like, and what a whole column of them may not show.

A keyed pseudonym is as good as random. Two rows with the same one are the same person, and two that begin or end alike
were counted up, padded, or cut from something longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.canonical import Json
from amana.codebook.cells import BASE64URL, HEXADECIMAL, LEAST_PSEUDONYM, MOST_PSEUDONYM
from amana.codebook.model import Codebook, Dataflow, Kind
from amana.findings import Finding, Severity, at_rows
from amana.rows import RowSet
from amana.validation.batch import Batch

_Digests = NDArray[np.uint64]
_Mask = NDArray[np.bool_]
_Signs = NDArray[np.uint8]  # (n, length) the bytes of n texts of one length

SHARED: Final = 16  # characters that two random pseudonyms never share at either end

_DISTINCT: Final = 8  # different characters that any 128 random bits show, in practice
_SEEN: Final = 16  # characters among which 8 different ones nearly always show
_TEXTS: Final = 1 << 13  # cells at a time: what a core's cache holds
_PART: Final = 1 << 20  # digests at a time
_ODD: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))  # factors that mix bits (SplitMix64)


@dataclass(frozen=True)
class Written:
    """How the cells of one column are written.

    formed: (n,) whether each could be 128 random bits or more, in hexadecimal or base64url.
    whole, heads, tails: (m,) 64 bits for each cell that could, and for its first and its last 16 characters.
    """

    formed: _Mask
    whole: _Digests
    heads: _Digests
    tails: _Digests


def written(cells: pl.Series) -> Written:
    """Return how the cells are written. Those of one length, in a sound column all, are looked at together."""
    formed = np.zeros(len(cells), dtype=np.bool_)
    heads, tails = np.zeros((2, len(cells)), dtype=np.uint64)
    for first in range(0, len(cells), _TEXTS):
        some = slice(first, first + _TEXTS)
        for places, signs in _by_length(cells[some]):
            fine = _varied(signs)
            if fine.any() and not _in_small_hexadecimal(signs):
                fine &= _noted(cells[some][places])
            formed[some][places] = fine
            heads[some][places] = _digests(signs, 0)
            tails[some][places] = _digests(signs, signs.shape[1] - SHARED)
    return Written(formed, cells.hash().to_numpy()[formed], heads[formed], tails[formed])


def _by_length(cells: pl.Series) -> Iterator[tuple[NDArray[np.intp], _Signs]]:
    """Yield the places and the bytes of the cells of each length that a pseudonym may have."""
    array = cells.to_arrow(compat_level=pl.CompatLevel.oldest())  # all texts behind one another
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset :][: len(array) + 1]
    lengths = np.diff(ends)
    times = np.bincount(np.minimum(lengths, MOST_PSEUDONYM + 1), minlength=MOST_PSEUDONYM + 1)
    for length in (np.flatnonzero(times[LEAST_PSEUDONYM : MOST_PSEUDONYM + 1]) + LEAST_PSEUDONYM).tolist():
        places = np.flatnonzero(lengths == length)
        texts = np.ndarray(data.size - length + 1, f"V{length}", data, strides=1)  # one begins at every byte
        yield places, texts[ends[places]].view(np.uint8).reshape(-1, length)


def _in_small_hexadecimal(signs: _Signs) -> bool:
    """Return whether all the bytes are one of 0-9 and a-f."""
    between = signs - (ord("9") + 1) < ord("a") - ord("9") - 1
    return bool(signs.min() >= ord("0") and signs.max() <= ord("f") and not between.any())


def _noted(cells: pl.Series) -> _Mask:
    """Return (n,) whether each cell is in a notation of random bits; of base64url, 128 of them show all its kinds."""
    mixed = cells.str.contains("[a-z]") & cells.str.contains("[A-Z]") & cells.str.contains("[0-9]")
    return (cells.str.contains(HEXADECIMAL) | (cells.str.contains(BASE64URL) & mixed)).to_numpy()


def _varied(signs: _Signs) -> _Mask:
    """Return (n,) whether each text shows 8 different characters; only where a quick look does not tell, all are."""
    found = _at_least(signs[:, :_SEEN]) >= _DISTINCT
    for look in (_at_least, _different):
        few = np.flatnonzero(~found)
        found[few] = look(signs[few]) >= _DISTINCT
    return found


def _at_least(signs: _Signs) -> NDArray[np.uint8]:
    """Return (n,) a lower bound of how many different characters each text has, by five of their bits.

    It is enough for all but one random text in a hundred.
    """
    last = np.ascontiguousarray(signs.T & 31).astype(np.uint32)
    found: NDArray[np.uint8] = np.bitwise_count(np.bitwise_or.reduce(np.left_shift(np.uint32(1), last), axis=0))
    return found


def _different(signs: _Signs) -> NDArray[np.intp]:
    """Return (n,) how many different characters each text has."""
    found: NDArray[np.intp] = np.count_nonzero(np.diff(np.sort(signs, axis=1), axis=1), axis=1) + 1
    return found


def _digests(signs: _Signs, first: int) -> _Digests:
    """Return (n,) 64 bits for the 16 characters of each text that begin at ``first``."""
    mixed = _eight(signs, first) * _ODD[0]
    mixed ^= mixed >> 32
    mixed += _eight(signs, first + 8)
    mixed *= _ODD[1]
    mixed ^= mixed >> 32
    return mixed


def _eight(signs: _Signs, first: int) -> _Digests:
    """Return (n,) eight characters of each text, as one number."""
    return np.ndarray(len(signs), np.uint64, signs, first, signs.strides[0])


@dataclass
class _Column:
    """What is remembered of one column: 24 bytes for each well-formed cell, and its rows."""

    letter: str | None
    sheet: str | None
    whole: list[_Digests] = field(default_factory=list)
    heads: list[_Digests] = field(default_factory=list)
    tails: list[_Digests] = field(default_factory=list)
    rows: RowSet = field(default_factory=RowSet)

    def see(self, read: Written, rows: NDArray[np.int64]) -> None:
        self.whole.append(read.whole)
        self.heads.append(read.heads)
        self.tails.append(read.tails)
        self.rows |= RowSet.of(rows[read.formed])

    def alike(self) -> _Mask:
        """Return (n,) whether a cell begins or ends like a different one."""
        whole, heads, tails = joined(self.whole), joined(self.heads), joined(self.tails)
        return _among_different(heads, whole, self.begun) | _among_different(tails, whole, repeated(tails))

    def twice(self) -> _Mask:
        """Return (n,) whether the cell stands there more than once: then so does its beginning."""
        mask = self.begun.copy()
        mask[mask] = repeated(joined(self.whole)[mask])
        return mask

    @cached_property
    def begun(self) -> _Mask:
        """(n,) whether another cell begins alike, or is the same; asked once every cell was seen."""
        return repeated(joined(self.heads))

    def chosen(self, mask: _Mask) -> RowSet:
        """Return the rows where ``mask`` (n,) is true."""
        return RowSet.of(self.rows.numbers()[mask])


class Pseudonyms:
    """The watch over pseudonyms and links: no person twice, and nothing that was counted up."""

    def __init__(self, flow: Dataflow, _book: Codebook) -> None:
        """Watch the pseudonymous columns of ``flow``."""
        self._kinds = {one.id: one.kind for one in flow.variables if one.kind in {Kind.PSEUDONYM, Kind.LINK}}
        self._columns: dict[str, _Column] = {}

    def see(self, batch: Batch) -> None:
        """Remember digests of 64 bits of the well-formed cells, and of their ends."""
        for name in self._kinds:
            if name in batch:
                column = self._columns.setdefault(name, _Column(batch.letters[name], batch.sheet))
                column.see(batch.once(written, name), batch.rows.to_numpy())

    def findings(self) -> Iterator[Finding]:
        """Yield the rows of each column whose pseudonyms begin or end like another, and of persons named twice."""
        for name, column in self._columns.items():
            place = (column.sheet, None, name, column.letter)
            if (alike := column.alike()).any():
                facts: dict[str, Json] = {"shared": SHARED}
                finding = Finding("pseudonym.sequential", Severity.ERROR, *place, facts=facts)
                yield at_rows(finding, column.chosen(alike))
            if self._kinds[name] is Kind.PSEUDONYM and (twice := column.twice()).any():
                yield at_rows(Finding("pseudonym.duplicate", Severity.ERROR, *place), column.chosen(twice))


def joined(pieces: list[_Digests]) -> _Digests:
    """Return all pieces as one, and keep only that, so that nothing is held twice."""
    pieces[:] = [np.concatenate(pieces)]
    return pieces[0]


def repeated(digests: _Digests) -> _Mask:
    """Return (n,) whether a digest stands there more than once. Two of ten million collide once in 400,000 files.

    No more than about a million, those that begin alike, are looked at together.
    """
    parts = 1 << (len(digests) // _PART).bit_length()
    if parts == 1:
        return _repeated(digests)
    found = np.zeros(len(digests), dtype=np.bool_)
    which = (digests >> 56) & (parts - 1)
    for part in range(parts):
        places = np.flatnonzero(which == part)
        found[places] = _repeated(digests[places])
    return found


def _repeated(digests: _Digests) -> _Mask:
    found = np.zeros(len(digests), dtype=np.bool_)
    places = np.flatnonzero(_crowded(digests))
    for shift in (np.uint64(16), np.uint64(32)):
        places = places[_crowded(digests[places] >> shift)]
    few = digests[places]
    found[places] = _holds(_several(few), few)
    return found


def _crowded(digests: _Digests) -> _Mask:
    """Return (n,) whether another digest has the same last bits: by chance, one in three has."""
    size = 1 << (2 * len(digests)).bit_length()
    last = (digests & np.uint64(size - 1)).view(np.intp)
    mask: _Mask = (np.bincount(last, minlength=size) > 1)[last]
    return mask


def _among_different(ends: _Digests, whole: _Digests, shared: _Mask) -> _Mask:
    """Return (n,) whether a cell shares its end with a different cell. shared: (n,) whether with any at all."""
    places = np.flatnonzero(shared)
    places = places[np.argsort(ends[places])]
    end, cell = ends[places], whole[places]
    differ = (end[1:] == end[:-1]) & (cell[1:] != cell[:-1])  # of a run of different cells, some neighbours differ
    return _holds(np.unique(end[1:][differ]), ends)


def _several(digests: _Digests) -> _Digests:
    """Return, in order, each digest that stands there more than once."""
    ordered = np.sort(digests)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _holds(values: _Digests, digests: _Digests) -> _Mask:
    """Return (n,) whether each digest is among the values, which are in order."""
    if not values.size:
        return np.zeros(len(digests), dtype=np.bool_)
    places = np.minimum(np.searchsorted(values, digests), len(values) - 1)
    return np.equal(values[places], digests)

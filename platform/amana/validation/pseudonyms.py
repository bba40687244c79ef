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

SHARED: Final = 16  # characters that two random pseudonyms never share at either end

_DISTINCT: Final = 8  # different characters that any 128 random bits show, in practice
_SEEN: Final = 16  # characters among which 8 different ones nearly always show
_LOWER_HEX: Final = b"0123456789abcdef"
_CHUNK: Final = 1 << 13  # texts at a time: what a core's cache holds


def formed(cells: pl.Series) -> pl.Series:
    """Return (n,) whether each cell could be 128 random bits or more, in hex or base64url.

    In a sound column all are of one length and in hexadecimal: that is seen of all of them at once.
    """
    lengths = cells.str.len_bytes()
    length = lengths[len(lengths) // 2] or 0 if len(lengths) else 0
    if LEAST_PSEUDONYM <= length <= MOST_PSEUDONYM:
        alike = (lengths == length).fill_null(value=False)
        texts = cells.filter(alike)
        signs = texts.str.join("").item().encode()
        if not signs.translate(None, delete=_LOWER_HEX):
            found = alike.to_numpy().copy()
            found[found] = _varied(texts, signs)
            if len(texts) < len(cells):
                found[~alike.to_numpy()] = _one_by_one(cells.filter(~alike))
            return pl.Series(found)
    return pl.Series(_one_by_one(cells))


def _one_by_one(cells: pl.Series) -> _Mask:
    """Return what ``formed`` does, of a column whose cells have not one form."""
    hexadecimal = cells.str.contains(HEXADECIMAL)
    mixed = cells.str.contains("[a-z]") & cells.str.contains("[A-Z]") & cells.str.contains("[0-9]")
    written = hexadecimal | (cells.str.contains(BASE64URL) & mixed)
    found = written.fill_null(value=False).to_numpy().copy()
    if found.any():
        texts = cells.filter(pl.Series(found))
        found[found] = _varied(texts, texts.str.head(LEAST_PSEUDONYM).str.join("").item().encode())
    return found


def _varied(texts: pl.Series, signs: bytes) -> _Mask:
    """Return (n,) whether each text shows 8 different characters. signs: of each text as many, all ASCII, joined."""
    seen = _at_least(np.frombuffer(signs, dtype=np.uint8).reshape(len(texts), -1))
    if (few := seen < _DISTINCT).any():
        seen[few] = texts.filter(pl.Series(few)).str.split("").list.n_unique().to_numpy()
    return seen >= _DISTINCT


def _at_least(signs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (n,) a lower bound of how many different characters each row of ``signs`` has.

    The first 16 are looked at, and by five of their bits: enough for all but one random text in a hundred.
    """
    found = np.empty(len(signs), dtype=np.uint8)
    for first in range(0, len(signs), _CHUNK):
        part = np.ascontiguousarray(signs[first : first + _CHUNK, :_SEEN].T & 31)
        bits = np.left_shift(np.uint32(1), part.astype(np.uint32))
        found[first : first + _CHUNK] = np.bitwise_count(np.bitwise_or.reduce(bits, axis=0))
    return found


@dataclass
class _Column:
    """What is remembered of one column: 24 bytes for each well-formed cell, and its rows."""

    letter: str | None
    sheet: str | None
    whole: list[_Digests] = field(default_factory=list)
    heads: list[_Digests] = field(default_factory=list)
    tails: list[_Digests] = field(default_factory=list)
    rows: RowSet = field(default_factory=RowSet)

    def see(self, cells: pl.Series, rows: pl.Series) -> None:
        self.whole.append(cells.hash().to_numpy())
        self.heads.append(cells.str.head(SHARED).hash(1).to_numpy())
        self.tails.append(cells.str.tail(SHARED).hash(2).to_numpy())
        self.rows |= RowSet.of(rows.to_numpy())

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
                kept = batch.once(formed, name)
                column = self._columns.setdefault(name, _Column(batch.letters[name], batch.sheet))
                column.see(batch.cells(name).filter(kept), batch.rows.filter(kept))

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

    Halves of them are sorted, and only the few whose half is there twice are looked at whole.
    """
    halves = digests.astype(np.uint32)
    ordered = np.sort(halves)
    several = ordered[1:][ordered[1:] == ordered[:-1]]
    ends = np.zeros(1 << 16, dtype=np.bool_)
    ends[several & 0xFFFF] = True
    mask: _Mask = ends[halves & 0xFFFF]
    mask[mask] = _holds(_several(digests[mask]), digests[mask])
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

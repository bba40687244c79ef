"""Pseudonyms: what one must look like, and what a whole column of them may not show.

A keyed pseudonym is as good as random. Two rows with the same one are the same person, and two that begin or end alike
were counted up, padded, or cut from something longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.canonical import Json
from amana.codebook.model import Codebook, Dataflow, Kind
from amana.findings import Finding, Severity, at_rows
from amana.rows import RowSet
from amana.validation.batch import Batch

SHARED: Final = 16  # characters that two random pseudonyms never share at either end

_HEX: Final = r"^(?:[0-9a-f]{32,128}|[0-9A-F]{32,128})$"
_BASE64URL: Final = r"^[A-Za-z0-9_-]{32,128}$"
_DISTINCT: Final = 8  # different characters that any 128 random bits show, in practice
_SEEN: Final = 32  # characters, the length of the shortest pseudonym: among so many, 8 distinct ones nearly always show


def formed(cells: pl.Series) -> pl.Series:
    """Return (n,) whether each cell could be 128 random bits or more, in hex or base64url."""
    hexadecimal = cells.str.contains(_HEX)
    rest = cells.filter(~hexadecimal)
    if rest.is_empty():
        written = hexadecimal
    else:
        mixed = cells.str.contains("[a-z]") & cells.str.contains("[A-Z]") & cells.str.contains("[0-9]")
        written = hexadecimal | (cells.str.contains(_BASE64URL) & mixed)
    return written & _varied(cells, written)


def _varied(cells: pl.Series, written: pl.Series) -> pl.Series:
    """Return (n,) whether each cell that is ``written`` as a pseudonym shows 8 different characters."""
    varied = np.zeros(len(cells), dtype=np.bool_)
    places = np.flatnonzero(written.to_numpy())
    if places.size:
        chosen = cells.filter(written)
        seen = _at_least(chosen)
        if (few := seen < _DISTINCT).any():
            seen[few] = chosen.filter(pl.Series(few)).str.split("").list.n_unique().to_numpy()
        varied[places] = seen >= _DISTINCT
    return pl.Series(varied)


def _at_least(texts: pl.Series) -> NDArray[np.uint8]:
    """Return (n,) a lower bound of how many different characters each text has, at least 32 ASCII characters long.

    The first 32 are looked at, and by six of their bits: enough for all but a handful in a million.
    """
    signs = np.frombuffer(texts.str.head(_SEEN).str.join("").item().encode(), dtype=np.uint8)
    bits = np.uint64(1) << (signs & 63).astype(np.uint64)
    seen: NDArray[np.uint8] = np.bitwise_count(np.bitwise_or.reduce(bits.reshape(len(texts), _SEEN), axis=1))
    return seen


_Digests = NDArray[np.uint64]
_Mask = NDArray[np.bool_]


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
        whole = joined(self.whole)
        return _among_different(joined(self.heads), whole) | _among_different(joined(self.tails), whole)

    def twice(self) -> _Mask:
        """Return (n,) whether the cell stands there more than once: it does as a whole, and so does either end."""
        begun = repeated(joined(self.heads))
        return begun & repeated(joined(self.tails)) & repeated(joined(self.whole)) if begun.any() else begun

    def chosen(self, mask: _Mask) -> RowSet:
        """Return the rows where ``mask`` (n,) is true."""
        return RowSet.of(np.fromiter(self.rows, dtype=np.int64, count=len(self.rows))[mask])


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
    """Return (n,) whether a digest stands there more than once. Two of ten million collide once in 400,000 files."""
    return _holds(_several(digests), digests)


def _among_different(ends: _Digests, whole: _Digests) -> _Mask:
    """Return (n,) whether a cell shares its end with a different cell."""
    places = np.flatnonzero(repeated(ends))
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

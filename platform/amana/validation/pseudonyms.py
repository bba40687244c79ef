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


@dataclass
class _Column:
    """What is remembered of one column: 28 bytes for each well-formed cell."""

    letter: str | None
    sheet: str | None
    whole: list[NDArray[np.uint64]] = field(default_factory=list)
    heads: list[NDArray[np.uint64]] = field(default_factory=list)
    tails: list[NDArray[np.uint64]] = field(default_factory=list)
    rows: list[NDArray[np.int32]] = field(default_factory=list)

    def see(self, cells: pl.Series, rows: pl.Series) -> None:
        self.whole.append(cells.hash().to_numpy())
        self.heads.append(cells.str.head(SHARED).hash(1).to_numpy())
        self.tails.append(cells.str.tail(SHARED).hash(2).to_numpy())
        self.rows.append(rows.to_numpy().astype(np.int32))


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
            whole, heads, tails = (np.concatenate(each) for each in (column.whole, column.heads, column.tails))
            rows = np.concatenate(column.rows)
            begun, ended = repeated(heads), repeated(tails)
            alike = _among_different(heads, whole, begun) | _among_different(tails, whole, ended)
            place = (column.sheet, None, name, column.letter)
            if alike.any():
                facts: dict[str, Json] = {"shared": SHARED}
                finding = Finding("pseudonym.sequential", Severity.ERROR, *place, facts=facts)
                yield at_rows(finding, RowSet.of(rows[alike]))
            twice = repeated(whole) & begun & ended
            if self._kinds[name] is Kind.PSEUDONYM and twice.any():
                yield at_rows(Finding("pseudonym.duplicate", Severity.ERROR, *place), RowSet.of(rows[twice]))


def _among_different(
    ends: NDArray[np.uint64], whole: NDArray[np.uint64], twice: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return (n,) whether a cell whose end stands there ``twice`` shares it with a different cell."""
    shared = np.zeros(len(ends), dtype=np.bool_)
    places = np.flatnonzero(twice)
    if places.size:
        pairs = np.unique(np.stack((ends[places], whole[places])), axis=1)
        several, times = np.unique(pairs[0], return_counts=True)
        shared[places] = np.isin(ends[places], several[times > 1])
    return shared


def repeated(digests: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return (n,) whether a digest stands there more than once. Two of ten million collide once in 400,000 files."""
    order = np.argsort(digests)
    same = digests[order[1:]] == digests[order[:-1]]
    twice = np.zeros(len(digests), dtype=np.bool_)
    twice[order[1:][same]] = True
    twice[order[:-1][same]] = True
    return twice

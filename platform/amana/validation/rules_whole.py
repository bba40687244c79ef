"""Rules that only the whole file can answer: statuses side by side, questions nobody said yes to, cells told twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import OBS_VALUE, Codebook, Dataflow, Kind
from amana.findings import Finding, at_rows
from amana.rows import RowSet
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue
from amana.validation.pseudonyms import repeated

STATUS: Final = "VICTIM_STATUS"
_APART: Final = ("IDENT", "PRESUMED")
_ENOUGH: Final = 20  # rows; in a shorter file "never" says little. P: the hub's proposal


class MixedStatus:
    """The watch over a file that holds identified and presumed victims: they are counted apart, and it is said."""

    def __init__(self, _flow: Dataflow, _book: Codebook) -> None:
        """Begin without a status seen."""
        self._seen: set[str] = set()
        self._first: Batch | None = None

    def see(self, batch: Batch) -> None:
        """Note which statuses stand in the block."""
        if STATUS in batch:
            self._first = self._first or batch
            self._seen |= set(batch.cells(STATUS).unique()) & set(_APART)

    def findings(self) -> Iterator[Finding]:
        """Yield one finding, of no row, when both stand in the file."""
        if self._first is not None and self._seen == set(_APART):
            yield catalogue().settled(self._first.finding("status.mixed", STATUS))


class NeverYes:
    """The watch over optional questions that every row answers with 0 alone: perhaps nobody was asked."""

    def __init__(self, flow: Dataflow, book: Codebook) -> None:
        """Watch the optional multi-response variables of ``flow``."""
        self._silent: dict[str, tuple[str, ...]] = {
            one.id: book.list_of(one).storable for one in flow.variables if one.kind is Kind.MULTI and not one.required
        }
        self._places: dict[str, Finding] = {}
        self._rows = 0

    def see(self, batch: Batch) -> None:
        """Strike out every question that a flag of this block answers with anything but 0."""
        self._rows += len(batch)
        for variable, flags in list(self._silent.items()):
            cells = [batch.cells(flag) for flag in flags if flag in batch]
            if len(cells) < len(flags) or any(each.ne_missing("0").any() for each in cells):
                del self._silent[variable]
                continue
            if variable not in self._places:
                self._places[variable] = batch.finding("multi.never", flags[0], variable=variable)

    def findings(self) -> Iterator[Finding]:
        """Yield one finding, of no row, for each question that all rows answer with 0 alone."""
        if self._rows >= _ENOUGH:
            yield from (catalogue().settled(self._places[variable]) for variable in self._silent)


class SameCell:
    """The watch over rows that state the same cell: all dimensions alike. It keeps 12 bytes for each row."""

    def __init__(self, flow: Dataflow, _book: Codebook) -> None:
        """Watch the dimensions of ``flow``."""
        self._dimensions = [one.id for one in flow.variables]
        self._digests: list[NDArray[np.uint64]] = []
        self._rows: list[NDArray[np.int32]] = []
        self._sheet: str | None = None
        self._letter: str | None = None

    def see(self, batch: Batch) -> None:
        """Remember a digest of 64 bits of each row's dimensions."""
        names = [name for name in self._dimensions if name in batch]
        if names:
            self._digests.append(batch.frame.select(names).hash_rows().to_numpy())
            self._rows.append(batch.rows.to_numpy().astype(np.int32))
            self._sheet, self._letter = batch.sheet, batch.letters.get(OBS_VALUE)

    def findings(self) -> Iterator[Finding]:
        """Yield the rows that state a cell which another row states too."""
        if self._digests and (twice := repeated(np.concatenate(self._digests))).any():
            finding = Finding("value.duplicate", sheet=self._sheet, column=OBS_VALUE, letter=self._letter)
            yield at_rows(finding, RowSet.of(np.concatenate(self._rows)[twice]))

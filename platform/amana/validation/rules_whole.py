"""Rules that only the whole file can answer: statuses side by side, questions that nobody ever answered with yes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amana.codebook.model import Codebook, Dataflow, Kind
from amana.findings import Finding
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue

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

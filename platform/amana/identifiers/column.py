"""One column of a file under the scan: which of its cells are read, what was found in them, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from amana.findings import Finding, Severity, at_rows
from amana.identifiers.columns import Known
from amana.identifiers.hits import Hit
from amana.identifiers.prose import Prose
from amana.identifiers.reading import Reading
from amana.rows import RowSet

ENOUGH: Final = 200  # different refusing values of one column, after which it is full: the answer is known
CANDIDATES: Final = 2_000  # different values of one column that presidio reads; a sound column has next to none
_WARNED: Final = 5  # different values that are warned about, below which a column is no habit
_MOST: Final = 0.5  # of the filled cells


@dataclass
class _Found:
    """One kind of identifier in one column: the first case, how many different values, and where they stand."""

    first: Hit
    different: int = 0
    rows: RowSet = field(default_factory=RowSet)


class Column:
    """The state of one column while its blocks pass."""

    def __init__(self, header: str, known: Known | None, reading: Reading) -> None:
        """Begin with the heading, which says what else may count below it."""
        self._known = known or Known(None)
        self._reading = reading
        self._under = reading.under(header)
        self._prose = Prose() if known is None else None
        self._read: dict[str, Hit | None] = {}
        self._harmless: set[str] = set()  # values of earlier blocks that held nothing to ask about
        self._found: dict[tuple[str, Severity], _Found] = {}
        self._unread = RowSet()
        self._blocking = self._filled = 0

    @property
    def refuses(self) -> bool:
        """Whether something was found that must not be kept."""
        return self._blocking > 0

    def see(self, cells: pl.Series, rows: pl.Series) -> None:
        """Take the next (n,) cells, and the 1-based rows of the file that they stand in."""
        if self._prose is not None:
            self._prose.see(cells, rows)
        left = self._left(cells.unique(maintain_order=True))
        if left.is_empty():
            self._filled += len(cells)
            return
        self._filled += int((cells != "").sum())
        new = left.filter(~left.is_in(list(self._harmless))) if self._harmless else left
        if new.is_empty():
            return
        candidates = self._reading.candidates(new, self._under)
        if len(self._harmless) < CANDIDATES:
            self._harmless |= set(new.to_list()).difference(candidates["text"].to_list())
        hits: dict[str, Hit] = {}
        unread = []
        for cell, form in candidates.iter_rows():
            if cell not in self._read and self._is_full():
                unread.append(cell)
            elif hit := self._ask(cell, form=form):
                hits[cell] = hit
        self._place(hits, cells, rows)
        if unread:
            self._unread |= RowSet.of(rows.filter(cells.is_in(unread)).to_numpy())

    def findings(self, sheet: str | None, letter: str) -> Iterator[Finding]:
        """Yield what was found, refusing kinds first; ``sheet`` as findings name it."""
        unread = Finding("identifier.unread", sheet=sheet, column=self._known.column, letter=letter)
        found = [(self._severity(severity), one) for (_, severity), one in self._found.items()]
        for severity, one in sorted(found, key=lambda each: each[0] is not Severity.ERROR):
            yield at_rows(one.first.at(unread, severity), one.rows)
        if self._unread:
            yield at_rows(unread, self._unread)
        if self._prose is not None and self._prose.is_free:
            yield at_rows(Finding("identifier.free_text", sheet=sheet, letter=letter), self._prose.rows)

    def _left(self, distinct: pl.Series) -> pl.Series:
        """Return the values that are no codes here and have not the form of what needs no reading."""
        known = self._known
        left = distinct.filter(~distinct.is_in(list(known.cells))) if known.cells else distinct
        return left.filter((left.str.strip_chars() != "") & ~known.expected.harmless(left))

    def _is_full(self) -> bool:
        return self._blocking >= ENOUGH or len(self._read) >= CANDIDATES

    def _ask(self, cell: str, *, form: bool) -> Hit | None:
        if cell not in self._read:
            hit = self._read[cell] = self._reading.hit(cell, self._under, form=form)
            if hit:
                self._blocking += hit.blocks
                self._group(hit).different += 1
        return self._read[cell]

    def _group(self, hit: Hit) -> _Found:
        return self._found.setdefault((hit.form.id, hit.severity), _Found(hit))

    def _place(self, hits: dict[str, Hit], cells: pl.Series, rows: pl.Series) -> None:
        if not hits:
            return
        held = cells.is_in([*hits])
        rows_of: dict[tuple[str, Severity], list[int]] = {}
        for cell, row in zip(cells.filter(held).to_list(), rows.filter(held).to_list(), strict=True):
            rows_of.setdefault((hits[cell].form.id, hits[cell].severity), []).append(row)
        for group, here in rows_of.items():
            self._found[group].rows |= RowSet.of(here)

    def _severity(self, severity: Severity) -> Severity:
        """Return the severity, or ERROR for warnings where they fill the column: that is no accident."""
        warned = [one for (_, each), one in self._found.items() if each is Severity.WARNING]
        cells = sum(len(one.rows) for one in warned)
        filled = sum(one.different for one in warned) >= _WARNED and cells >= _MOST * self._filled
        return Severity.ERROR if filled else severity

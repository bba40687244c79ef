"""A file whose kind, sheet and header are known and whose rows can be read, as often as somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from amana.findings import Finding
from amana.reading.sheet import Block, Sheet
from amana.reading.tally import Tally

Kind = Literal["csv", "xlsx", "ods", "parquet", "jsonl"]
Start = Callable[[Tally], Iterator[Block]]
Beside = Callable[[], Iterator[tuple[Sheet, Block]]]


class Opened:
    """One table of one file, open. kind: by its content. sheets: the names of a workbook's sheets, all of them."""

    def __init__(
        self,
        kind: Kind,
        sheet: Sheet,
        start: Start,
        *,
        sheets: Sequence[str] = (),
        notes: Sequence[Finding] = (),
        beside: Beside = lambda: iter(()),
    ) -> None:
        self.kind = kind
        self.sheets = tuple(sheets)
        self.sheet = sheet
        self._start = start
        self._beside = beside
        self._notes = tuple(notes)
        self._tally = self._fresh()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows from the first to the last, 50,000 at a time at the most; each call begins anew.

        Raises FileUnreadable, perhaps after many blocks, where the file stops making sense.
        """
        self._tally = self._fresh()
        yield from self._start(self._tally)

    def beside(self) -> Iterator[tuple[Sheet, Block]]:
        """Yield what the file says outside its table, in pieces without headings. Raises FileUnreadable."""
        yield from self._beside()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the latest pass found: warnings, and faults of rows. Complete once ``blocks`` is exhausted."""
        return self._tally.findings()

    def _fresh(self) -> Tally:
        tally = Tally(self.sheet.place)
        for note in self._notes:
            tally.note(note)
        return tally

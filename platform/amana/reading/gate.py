"""The gate that every block of every format goes through: blank rows are left out, forbidden cells are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from amana.reading.characters import CONTROLS, DIRECTION
from amana.reading.limits import BLOCK_ROWS, Limits
from amana.reading.sheet import Block, Sheet
from amana.reading.tally import Tally
from amana.reading.unreadable import unreadable


@dataclass
class Gate:
    """One pass over one sheet. seen: rows let through so far."""

    sheet: Sheet
    limits: Limits
    tally: Tally
    seen: int = 0

    def blocks(self, frame: pl.DataFrame, rows: pl.Series, *, sound: bool = False) -> Iterator[Block]:
        """Yield the blocks of a frame whose columns are all those of the file, named by letter.

        sound: the reader knows already that no cell is too long and that no character is forbidden.
        Raises FileUnreadable beyond the limit of rows.
        """
        frame, rows = _without_blank_rows(frame, rows)
        self.seen += frame.height
        if self.seen > self.limits.rows:
            raise unreadable("structure.rows_limit", sheet=self.sheet.place, limit=self.limits.rows)
        self._unnamed(frame, rows)
        if not sound:
            self._cells(frame, rows)
        kept = frame.select(self.sheet.letters)
        for start in range(0, kept.height, BLOCK_ROWS):
            yield Block(kept.slice(start, BLOCK_ROWS), rows.slice(start, BLOCK_ROWS))

    def end(self, *, ragged: bool = False) -> None:
        """Raise FileUnreadable when the whole file had no row to let through and none of another width."""
        if not self.seen and not ragged:
            raise unreadable("structure.no_rows", sheet=self.sheet.place)

    def _unnamed(self, frame: pl.DataFrame, rows: pl.Series) -> None:
        for letter in frame.columns:
            if letter not in self._named and not self._only_counts(frame[letter]):
                self.tally.add("structure.unnamed_column", _where(rows, frame[letter] != ""), letter=letter)

    def _only_counts(self, cells: pl.Series) -> bool:
        """Return whether a column does nothing but count the rows, from 0 or 1, as exports of databases have it."""
        before = self.seen - len(cells)
        counts = (pl.int_range(before + first, self.seen + first, eager=True) for first in (0, 1))
        return any(cells.equals(count.cast(pl.String)) for count in counts)

    def _cells(self, frame: pl.DataFrame, rows: pl.Series) -> None:
        limit = self.limits.cell
        for letter in frame.columns:
            cells = frame[letter]
            self.tally.add("structure.control", _where(rows, cells.str.contains(CONTROLS)), letter=letter)
            self.tally.add("structure.direction", _where(rows, cells.str.contains(DIRECTION)), letter=letter)
            if (cells.str.len_bytes().max() or 0) > limit:  # type: ignore[operator] # a number, of a column of text
                long = _where(rows, cells.str.len_chars() > limit)
                self.tally.add("structure.cell_length", long, letter=letter, limit=limit)

    @property
    def _named(self) -> frozenset[str]:
        return frozenset(self.sheet.letters)


def _where(rows: pl.Series, mask: pl.Series) -> list[int]:
    return rows.filter(mask).to_list() if mask.any() else []


def _without_blank_rows(frame: pl.DataFrame, rows: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Leave out the rows without any text; the first column tells most of them apart."""
    if not frame.width or not (frame.to_series(0) == "").any():
        return frame, rows
    filled = frame.select(pl.any_horizontal(pl.all() != "")).to_series()
    return (frame, rows) if filled.all() else (frame.filter(filled), rows.filter(filled))

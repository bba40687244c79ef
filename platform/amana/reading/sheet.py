"""What reading hands on: the heading of one table, and its rows in blocks, with their places in the sender's file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import polars as pl

_PLAIN: Final = re.compile(
    r"(sheet|feuil|feuille|ورقة|الورقة|data|données|donnees|بيانات|victims?|victimes?|الضحايا|children|enfants|الأطفال)?"
    r"[ _-]?\d{0,4}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sheet:
    """One table of one file, before any row is read.

    name:       the workbook's sheet; None for other files. The sender chose it: findings use ``place``.
    header:     the names of the columns as they stand; lines of a header, and labels merged over several columns,
                are joined with " / ". Columns without a name are left out: a cell below one is a fault.
    header_row: 1-based row of the last header line; 0 where the file has none (Parquet, JSON Lines).
    letters:    the spreadsheet's letter of each column.
    position:   1-based place of the sheet in its workbook; 1 for other files.
    """

    name: str | None
    header: tuple[str, ...]
    header_row: int
    letters: tuple[str, ...]
    position: int = 1

    @property
    def place(self) -> str | None:
        """How a finding names the sheet: its name where that is nobody's, otherwise ``#`` and its position."""
        if self.name is None:
            return None
        return self.name if _PLAIN.fullmatch(self.name.strip()) else f"#{self.position}"


@dataclass(frozen=True)
class Block:
    """Some rows of a sheet.

    frame: (n, columns) String, each column named by its letter; an empty cell is "".
    rows:  (n,) Int64, the 1-based row of each in the file or sheet.
    """

    frame: pl.DataFrame = field(repr=False)
    rows: pl.Series = field(repr=False)

    def __len__(self) -> int:
        return self.frame.height

"""How much one file may hold. Beyond a bound a file is refused with a sentence, whatever memory the machine has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    """The bounds of one file.

    rows:           records below the header, in a file that is streamed (CSV, JSON Lines, Parquet).
    columns:        columns of the table.
    cell:           characters of one cell; a longer one is a fault of its row, not of the file.
    header:         characters of one column's name: whole questions stand there.
    record:         bytes of one record as UTF-8; a quotation mark that is never closed ends here.
    workbook_rows:  rows of one sheet, titles and header included: what a spreadsheet program can show.
    workbook_cells: rows times columns of one sheet. A workbook is read into memory as a whole.
    inflated:       bytes of all parts of a workbook together, or of one row group of a Parquet file, once inflated.
    ratio:          inflated bytes for one packed byte, above a first 4 MiB. Sheets of one value come to about 100.
    parts:          files inside a workbook.
    """

    rows: int = 20_000_000
    columns: int = 400
    cell: int = 200
    header: int = 1_000
    record: int = 4 << 20
    workbook_rows: int = 1_048_576
    workbook_cells: int = 6_000_000
    inflated: int = 512 << 20
    ratio: int = 400
    parts: int = 2_000


LIMITS: Final = Limits()
BLOCK_ROWS: Final = 50_000  # rows in one block at the most

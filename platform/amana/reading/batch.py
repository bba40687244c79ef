"""The canonical CSV, read strictly and within bounds: what cannot be read is said with its place, never guessed.

UTF-8 (a byte order mark is tolerated), comma, RFC 4180 quotes. The row number is that of the file: the header is
row 1, and a cell that spans lines still belongs to one row.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

import polars as pl

from amana.canonical import Json
from amana.errors import AmanaError
from amana.findings import Finding, at_rows, letter
from amana.reading.sheet import Block, Sheet

_CHUNK: Final = 20_000  # rows turned into columns at a time
_BLOCK: Final = 1 << 20  # bytes surveyed at a time
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Limits:
    """How much one file may hold. rows: without the header; columns; cell: characters."""

    rows: int = 2_000_000
    columns: int = 400
    cell: int = 200


LIMITS: Final = Limits()


class FileUnreadable(AmanaError):
    """The file is no table that could be judged row by row; ``findings`` say where and why."""

    code: ClassVar[str] = "intake.unreadable"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(rules=sorted({finding.rule for finding in findings}))
        self.findings = tuple(findings)


class Opened:
    """A file whose header was read. ``findings`` are complete once ``blocks`` is exhausted."""

    def __init__(self, lines: Iterator[list[str]], limits: Limits) -> None:
        header = _header(lines, limits)
        self.sheet = Sheet(None, header, 1, tuple(letter(place) for place in range(len(header))))
        self._lines = lines
        self._limits = limits
        self._ragged: list[int] = []
        self._long: dict[str, list[int]] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the rows read so far."""
        found = []
        if self._ragged:
            facts: dict[str, Json] = {"expected": len(self.sheet.header)}
            found.append(at_rows(Finding("structure.ragged", facts=facts), self._ragged))
        for place, rows in self._long.items():
            finding = Finding("structure.cell_length", letter=place, facts={"limit": self._limits.cell})
            found.append(at_rows(finding, rows))
        return tuple(found)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows. Raises FileUnreadable."""
        names, width, read = self.sheet.letters, len(self.sheet.letters), 0
        numbered = _numbered(self._lines)
        while chunk := list(islice(numbered, _CHUNK)):
            if chunk[-1][0] - 1 > self._limits.rows:
                raise FileUnreadable([Finding("structure.rows_limit", facts={"limit": self._limits.rows})])
            self._ragged.extend(row for row, cells in chunk if len(cells) != width)
            whole = [(row, cells) for row, cells in chunk if len(cells) == width]
            frame = pl.DataFrame([cells for _, cells in whole], schema=dict.fromkeys(names, pl.String), orient="row")
            block = Block(frame, pl.Series("row", [row for row, _ in whole], dtype=pl.Int64))
            self._note_long(block)
            read += len(whole)
            yield block
        if not read and not self._ragged:
            raise FileUnreadable([Finding("structure.no_rows")])

    def _note_long(self, block: Block) -> None:
        for place in block.frame.columns:
            rows = block.rows.filter(block.frame[place].str.len_chars() > self._limits.cell).to_list()
            if rows:
                self._long.setdefault(place, []).extend(rows)


@contextmanager
def open_file(path: Path, *, sheet: str | None = None, limits: Limits = LIMITS) -> Iterator[Opened]:  # noqa: ARG001 - a CSV has no sheets
    """Open the file. Raises FileUnreadable."""
    _survey(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield Opened(csv.reader(file, strict=True), limits)


def _survey(path: Path) -> None:
    """Raise FileUnreadable at the first byte that no canonical CSV holds."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    row, read = 1, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if read == 0 and block.startswith(_UTF16):
                raise FileUnreadable([Finding("structure.encoding", row=1)])
            read += len(block)
            if (place := block.find(b"\0")) >= 0:
                raise FileUnreadable([Finding("structure.nul", row=row + block.count(b"\n", 0, place))])
            _decode(decoder, block, row)
            row += block.count(b"\n")
        _decode(decoder, b"", row, final=True)
    if read <= len(codecs.BOM_UTF8):
        raise FileUnreadable([Finding("structure.empty")])


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, row: int, *, final: bool = False) -> None:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError as fault:
        place = row + fault.object[: fault.start].count(b"\n")
        raise FileUnreadable([Finding("structure.encoding", row=place)]) from None


def _header(lines: Iterator[list[str]], limits: Limits) -> tuple[str, ...]:
    header = tuple(_next(lines, 1) or ())
    if not header:
        raise FileUnreadable([Finding("structure.empty", row=1)])
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise FileUnreadable([Finding("structure.separator", row=1)])
    if len(header) > limits.columns:
        raise FileUnreadable([Finding("structure.columns_limit", row=1, facts={"limit": limits.columns})])
    return header


def _next(lines: Iterator[list[str]], row: int) -> list[str] | None:
    try:
        return next(lines, None)
    except csv.Error:
        raise FileUnreadable([Finding("structure.quotes", row=row)]) from None


def _numbered(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    row = 2
    while (cells := _next(lines, row)) is not None:
        yield row, cells
        row += 1

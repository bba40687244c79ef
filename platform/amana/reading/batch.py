"""The canonical CSV, read strictly and within bounds: what cannot be read is said with its place, never guessed.

UTF-8 (a byte order mark is tolerated), comma, RFC 4180 quotes. The row number is that of the file: the header is
row 1, and a cell that spans lines still belongs to one row.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

import polars as pl

from amana.codebook.model import Codebook, Column
from amana.errors import AmanaError
from amana.findings import Finding, at_rows, letter

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


class BatchUnreadable(AmanaError):
    """The file is no table that could be judged row by row; ``findings`` say where and why."""

    code: ClassVar[str] = "intake.unreadable"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(rules=sorted({finding.rule for finding in findings}))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Batch:
    """A canonical CSV as columns of text, not yet judged.

    header:   the names as they stand in the file. Foreign ones may be anything, even a person's name: never print them.
    frame:    (n, columns) String, each column named by its letter; rows of the wrong width are not in it.
    rows:     (n,) the 1-based file row of each row of the frame.
    letters:  canonical column → letter, for the canonical columns that are present.
    findings: what was wrong with the structure.
    """

    dataflow: str
    header: tuple[str, ...]
    frame: pl.DataFrame = field(repr=False)
    rows: pl.Series = field(repr=False)
    letters: Mapping[str, str]
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return self.frame.height

    def __contains__(self, column: object) -> bool:
        return column in self.letters

    def cells(self, column: str) -> pl.Series:
        """Return the (n,) texts of a canonical column that is present."""
        return self.frame[self.letters[column]]

    def only(self, mask: pl.Series) -> Batch:
        """Return the rows where ``mask`` (n,) is true; they keep the row numbers of their file."""
        return replace(self, frame=self.frame.filter(mask), rows=self.rows.filter(mask))

    def at(self, rule: str, column: str | None, mask: pl.Series, **facts: str | int) -> Finding | None:
        """Return one finding for the rows where ``mask`` (n,) is true, or None where there is no such row."""
        rows = self.rows.filter(mask)
        if rows.is_empty():
            return None
        place = self.letters.get(column) if column else None
        return at_rows(Finding(rule, column=column, letter=place, facts=dict(facts)), rows.to_list())


def read_csv(path: Path, dataflow: str, book: Codebook, limits: Limits = LIMITS) -> Batch:
    """Return the file as columns, with what is wrong with its structure.

    Raises BatchUnreadable when there are no rows to judge: empty, not UTF-8, NUL bytes, broken quotes, a header that
    names a column twice, another separator, or more than ``limits``.
    """
    _survey(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        header = _header(lines, limits)
        columns = book.dataflow(dataflow).columns(book)
        faults = _name_faults(header, columns)
        frame, rows, ragged = _body(lines, len(header), limits)
    if ragged:
        faults.append(at_rows(Finding("structure.ragged", facts={"expected": len(header)}), ragged))
    elif frame.is_empty():
        raise BatchUnreadable([*faults, Finding("structure.no_rows")])
    known = {column.name for column in columns}
    letters = {name: letter(place) for place, name in enumerate(header) if name in known}
    batch = Batch(dataflow, header, frame, rows, letters, ())
    return replace(batch, findings=(*faults, *_long_cells(batch, limits)))


def render(batch: Batch) -> bytes:
    """Return the batch as a canonical CSV; ``read_csv`` reads the same cells back."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(batch.header)
    writer.writerows(batch.frame.iter_rows())
    return written.getvalue().encode()


def _survey(path: Path) -> None:
    """Raise BatchUnreadable at the first byte that no canonical CSV holds."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    row, read = 1, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if read == 0 and block.startswith(_UTF16):
                raise BatchUnreadable([Finding("structure.encoding", row=1)])
            read += len(block)
            if (place := block.find(b"\0")) >= 0:
                raise BatchUnreadable([Finding("structure.nul", row=row + block.count(b"\n", 0, place))])
            _decode(decoder, block, row)
            row += block.count(b"\n")
        _decode(decoder, b"", row, final=True)
    if read <= len(codecs.BOM_UTF8):
        raise BatchUnreadable([Finding("structure.empty")])


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, row: int, *, final: bool = False) -> None:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError as fault:
        place = row + fault.object[: fault.start].count(b"\n")
        raise BatchUnreadable([Finding("structure.encoding", row=place)]) from None


def _header(lines: Iterator[list[str]], limits: Limits) -> tuple[str, ...]:
    header = tuple(_next(lines, 1) or ())
    if not header:
        raise BatchUnreadable([Finding("structure.empty", row=1)])
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise BatchUnreadable([Finding("structure.separator", row=1)])
    if len(header) > limits.columns:
        raise BatchUnreadable([Finding("structure.columns_limit", row=1, facts={"limit": limits.columns})])
    return header


def _next(lines: Iterator[list[str]], row: int) -> list[str] | None:
    try:
        return next(lines, None)
    except csv.Error:
        raise BatchUnreadable([Finding("structure.quotes", row=row)]) from None


def _name_faults(header: Sequence[str], columns: Sequence[Column]) -> list[Finding]:
    """Return the header's faults. Raises BatchUnreadable when a name stands twice."""
    known = {column.name: column for column in columns}
    twice = {name for name, times in Counter(header).items() if times > 1}
    if twice:
        places = [place for place, name in enumerate(header) if name in twice]
        raise BatchUnreadable(
            [
                Finding("header.duplicate", row=1, column=header[i] if header[i] in known else None, letter=letter(i))
                for i in places
            ]
        )
    faults = [_foreign(header, place, known) for place, name in enumerate(header) if name not in known]
    begun = {known[name].variable for name in header if name in known and known[name].code}
    for column in columns:
        if column.name in header:
            continue
        if column.required:
            faults.append(Finding("header.missing", row=1, column=column.name))
        elif column.code and column.variable in begun:
            faults.append(Finding("header.incomplete", row=1, column=column.name, facts={"variable": column.variable}))
    return faults


def _foreign(header: Sequence[str], place: int, known: Mapping[str, Column]) -> Finding:
    meant = get_close_matches(header[place].strip().upper(), known, n=1, cutoff=0.85)
    if meant:
        return Finding("header.misspelt", row=1, letter=letter(place), facts={"meant": meant[0]})
    return Finding("header.unknown", row=1, letter=letter(place))


def _body(lines: Iterator[list[str]], width: int, limits: Limits) -> tuple[pl.DataFrame, pl.Series, list[int]]:
    names = [letter(place) for place in range(width)]
    schema = dict.fromkeys(names, pl.String)
    frames = [pl.DataFrame(schema=schema)]
    rows: list[int] = []
    ragged: list[int] = []
    numbered = _numbered(lines)
    while chunk := list(islice(numbered, _CHUNK)):
        if chunk[-1][0] - 1 > limits.rows:
            raise BatchUnreadable([Finding("structure.rows_limit", facts={"limit": limits.rows})])
        ragged.extend(row for row, cells in chunk if len(cells) != width)
        whole = [(row, cells) for row, cells in chunk if len(cells) == width]
        rows.extend(row for row, _ in whole)
        frames.append(pl.DataFrame([cells for _, cells in whole], schema=schema, orient="row"))
    return pl.concat(frames), pl.Series("row", rows, dtype=pl.Int64), ragged


def _numbered(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    row = 2
    while (cells := _next(lines, row)) is not None:
        yield row, cells
        row += 1


def _long_cells(batch: Batch, limits: Limits) -> list[Finding]:
    found = []
    for place, name in enumerate(batch.header):
        mask = batch.frame[letter(place)].str.len_chars() > limits.cell
        rows = batch.rows.filter(mask).to_list()
        if rows:
            column = name if name in batch else None
            finding = Finding(
                "structure.cell_length", column=column, letter=letter(place), facts={"limit": limits.cell}
            )
            found.append(at_rows(finding, rows))
    return found

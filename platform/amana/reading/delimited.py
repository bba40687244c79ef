"""CSV, streamed: any of four separators, quoted or not, in the encodings that ministries use.

A row number is what a spreadsheet program would show beside the row: records are counted, not lines. A cell that
spans lines belongs to one row, a blank line is a row (and is left out), and a first line ``sep=;`` is none.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow

from amana.findings import Finding, Severity, letter
from amana.reading import header
from amana.reading.beside import titles
from amana.reading.characters import suspicious
from amana.reading.encoding import Encoding, decoded, detect
from amana.reading.gate import Gate
from amana.reading.heading import above, sheet_of
from amana.reading.limits import Limits
from amana.reading.opened import Opened
from amana.reading.records import Records, split
from amana.reading.sheet import Block
from amana.reading.tally import Tally
from amana.reading.unreadable import FileUnreadable, unreadable

SEPARATORS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 64 << 10  # bytes from the top on which the separator is tried
_TOLD: Final = re.compile(rb'"?sep=(.)"?(\r\n|\n|\r)', re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """How a text file is written. told: bytes of a first line that names the separator."""

    encoding: Encoding
    separator: str
    told: int = 0


@dataclass(frozen=True)
class _Piece:
    """Some records: their bytes, where each stands in them, and the row of the first."""

    data: bytes
    each: NDArray[np.uint8]
    records: Records
    row: int


def read(path: Path, limits: Limits) -> Opened:
    """Return the table of a delimited text file. Raises FileUnreadable where it has no header that could be read."""
    form = _form(path)
    first = next(_pieces(path, form, limits), None)
    if first is None:
        raise unreadable("structure.empty")
    lines = _lines(first, form.separator, limits)
    heading = header.find(lines)
    if heading is None:
        raise unreadable("structure.empty", 1)
    sheet = sheet_of(heading, limits)
    width = len(heading.names)

    def start(tally: Tally) -> Iterator[Block]:
        return _blocks(_pieces(path, form, limits), form.separator, width, Gate(sheet, limits, tally))

    return Opened(
        "csv",
        sheet,
        start,
        notes=(*_notes(form), *above(lines, heading, sheet)),
        beside=lambda: titles(lines, sheet, above=heading.first),
    )


def _notes(form: Form) -> Sequence[Finding]:
    if not form.encoding.guessed:
        return ()
    name = form.encoding.name.replace("cp", "Windows-")
    return (Finding("structure.encoding_guessed", Severity.WARNING, facts={"encoding": name}),)


def _form(path: Path) -> Form:
    encoding = detect(path)
    sample = b""
    for text, broken in decoded(path, encoding):
        sample += text
        if broken or len(sample) >= _SAMPLE:
            break
    if told := _TOLD.match(sample):
        separator = told[1].decode("ascii", "replace")
        if separator not in SEPARATORS:
            raise unreadable("structure.separator", 1)
        return Form(encoding, separator, told.end())
    return Form(encoding, _separator(sample[:_SAMPLE].decode("utf-8", "ignore")))


def _separator(sample: str) -> str:
    """Return the separator that gives most lines the same width; of equals the one that gives the wider lines."""
    return max(SEPARATORS, key=lambda separator: _evenness(sample, separator))


def _evenness(sample: str, separator: str) -> tuple[float, int]:
    widths: Counter[int] = Counter()
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            widths[len(cells)] += bool(cells)
    except csv.Error:
        pass  # what the lines before it show is enough to choose by; reading tells what is wrong with this one
    wide = {width: times for width, times in widths.items() if width > 1}
    if not wide:
        return 0.0, 0
    usual = max(wide, key=lambda width: (wide[width], width))
    return wide[usual] / widths.total(), usual


def _pieces(path: Path, form: Form, limits: Limits) -> Iterator[_Piece]:
    """Yield the records piece by piece. Raises FileUnreadable at the row where the text stops being one."""
    rest, row, skip = b"", 1, form.told
    for text, broken in decoded(path, form.encoding):
        data = rest + text[skip:]
        skip = max(0, skip - len(text))
        piece = _piece(data, row, form, final=False)
        row += len(piece.records.starts)
        if broken:
            raise unreadable("structure.encoding", row)
        rest = data[piece.records.taken :]
        if len(rest) > limits.record:
            raise unreadable("structure.record_length", row, limit=limits.record)
        if piece.records.taken:
            yield piece
    if rest:
        yield _piece(rest, row, form, final=True)


def _piece(data: bytes, row: int, form: Form, *, final: bool) -> _Piece:
    each = np.frombuffer(data, np.uint8)
    records = split(data, each, ord(form.separator), final=final)
    if (place := data.find(b"\0")) >= 0:
        raise unreadable("structure.nul", row + records.holding(place))
    if records.fault is not None:
        raise unreadable("structure.quotes", row + records.fault)
    return _Piece(data[: records.taken], each[: records.taken], records, row)


def _lines(piece: _Piece, separator: str, limits: Limits) -> list[list[str]]:
    """Return the first lines as cells. Raises FileUnreadable where one has more cells than a table may have columns."""
    records = piece.records
    wide = np.flatnonzero(records.widths[: header.LOOKED_AT] > limits.columns)
    if wide.size:
        raise unreadable("structure.columns_limit", piece.row + int(wide[0]), limit=limits.columns)
    lines = []
    for start, end in zip(records.starts[: header.LOOKED_AT], records.ends[: header.LOOKED_AT], strict=True):
        try:
            lines.append(next(csv.reader([piece.data[start:end].decode()], delimiter=separator, strict=True), []))
        except csv.Error as fault:
            raise unreadable("structure.quotes", piece.row + len(lines)) from fault
    return lines


def _blocks(pieces: Iterator[_Piece], separator: str, width: int, gate: Gate) -> Iterator[Block]:
    ragged = False
    names = [letter(place) for place in range(width)]
    for piece in pieces:
        records, rows = piece.records, np.arange(piece.row, piece.row + len(piece.records.starts))
        body, filled = rows > gate.sheet.header_row, records.ends > records.starts
        whole = body & filled & (records.widths == width)
        other = rows[body & filled & (records.widths != width)]
        gate.tally.add("structure.ragged", other, expected=width)
        ragged = ragged or bool(other.size)
        if whole.any():
            data = _only(piece, whole)
            sound = records.within(gate.limits.cell) and not suspicious(piece.data, piece.each)
            frame = _parsed(data, names, separator)
            if frame.height != np.count_nonzero(whole):
                raise unreadable("structure.quotes", int(rows[whole][0]))
            yield from gate.blocks(frame, pl.Series("row", rows[whole], dtype=pl.Int64), sound=sound)
    gate.end(ragged=ragged)


def _only(piece: _Piece, whole: NDArray[np.bool_]) -> bytes:
    """Return the bytes of these records alone."""
    if whole.all():
        return piece.data
    edges = np.flatnonzero(np.diff(whole, prepend=False, append=False))
    starts, after = piece.records.starts, piece.records.after
    return b"".join(piece.data[starts[a] : after[b - 1]] for a, b in zip(edges[0::2], edges[1::2], strict=True))


def _parsed(data: bytes, names: Sequence[str], separator: str) -> pl.DataFrame:
    quoted = b'"' in data
    try:
        table = arrow.read_csv(
            pa.BufferReader(data),
            arrow.ReadOptions(use_threads=False, column_names=list(names), block_size=len(data) + 1),
            arrow.ParseOptions(delimiter=separator, newlines_in_values=quoted, ignore_empty_lines=False),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as fault:
        raise FileUnreadable([Finding("structure.quotes")]) from fault
    return pl.DataFrame(pl.from_arrow(table))

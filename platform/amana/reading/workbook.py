"""XLSX and ODS: judged first, then read. Values come from calamine, which is given only the parts that were judged.

calamine lays a sheet out in memory as far as its last cell, and a process cannot survive being refused that memory:
so the sheet's reach is measured first (``survey``), and the archive it gets is one that we packed.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import polars as pl
from python_calamine import CalamineSheet, CalamineWorkbook

from amana.findings import Finding, Severity, letter
from amana.reading import header, ods, xlsx
from amana.reading.archive import Archive, inspected
from amana.reading.beside import Piece, comments, has_comments, pieces, titles
from amana.reading.gate import Gate
from amana.reading.header import Merged
from amana.reading.heading import above, sheet_of
from amana.reading.limits import Limits
from amana.reading.merged import Filled
from amana.reading.opened import Kind, Opened
from amana.reading.sheet import Block, Sheet
from amana.reading.survey import Survey
from amana.reading.tally import Tally
from amana.reading.texts import text_of
from amana.reading.unreadable import unreadable

_AT_ONCE: Final = 10_000  # rows turned into columns at a time
_NUMBER: Final = re.compile(r"#?(\d{1,4})")  # the digits of any script

Row = list[str]


@dataclass(frozen=True)
class _Tab:
    """A sheet as its workbook shows it, and what it is like."""

    name: str
    visible: bool
    survey: Survey


@dataclass(frozen=True)
class _Chosen:
    """The sheet to read: where it stands, what it is like, its values.

    others: tables on other sheets in sight. filled: 0-based places of all other sheets that hold something.
    """

    names: tuple[str, ...]
    position: int
    others: int
    filled: tuple[int, ...]
    survey: Survey
    values: CalamineSheet

    @property
    def name(self) -> str:
        return self.names[self.position - 1]


def read(path: Path, kind: Kind, sheet: str | None, limits: Limits) -> Opened:
    """Return one sheet of a workbook. Raises FileUnreadable where it is dangerous, damaged, too large or no table."""
    with inspected(path, limits) as archive:
        chosen = _xlsx(archive, sheet, limits) if kind == "xlsx" else _ods(archive, sheet, limits)
        more = bool(chosen.filled) or has_comments(archive)
    left = (chosen.values.start or (0, 0))[1]
    merged = [_moved(one, left) for one in chosen.survey.merged]
    lines = list(islice(_rows(chosen.values), header.LOOKED_AT))
    heading = header.find(lines, merged)
    if heading is None:
        raise unreadable("structure.empty")
    found = sheet_of(heading, limits, name=chosen.name, position=chosen.position, left=left)
    chosen.survey.refuse_tricks(found.place)

    def start(tally: Tally) -> Iterator[Block]:
        chosen.survey.tell(tally, found.header_row)
        return _blocks(chosen.values, Filled(merged, heading.last), Gate(found, limits, tally), left)

    def beside() -> Iterator[Piece]:
        yield from titles(lines, found, above=heading.first, left=left)
        if more:
            yield from _elsewhere(path, kind, chosen, limits)

    return Opened(
        kind,
        found,
        start,
        sheets=chosen.names,
        notes=(*_notes(chosen, found), *above(lines, heading, found)),
        beside=beside,
    )


def _notes(chosen: _Chosen, sheet: Sheet) -> Sequence[Finding]:
    if not chosen.others:
        return ()
    facts = {"others": chosen.others, "number": chosen.position}
    return (Finding("structure.other_sheets", Severity.WARNING, sheet=sheet.place, facts=facts),)


def _elsewhere(path: Path, kind: Kind, chosen: _Chosen, limits: Limits) -> Iterator[Piece]:
    """Yield what the other sheets hold, hidden ones too, one sheet at a time; and, of XLSX, the comments."""
    with inspected(path, limits) as archive:
        listed = xlsx.sheets(archive) if kind == "xlsx" else ()
        for at in chosen.filled:
            parts = xlsx.parts_for(archive, listed[at]) if listed else ods.parts_for(archive)
            values = _values(_packed(archive, parts), chosen.names[at])
            yield from pieces(list(_rows(values)), chosen.names[at], at + 1, left=(values.start or (0, 0))[1])
        if listed:
            yield from comments(archive)


def _xlsx(archive: Archive, sheet: str | None, limits: Limits) -> _Chosen:
    xlsx.refuse_active(archive)
    listed = xlsx.sheets(archive)
    strings = xlsx.string_lengths(archive)
    tabs = [_Tab(one.name, one.visible, xlsx.survey(archive, one, strings, limits)) for one in listed]
    at = _choice(tabs, sheet)
    return _chosen(tabs, at, _packed(archive, xlsx.parts_for(archive, listed[at])), named=sheet is not None)


def _ods(archive: Archive, sheet: str | None, limits: Limits) -> _Chosen:
    ods.refuse_active(archive)
    tabs = [_Tab(one.name, one.visible, one.survey) for one in ods.sheets(archive, limits)]
    at = _choice(tabs, sheet)
    return _chosen(tabs, at, _packed(archive, ods.parts_for(archive)), named=sheet is not None)


def _choice(tabs: Sequence[_Tab], sheet: str | None) -> int:
    """Return which sheet to read: the one that was named; else the first in sight with a table, or with anything."""
    if sheet is not None:
        at = _named([tab.name for tab in tabs], sheet)
        seen = [at] if tabs[at].survey.filled else []
    else:
        seen = [at for at, tab in enumerate(tabs) if tab.visible and tab.survey.filled]
    if not seen:
        raise unreadable("structure.empty")
    return next((at for at in seen if tabs[at].survey.is_table), seen[0])


def _named(names: Sequence[str], sheet: str) -> int:
    """Return the 0-based place of the sheet that somebody means: by its name; else as people type it; else by number.

    Spreadsheet programs take two names that differ in case alone for one. A number may be said as findings say it: #2.
    """
    if sheet in names:
        return names.index(sheet)
    typed = [_as_typed(name) for name in names]
    if _as_typed(sheet) in typed:
        return typed.index(_as_typed(sheet))
    number = _NUMBER.fullmatch(sheet.strip())
    if number is None or not 1 <= int(number[1]) <= len(names):
        raise unreadable("structure.sheet_unknown", sheets=len(names))
    return int(number[1]) - 1


def _as_typed(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _chosen(tabs: Sequence[_Tab], at: int, packed: io.BytesIO, *, named: bool) -> _Chosen:
    survey, values = tabs[at].survey, _values(packed, tabs[at].name)
    if values.height > survey.rows or values.width > survey.columns:
        raise unreadable("structure.damaged")
    others = sum(tab.visible and tab.survey.is_table for place, tab in enumerate(tabs) if place != at and not named)
    filled = tuple(place for place, tab in enumerate(tabs) if place != at and tab.survey.filled)
    return _Chosen(tuple(tab.name for tab in tabs), at + 1, others, filled, survey, values)


def _packed(archive: Archive, parts: Sequence[str]) -> io.BytesIO:
    """Pack these parts anew: what reads them next sees exactly the bytes that were judged."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name in parts:
            with file.open(name, "w", force_zip64=True) as part:
                for chunk in archive.chunks(name):
                    part.write(chunk)
    packed.seek(0)
    return packed


def _values(packed: io.BytesIO, name: str) -> CalamineSheet:
    """Return the values of a sheet. Whatever calamine says of a damaged one, a panic included, is one refusal."""
    try:
        with CalamineWorkbook.from_filelike(packed) as book:
            return book.get_sheet_by_name(name)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # a panic of Rust is no Exception
        raise unreadable("structure.damaged") from fault


def _rows(values: CalamineSheet) -> Iterator[Row]:
    """Yield the sheet's rows from row 1, and its columns from the first that holds something."""
    for cells in values.iter_rows():
        yield [cell if type(cell) is str else text_of(cell) for cell in cells]


def _moved(merged: Merged, left: int) -> Merged:
    return Merged(merged.top, max(merged.left - left, 0), merged.bottom, max(merged.right - left, 0))


def _blocks(values: CalamineSheet, filled: Filled, gate: Gate, left: int) -> Iterator[Block]:
    filled.tell(gate.tally, left)
    letters = [letter(left + at) for at in range(values.width)]
    schema = dict.fromkeys(letters, pl.String)
    below = gate.sheet.header_row
    rows = islice((filled.row(at, cells) for at, cells in enumerate(_rows(values))), below, None)
    while chunk := list(islice(rows, _AT_ONCE)):
        numbers = pl.Series("row", range(below + 1, below + 1 + len(chunk)), dtype=pl.Int64)
        below += len(chunk)
        frame = pl.DataFrame(dict(zip(letters, zip(*chunk, strict=True), strict=True)), schema=schema)
        yield from gate.blocks(frame, numbers)
    gate.end()

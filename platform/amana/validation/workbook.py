"""Findings as a workbook, without a value: a sheet of rules and a sheet of places, in the reader's language.

Complete however much was found: where rows have no room for a line each, a line holds as many as a cell does. Nothing
that is written is ever taken for a formula, an address or a number that it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from amana.findings import Finding
from amana.validation.told import Told, by_rule, fix, message, ranges, source, written
from amana.wording.load import sentence

_LINES: Final = 200_000  # ranges of rows that get a line each; a report with more joins them (a sheet has 1,048,576)
_TEXT: Final = 32_000  # characters of a cell (Excel's limit is 32,767)
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}
COLOURS: Final = {"error": "#F8C9C4", "warning": "#FBE7B2"}
_RULES: Final = (("severity", 12), ("rule", 28), ("count", 10), ("message", 70), ("fix", 60), ("source", 50))
_PLACES: Final = (
    ("severity", 12),
    ("rule", 28),
    ("sheet", 16),
    ("letter", 8),
    ("column", 22),
    ("first", 10),
    ("last", 10),
)
_JOINED: Final = (*_PLACES[:5], ("rows", 100))

Cells = Sequence[str | int | None]


def write(findings: Iterable[Finding], out: BinaryIO, language: str, about: Sequence[str] = ()) -> None:
    """Write the report to ``out``. about: lines that say what it is a report of; no values."""
    told = by_rule(findings)
    book = xlsxwriter.Workbook(out, OPTIONS)
    try:
        add_sheets(book, told, language, about)
    finally:
        book.close()


def add_sheets(book: Any, told: Sequence[Told], language: str, about: Sequence[str] = ()) -> None:  # noqa: ANN401 - a Workbook, untyped
    """Add the sheets of rules and places to a workbook that is being written."""
    head, wrapped = book.add_format({"bold": True, "bg_color": "#0E4F57", "font_color": "#FFFFFF"}), _wrapped(book)
    colours = {name: book.add_format({"bg_color": colour, "valign": "top"}) for name, colour in COLOURS.items()}
    rules = _sheet(book, sentence("report.rules", language), language)
    for row, line in enumerate(about):
        rules.write_string(row, 0, line)
    _head(rules, _RULES, head, language, row=len(about))
    for row, one in enumerate(told, start=len(about) + 1):
        _line(rules, row, _rule(one, language), {0: colours[one.severity]}, wrapped)
    joined = sum(1 for _ in _first(chain.from_iterable(ranges(f) for one in told for f in one.findings))) > _LINES
    columns = _JOINED if joined else _PLACES
    places = _sheet(book, sentence("report.places", language), language)
    _head(places, columns, head, language)
    lines = (line for one in told for line in (_joined(one, language) if joined else _places(one, language)))
    for row, cells in enumerate(lines, start=1):
        _line(places, row, cells, {}, None)


def _first(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield one range more than get a line each, at most."""
    for number, span in enumerate(spans):
        if number > _LINES:
            return
        yield span


def _rule(one: Told, language: str) -> Cells:
    first = one.findings[0]
    return (
        sentence(f"severity.{one.severity}", language),
        one.rule,
        one.count,
        "\n".join(dict.fromkeys(message(each, language) for each in one.findings[:20])),
        fix(first, language),
        source(one.rule, language),
    )


def _places(one: Told, language: str) -> Iterator[Cells]:
    """Yield a line for each run of rows; one without rows for what concerns the whole file."""
    for finding in one.findings:
        for first, last in _or_none(finding):
            yield (*_place(one, finding, language), first, last)


def _joined(one: Told, language: str) -> Iterator[Cells]:
    """Yield lines with as many runs of rows as a cell holds."""
    for finding in one.findings:
        held: list[str] = []
        length = 0
        for span in ranges(finding):
            text = written([span])
            if length + len(text) + 2 > _TEXT:
                yield (*_place(one, finding, language), ", ".join(held))
                held, length = [], 0
            held.append(text)
            length += len(text) + 2
        yield (*_place(one, finding, language), ", ".join(held))


def _place(one: Told, finding: Finding, language: str) -> Cells:
    severity = sentence(f"severity.{one.severity}", language)
    return severity, one.rule, finding.sheet, finding.letter, finding.column


def _or_none(finding: Finding) -> Iterator[tuple[int | None, int | None]]:
    some = False
    for span in ranges(finding):
        some = True
        yield span
    if not some:
        yield None, None


def _wrapped(book: Any) -> Format:  # noqa: ANN401 - as above
    made: Format = book.add_format({"text_wrap": True, "valign": "top"})
    return made


def _sheet(book: Any, name: str, language: str) -> Worksheet:  # noqa: ANN401 - as above
    sheet: Worksheet = book.add_worksheet(name[:31])
    if language == "ar":
        sheet.right_to_left()
    return sheet


def _head(sheet: Worksheet, columns: Sequence[tuple[str, int]], style: Format, language: str, row: int = 0) -> None:
    for place, (name, width) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write_string(row, place, sentence(f"report.{name}", language), style)
    sheet.freeze_panes(row + 1, 0)


def _line(sheet: Worksheet, row: int, cells: Cells, styles: dict[int, Format], style: Format | None) -> None:
    for place, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(row, place, cell, styles.get(place, style))
        elif cell:
            sheet.write_string(row, place, cell[:_TEXT], styles.get(place, style))

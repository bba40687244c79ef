"""A table as a workbook: as it is printed, as data, and where it comes from; from right to left in Arabic.

Numbers are numbers. Where there is none stands the mark in words, and no text is ever taken for a formula.

Runs in: web.
Sees: a slice, and the same laid out as a page prints it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import xlsxwriter

from amana.codebook.model import Codebook
from amana.dissemination.indicators import Told, told
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import EXPLAINED, NOT_MEASURED, Slice
from amana.dissemination.words import dimension_label, label_in, mark
from amana.wording.load import sentence

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_DATED: Final = datetime(2000, 1, 1, tzinfo=UTC)  # where no publication says when: the same table makes the same bytes
_WIDEST: Final = 40  # characters of a column
_PROSE: Final = 100  # characters of a column of sentences
_SET_IN: Final = "    "  # a code under a coarser one

_FORMATS: Final = {"count": "#,##0", "share": "0.0%", "change": "+#,##0;-#,##0;0"}
Kind = Literal["count", "share", "change"]
BESIDE: Final[tuple[Kind, ...]] = ("share", "change")  # what may stand beside a count


@dataclass(frozen=True)
class Unsure:
    """A share or a change, or an estimate without a figure, that is not to be quoted: a number that says so."""

    value: float


Value = str | float | Unsure | None


@dataclass(frozen=True)
class Head:
    """The name of a row or a column. depth: how far it is set in under a coarser code. kind: of a column's numbers."""

    label: str
    total: bool = False
    depth: int = 0
    kind: Kind = "count"


@dataclass(frozen=True)
class Taken:
    """How a workbook was taken away. origin: the hub's address. purpose: for which it was read, if one was named."""

    origin: str
    purpose: str | None = None


@dataclass(frozen=True)
class Printed:
    """A table as a page prints it. stub: names of the dimensions that run down; across: of the one that runs across.

    rows: the heads of each, then its figures; text stands where there is no figure.
    """

    caption: str
    note: str
    stub: tuple[str, ...]
    across: str | None
    columns: tuple[Head, ...]
    rows: tuple[tuple[tuple[Head, ...], tuple[Value, ...]], ...]


def render_xlsx(slice_: Slice, printed: Printed, book: Codebook, language: str, taken: Taken) -> bytes:
    """Return the workbook: the table, a sheet with a row per cell, and one about both. Dated by the publication."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, _OPTIONS)
    created = max((datetime.fromisoformat(one.published) for one in slice_.sources if one.published), default=_DATED)
    made.set_properties({"title": printed.caption, "author": taken.origin, "created": created})
    looks = _Looks(made, sentence("reliability.unreliable", language), mark(NOT_MEASURED, language))
    legend = (*_legend(slice_, language), *_reckoned(slice_, book, language))
    _write_table(_add(made, "table", language), printed, legend, looks)
    heads, lines = _heads(slice_, book, language), list(_data(slice_, book, language))
    _write_data(_add(made, "data", language), heads, lines, looks)
    _write_about(_add(made, "about", language), list(_about(slice_, printed, book, language, taken)), looks)
    made.close()
    return out.getvalue()


class _Looks:
    """The few looks of cells."""

    def __init__(self, made: Any, unreliable: str, only: str) -> None:  # noqa: ANN401 - a Workbook, untyped
        said = {kind: (only if kind == "count" else f"({unreliable})").replace('"', "") for kind in _FORMATS}
        figures = {"num_format": "#,##0.###;-#,##0.###;0", "align": "right"}
        self.title = made.add_format({"bold": True, "font_size": 13})
        self.quiet = made.add_format({"italic": True})
        self.head = made.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"})
        self.plain = made.add_format({})
        self.total = made.add_format({"bold": True})
        kinds = {kind: {"num_format": text, "align": "right"} for kind, text in _FORMATS.items()}
        self.figure = {kind: made.add_format(look) for kind, look in kinds.items()}
        self.sum = {kind: made.add_format({**look, "bold": True}) for kind, look in kinds.items()}
        self.unsure = {
            kind: made.add_format(
                {**look, "num_format": ";".join(f'{part}" {said[kind]}"' for part in text.split(";"))}
            )
            for (kind, look), text in zip(kinds.items(), _FORMATS.values(), strict=True)
        }
        self.exact = made.add_format(figures)
        self.mark = made.add_format({"align": "right", "italic": True, "pattern": 14, "fg_color": "#E4DDC8"})
        self.prose = made.add_format({"text_wrap": True, "valign": "top"})


def _add(made: Any, name: str, language: str) -> Any:  # noqa: ANN401 - as above
    sheet = made.add_worksheet(sentence(f"sheet.{name}", language))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if language == "ar":
        sheet.right_to_left()
    return sheet


def _write_table(sheet: Any, printed: Printed, legend: Sequence[str], looks: _Looks) -> None:  # noqa: ANN401 - as above
    sheet.write_string(0, 0, printed.caption, looks.title)
    sheet.write_string(1, 0, printed.note, looks.quiet)
    if printed.across:
        sheet.write_string(2, len(printed.stub), printed.across, looks.quiet)
    heads = (*(Head(name) for name in printed.stub), *printed.columns)
    for place, head in enumerate(heads):
        sheet.write_string(3, place, head.label, looks.head)
    for row, (names, values) in enumerate(printed.rows, start=4):
        whole = all(name.total for name in names)
        for place, name in enumerate(names):
            sheet.write_string(row, place, _SET_IN * name.depth + name.label, looks.total if whole else looks.plain)
        for place, (column, value) in enumerate(zip(printed.columns, values, strict=True), start=len(names)):
            look = looks.unsure if isinstance(value, Unsure) else looks.sum if whole or column.total else looks.figure
            _write(sheet, row, place, value, look[column.kind], looks.mark)
    sheet.freeze_panes(4, len(printed.stub))
    after = len(printed.rows) + 5
    for line, text in enumerate(legend, start=after):
        sheet.write_string(line, 0, text, looks.quiet)
    texts = [[_SET_IN * name.depth + name.label for name in names] for names, _ in printed.rows]
    for place, head in enumerate(heads):
        below = [each[place] for each in texts] if place < len(printed.stub) else []
        _widen(sheet, place, [head.label[: _WIDEST // 2], *below])


def _write_data(sheet: Any, heads: Sequence[Head], lines: Sequence[Sequence[Value]], looks: _Looks) -> None:  # noqa: ANN401 - as above
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head.label, looks.head)
        _widen(sheet, place, [head.label, *(str(line[place]) for line in lines if line[place] is not None)])
    for row, line in enumerate(lines, start=1):
        for place, (head, value) in enumerate(zip(heads, line, strict=True)):
            look = looks.plain if not place else looks.figure["share"] if head.kind == "share" else looks.exact
            _write(sheet, row, place, value, look, looks.plain)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(lines), len(heads) - 1)


def _write_about(sheet: Any, lines: Sequence[Sequence[Value]], looks: _Looks) -> None:  # noqa: ANN401 - as above
    sheet.set_column(0, 0, _WIDEST)
    sheet.set_column(1, 5, _WIDEST)
    for row, line in enumerate(lines):
        for place, value in enumerate(line):
            if len(line) == 1:
                sheet.merge_range(row, 0, row, 2, "", looks.prose)
                sheet.set_row(row, 15 * (1 + len(str(value)) // _PROSE))
            _write(sheet, row, place, value, looks.figure["count"], looks.prose)


def _write(sheet: Any, row: int, place: int, value: Value, number: object, text: object) -> None:  # noqa: ANN401, PLR0917 - as above
    if isinstance(value, str):
        sheet.write_string(row, place, value, text)
    elif value is not None:
        sheet.write_number(row, place, value.value if isinstance(value, Unsure) else value, number)


def _widen(sheet: Any, place: int, texts: Sequence[str]) -> None:  # noqa: ANN401 - as above
    sheet.set_column(place, place, min(_WIDEST, 3 + max((len(text) for text in texts), default=8)))


def _legend(slice_: Slice, language: str) -> Iterator[str]:
    """Yield what each mark that occurs means."""
    for status, code in EXPLAINED.items():
        for note in slice_.notes:
            if note.code.startswith(code):
                facts = {"name": mark(status, language), "text": sentence(note.code, language, note.facts)}
                yield sentence("label.said", language, facts)


def _reckoned(slice_: Slice, book: Codebook, language: str) -> Iterator[str]:
    """Yield what a share is of, and what a change is from, where they were asked for."""
    if slice_.share_of:
        name = dimension_label(slice_.dataflow, slice_.share_of, book, language)
        yield sentence("about.share", language, {"name": name})
    if "change" in slice_.indicators:
        yield sentence("about.change", language)
    if slice_.indicators and _estimated(slice_):
        yield sentence("about.unreliable", language)


def _heads(slice_: Slice, book: Codebook, language: str) -> list[Head]:
    """Return the columns of the data."""
    names = [dimension_label(slice_.dataflow, dim, book, language) for dim in (PERIOD, *slice_.dims)]
    coded = [each for name in names[1:] for each in (name, sentence("column.code", language, {"name": name}))]
    figures = ("value", "mark", "status", *(("lower", "upper", "display") if _estimated(slice_) else ()))
    more = [Head(each, kind=kind) for kind in _asked(slice_) for each in _columns(_column(kind, language), language)]
    plain = [Head(name) for name in (names[0], *coded, *(_column(name, language) for name in figures))]
    return [*plain, *more, *(Head(_column(name, language)) for name in ("vintage", "least_count", "release"))]


def _data(slice_: Slice, book: Codebook, language: str) -> Iterator[Sequence[Value]]:
    """Yield a row per cell, a value for each of ``_heads``."""
    estimated = _estimated(slice_)
    sources = {source.period: source for source in slice_.sources}
    for row in slice_.rows:
        pairs = zip(slice_.dims, row.codes, strict=True)
        codes = [each for dim, code in pairs for each in (label_in(slice_, dim, code, book, language), code)]
        ends = [row.spread.low, row.spread.high, row.spread.display] if row.spread else [None] * 3
        more_ = [each for kind in _asked(slice_) for each in _indicator(told(getattr(row, kind)), language)]
        source = sources[row.period]
        value = (row.value, mark(row.status, language), row.status)
        yield [
            *(
                int(row.period) if row.period.isdecimal() else row.period,
                *codes,
                *value,
                *(ends if estimated else ()),
                *more_,
            ),
            *(source.vintage, source.least_count, source.release),
        ]


def _estimated(slice_: Slice) -> bool:
    return any(row.spread for row in slice_.rows)


def _asked(slice_: Slice) -> Iterator[Kind]:
    """Yield the kinds of numbers beside the counts that were asked for."""
    return (kind for kind in BESIDE if kind in slice_.indicators)


def _indicator(said: Told | None, language: str) -> Sequence[Value]:
    if said is None:
        return (None,) * 4
    return (said.value, said.lower, said.upper, sentence(f"reliability.{said.status}", language))


def _column(name: str, language: str) -> str:
    return sentence(f"column.{name}", language)


def _columns(name: str, language: str) -> list[str]:
    """Return the four columns of a share or a change."""
    ends = [sentence(f"column.{end}", language, {"name": name}) for end in ("lowest", "highest", "reliability")]
    return [name, *ends]


def _about(slice_: Slice, printed: Printed, book: Codebook, language: str, taken: Taken) -> Iterator[Sequence[Value]]:
    """Yield lines: one cell of prose, or several side by side."""
    flow = book.dataflow(slice_.dataflow)
    yield [printed.caption]
    yield [sentence("about.hub", language), sentence("about.hub_said", language, {"origin": taken.origin})]
    yield [sentence("about.subject", language), flow.label.read(language)]
    yield [sentence("about.unit", language), flow.unit.read(language)]
    if taken.purpose:
        yield [sentence("about.purpose", language), taken.purpose]
    yield []
    period = dimension_label(slice_.dataflow, PERIOD, book, language)
    names = ("vintage", "least_count", "published", "release", "bundle")
    yield [period, *(_column(name, language) for name in names)]
    for one in slice_.sources:
        yield [one.period, one.vintage, one.least_count, (one.published or "")[:10], one.release, one.bundle]
    yield []
    yield from ([text] for text in (*_legend(slice_, language), *_reckoned(slice_, book, language)))
    for note in slice_.notes:
        if not note.code.startswith(tuple(EXPLAINED.values())):
            yield [sentence(note.code, language, note.facts)]
    if any(one.least_count for one in slice_.sources):
        yield [sentence("about.threshold", language)]
    yield [sentence("about.vintage", language)]
    yield [sentence("about.total", language)]

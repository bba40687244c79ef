"""An export as a workbook, in the reader's language, from right to left in Arabic; written and read back here.

Four sheets: the events, the texts (of a case), the proofs (the lines of ``files``, one in each cell) and what
the file is. Beside the codes of what happened and of its outcome stand their words; the check compares them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import python_calamine
import xlsxwriter

from amana.audit.export.files import from_cell, parse_proofs, proof_lines, to_cell
from amana.audit.export.rows import HEADER, TEXT_COLUMNS, Export, Line, Placed
from amana.audit.tlog.checkpoint import parse_note
from amana.errors import Malformed
from amana.wording.load import sentence

_CELL: Final = 32_000  # characters (Excel's limit is 32,767); longer facts go on to the right
_WIDTHS: Final[Mapping[str, int]] = {
    "at": 28, "kind_words": 30, "outcome_words": 14, "actor": 32, "role": 18, "organisation": 18, "clause": 28,
    "subject": 34, "id": 34, "kind": 22, "facts": 60, "note": 34, "case": 34, "answers": 34, "title": 30, "text": 80,
}  # fmt: skip
_WIDTH: Final = 11
SHEET: Final = (
    *("index", "at", "kind_words", "outcome_words"),
    *(name for name in HEADER if name != "outcome"),
    *("id", "kind", "outcome", "salt", "commitment", "facts"),
)
_SHEETS: Final = ("events", "texts", "proofs", "about")
_ABOUT: Final = ("what", "actors", "keep", "check")
_MORE: Final = (  # parts of a workbook in which something else could be shown to its reader
    *("xl/media/", "xl/drawings/", "xl/charts/", "xl/comments", "xl/threadedComments/", "xl/embeddings/"),
    *("xl/chartsheets/", "xl/dialogsheets/", "xl/externalLinks/"),
)
_COLUMNS: Final[Mapping[str, Sequence[str]]] = {"events": SHEET, "texts": TEXT_COLUMNS}
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def render_xlsx(export: Export) -> bytes:
    """Return the workbook. Raises Malformed when its note is no checkpoint's."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    head = book.add_format({"bold": True, "bg_color": "#0E4F57", "font_color": "#FFFFFF", "valign": "top"})
    worded = [with_words(one.line, export.language) for one in export.rows]
    _sheet(book, "events", worded, export.language, head)
    _sheet(book, "texts", [one.line for one in export.texts], export.language, head)
    for name, lines in (("proofs", proof_lines(export)), ("about", _about(export))):
        sheet = _add(book, name, export.language)
        sheet.set_column(0, 0, 110)
        for place, line in enumerate(lines):
            sheet.write_row(place, 0, _pieces(line))
    book.close()
    return out.getvalue()


def parse_xlsx(raw: bytes) -> Export:
    """Return the export in a workbook. Raises Malformed; a row that is none is kept for the check to name."""
    try:
        book = python_calamine.load_workbook(io.BytesIO(raw))
        tables = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.namelist()
    except (python_calamine.CalamineError, OSError, zipfile.BadZipFile) as fault:
        raise Malformed(format="audit export") from fault
    if len(tables) < len(_SHEETS):
        raise Malformed(format="audit export")
    events, texts, proofs, about = tables[: len(_SHEETS)]
    lines = ["".join(map(str, row)) for row in proofs]
    export = parse_proofs(lines, _placed(events, SHEET), _placed(texts, TEXT_COLUMNS))
    expected = [[_heading(name, export.language) for name in columns] for columns in _COLUMNS.values()]
    names = [sentence(f"export.{name}", export.language) for name in _SHEETS]
    plain = book.sheet_names == names and not any(part.startswith(_MORE) for part in parts)
    framed = plain and ["".join(map(str, row)) for row in about] == _about(export)
    return replace(export, headings=[_heads(events), _heads(texts)] == expected, framed=framed)


def _about(export: Export) -> list[str]:
    """Return what the last sheet says: what the file is, and its checkpoint."""
    facts = {"rows": _ordered(export), "size": parse_note(export.note).size}
    told = [sentence(f"export.about.{name}", export.language, facts) for name in _ABOUT]
    return [*told, "", *export.note.splitlines()]


def _ordered(export: Export) -> object:
    """Return how many rows the order has, by what the file says of it."""
    facts = export.order.get("facts")
    return facts.get("rows") if isinstance(facts, dict) else None


def with_words(line: Line, language: str) -> Line:
    """Return a row with the words of what happened and of its outcome."""
    outcome = line["outcome"]
    words = sentence(f"outcome.{outcome}", language) if outcome else None
    return {**line, "kind_words": sentence(f"event.{line['kind']}", language), "outcome_words": words}


def _sheet(
    book: Any,  # noqa: ANN401 - a Workbook, untyped
    name: str,
    lines: Sequence[Line],
    language: str,
    head: object,
) -> None:
    sheet, columns = _add(book, name, language), _COLUMNS[name]
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS.get(column, _WIDTH))
        sheet.write_string(0, place, _heading(column, language), head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(lines), len(columns) - 1)
    for row, line in enumerate(lines, start=1):
        cells = [to_cell(line[column]) for column in columns]
        for place, cell in enumerate([*cells[:-1], *_pieces(cells[-1])]):
            sheet.write(row, place, cell)


def _add(book: Any, name: str, language: str) -> Any:  # noqa: ANN401 - as above
    sheet = book.add_worksheet(sentence(f"export.{name}", language))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if language == "ar":
        sheet.right_to_left()
    return sheet


def _pieces(cell: object) -> list[object]:
    """Return a cell as the cells that it fills: a long text does not fit one."""
    if not isinstance(cell, str):
        return [cell]
    return [cell[start : start + _CELL] for start in range(0, len(cell), _CELL)]


def _placed(table: Sequence[Sequence[object]], columns: Sequence[str]) -> list[Placed]:
    last = len(columns) - 1
    return [
        Placed(place, _line([*row[:last], "".join(map(str, row[last:]))], columns))
        for place, row in enumerate(table[1:], start=2)
        if any(row)
    ]


def _line(cells: Sequence[object], columns: Sequence[str]) -> Line:
    return {name: from_cell(name, cell) for name, cell in zip(columns, cells, strict=False)}


def _heads(table: Sequence[Sequence[object]]) -> list[str]:
    """Return the headings of a sheet, without those cells to the right into which long facts go on."""
    return [str(cell) for cell in (table[0] if table else ()) if cell != ""]


def _heading(column: str, language: str) -> str:
    return sentence(f"export.column.{column}", language)

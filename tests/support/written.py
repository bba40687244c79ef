"""One table, written as each kind of file that a ministry may send."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from amana.findings import Finding
from amana.reading.limits import LIMITS, Limits
from amana.reading.open import FileUnreadable, open_file

Table = Sequence[Sequence[str]]  # the first row is the header
Read = tuple[tuple[str, ...], dict[int, tuple[str, ...]], tuple[Finding, ...]]

ODS_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)


def as_csv(table: Table, separator: str = ",", encoding: str = "utf-8", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting).writerows(table)
    return text.getvalue().encode(encoding)


def as_xlsx(table: Table, top: int = 0, left: int = 0, before: int = 0) -> bytes:
    """The table from row ``top`` and column ``left`` (0-based), on the sheet after ``before`` empty ones."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(
        written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": dt.datetime(2025, 1, 1, tzinfo=dt.UTC)})
        for _ in range(before):
            book.add_worksheet()
        sheet = book.add_worksheet()
        for row, cells in enumerate(table, top):
            for column, cell in enumerate(cells, left):
                if cell:
                    sheet.write_string(row, column, cell)
    return written.getvalue()


def ods_cell(text: str) -> str:
    """A text cell: spaces and line ends as OpenDocument writes them (part 3, 6.1.2 to 6.1.5)."""
    if not text:
        return "<table:table-cell/>"
    lines = text.split("\n")
    told = [escape(line).replace(" ", "<text:s/>").replace("\t", "<text:tab/>") for line in lines]
    inner = "".join(f"<text:p>{line}</text:p>" for line in told)
    return f'<table:table-cell office:value-type="string">{inner}</table:table-cell>'


def as_ods(table: Table, name: str = "S") -> bytes:
    rows = "".join(f"<table:table-row>{''.join(map(ods_cell, cells))}</table:table-row>" for cells in table)
    return ods_of(f"<table:table table:name={quoteattr(name)}>{rows}</table:table>")


def ods_of(tables: str, parts: Mapping[str, bytes] | None = None) -> bytes:
    """An ODS file with this inside its spreadsheet element."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODS_SPACES} office:version="1.3">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode("utf-8", "surrogatepass"),
            "META-INF/manifest.xml": manifest.encode(),
            **(parts or {}),
        }
    )


def zipped(parts: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return written.getvalue()


def changed(archive: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The archive with these parts replaced or added."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return zipped({**{name: file.read(name) for name in file.namelist()}, **parts})


def sheet_xml(rows: str, after: str = "") -> bytes:
    """A worksheet of XLSX with this inside its sheetData element."""
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    ).encode()


def xlsx_of(rows: str, after: str = "") -> bytes:
    return changed(as_xlsx([["A", "B"], ["1", "2"]]), {"xl/worksheets/sheet1.xml": sheet_xml(rows, after)})


def as_parquet(table: Table) -> bytes:
    header, *rows = table
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(header))]
    written = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, names=list(header)), written)
    return written.getvalue()


def as_json_lines(table: Table) -> bytes:
    header, *rows = table
    return "\n".join(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False) for row in rows).encode()


def read(folder: Path, content: bytes, *, sheet: str | None = None, limits: Limits = LIMITS) -> Read:
    """The header, each row's cells by its number, and what was found."""
    path = folder / "file"
    path.write_bytes(content)
    rows: dict[int, tuple[str, ...]] = {}
    with open_file(path, sheet=sheet, limits=limits) as opened:
        for block in opened.blocks():
            assert tuple(block.frame.columns) == opened.sheet.letters
            rows.update(zip(block.rows.to_list(), block.frame.rows(), strict=True))
        return opened.sheet.header, rows, opened.findings


def refused(folder: Path, content: bytes, *, sheet: str | None = None, limits: Limits = LIMITS) -> tuple[Finding, ...]:
    try:
        found = read(folder, content, sheet=sheet, limits=limits)
    except FileUnreadable as fault:
        return fault.findings
    raise AssertionError(f"the file was read: {found}")

"""Any sheet, any strings and any styles in a sound XLSX; and any bytes as an archive.

The first byte says which. The parts of an archive are packed anew each time: a random change to packed bytes would
hardly ever get past their checksum.
"""

from __future__ import annotations

import io
import zipfile

from one_reader import fuzz

from support.written import as_xlsx, changed, xlsx_of

WHOLE = as_xlsx([["Sexe", "Âge"], ["F", "12"], ["M", "9"]])
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
)
COMMENTS = "xl/comments1.xml"


def shape(data: bytes) -> bytes:
    which = data[0] if data else 0
    parts = (*PARTS, COMMENTS)
    return changed(WHOLE, {parts[which]: data[1:]}) if which < len(parts) else b"PK\x03\x04" + data[1:]


def seeds() -> list[bytes]:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c><c r="B1" t="str"><v>B</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><f>A2+1</f><v>2.5</v></c></row>'
        '<row r="3"><c t="e"><v>#REF!</v></c><c t="b"><v>1</v></c><c t="d"><v>2024-01-01</v></c>'
        '<c s="1"><v>45000</v></c></row>'
    )
    with zipfile.ZipFile(io.BytesIO(xlsx_of(rows, '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'))) as file:
        made = [bytes([at]) + file.read(name) for at, name in enumerate(PARTS)]
    comment = (
        b'<comments><commentList><comment ref="B2"><text><r><t>0661</t></r></text></comment></commentList></comments>'
    )
    return [*made, bytes([len(PARTS)]) + comment, b"\xff" + WHOLE[4:]]


if __name__ == "__main__":
    fuzz(seeds(), shape)

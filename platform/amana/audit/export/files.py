"""An export as files: JSON lines, or CSV with its proofs beside it in one ZIP archive. Rendered and read back here.

JSON lines, in this order:

    {"format": "amana-audit-export/1", "language": "en", "order": {row}, "note": "…"}
    {row}                                               each event, by index
    {"note": "nte_…", "text": "…", …}                   of a case: each text
    {"nodes": [[first, end, "base64"], …]}              the tree's nodes that the rows' proofs share

The archive has ``events.csv``, ``texts.csv`` for a case, and ``proofs.jsonl``, which is the lines above without rows
and texts. CSV is UTF-8 with a byte order mark, so that Excel reads Arabic. A cell that a spreadsheet could take for a
formula has an apostrophe in front (so has an empty text, and one that begins with an apostrophe), and so has what looks
like one behind a semicolon or a new line: a spreadsheet that separates otherwise begins a cell there. Nothing is lost.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from amana import canonical
from amana.audit.export.rows import COLUMNS, FORMAT, TEXT_COLUMNS, Export, Line, Nodes, Placed
from amana.errors import Malformed

EVENTS: Final = "events.csv"
TEXTS: Final = "texts.csv"
PROOFS: Final = "proofs.jsonl"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")  # what a spreadsheet may run (OWASP, CSV injection), and ours
_WITHIN: Final = re.compile(r"([;\t\n\r][\s\"]{0,3})(?=[=+\-@'])")  # where another separator begins a cell
_WITHIN_KEPT: Final = re.compile(r"([;\t\n\r][\s\"]{0,3})'(?=[=+\-@'])")
_NODES: Final = 100  # on one line
_HEAD: Final = {"format", "language", "order", "note"}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of files in the archive: the same export is the same bytes

Cell = str | int | None


def render_jsonl(export: Export) -> bytes:
    """Return the export as JSON lines."""
    head, *nodes = proof_lines(export)
    rows = [json_line(one.line) for one in (*export.rows, *export.texts)]
    return "".join(f"{line}\n" for line in (head, *rows, *nodes)).encode()


def parse_jsonl(raw: bytes) -> Export:
    """Return the export that ``raw`` renders. Raises Malformed; a row that is none is kept for the check to name."""
    lines = decoded(raw).splitlines()
    proofs: list[str] = lines[:1]
    rows: list[Placed] = []
    texts: list[Placed] = []
    for place, text in enumerate(lines[1:], start=2):
        line = _object(text)
        if "nodes" in line:
            proofs.append(text)
        else:
            (texts if "text" in line else rows).append(Placed(place, line))
    return parse_proofs(proofs, rows, texts)


def render_csv(export: Export) -> bytes:
    """Return the archive."""
    files = {EVENTS: _table(COLUMNS, export.rows), PROOFS: "".join(f"{line}\n" for line in proof_lines(export))}
    if export.texts:
        files[TEXTS] = _table(TEXT_COLUMNS, export.texts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def parse_csv(events: bytes, texts: bytes | None, proofs: bytes) -> Export:
    """Return the export in these files. Raises Malformed; a row that is none is kept for the check to name."""
    lines = decoded(proofs).splitlines()
    written = _placed(texts, TEXT_COLUMNS) if texts is not None else []
    return parse_proofs(lines, _placed(events, COLUMNS), written)


def proof_lines(export: Export) -> Iterator[str]:
    """Yield the lines that carry the order, the checkpoint and the shared nodes."""
    yield json_line({"format": FORMAT, "language": export.language, "order": export.order, "note": export.note})
    left = iter(sorted(export.nodes.items()))
    while some := list(islice(left, _NODES)):
        yield json_line({"nodes": [[*place, base64.b64encode(hash_).decode()] for place, hash_ in some]})


def parse_proofs(lines: Sequence[str], rows: Iterable[Placed], texts: Iterable[Placed]) -> Export:
    """Return the export whose proofs these lines are. Raises Malformed."""
    head = _object(lines[0]) if lines else {}
    language, order, note = head.get("language"), head.get("order"), head.get("note")
    known = head.get("format") == FORMAT and isinstance(language, str) and isinstance(note, str)
    if not known or head.keys() != _HEAD or not isinstance(order, dict):
        raise Malformed(format="audit export", line=1)
    nodes: dict[tuple[int, int], bytes] = {}
    for place, text in enumerate(lines[1:], start=2):
        nodes |= _nodes(_object(text), place)
    return Export(str(language), order, str(note), tuple(rows), tuple(texts), nodes)


def to_cell(value: object) -> Cell:
    """Return a value as a cell that nothing takes for a formula."""
    if value is None or isinstance(value, int):
        return value
    text = value if isinstance(value, str) else canonical.encode(value).decode()  # type: ignore[arg-type]  # JSON
    text = _WITHIN.sub(r"\1'", text)
    return f"'{text}" if not text or text.startswith(_FORMULA) else text


def from_cell(name: str, cell: object) -> Any:  # noqa: ANN401 - JSON
    """Return the value that a cell of this column renders; one that cannot be is left as it is, for the check."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else cell
    text = _WITHIN_KEPT.sub(r"\1", str(cell).removeprefix("'"))
    if name == "index":
        return int(text) if text.isdecimal() and text.isascii() else text
    return _json(text) if name == "facts" else text


def decoded(raw: bytes) -> str:
    """Return the text of a file, without its byte order mark. Raises Malformed."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Malformed(format="audit export") from fault


def json_line(value: Line) -> str:
    """Return an object on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _table(columns: Sequence[str], rows: Iterable[Placed]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([to_cell(row.line[name]) for name in columns] for row in rows)
    return f"\ufeff{out.getvalue()}"


def _placed(raw: bytes, columns: Sequence[str]) -> list[Placed]:
    """Return the rows of a table, which a spreadsheet may have saved with semicolons."""
    text = decoded(raw)
    delimiter = ";" if text.startswith(f"{columns[0]};") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        head = next(reader, [])
        if head != list(columns):
            raise Malformed(format="audit export", line=1)
        told = [Placed(place, _line(columns, cells)) for place, cells in enumerate(reader, start=2)]
    except csv.Error as fault:
        raise Malformed(format="audit export", line=reader.line_num) from fault
    return [one for one in told if one.line]


def _line(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Return a row by its columns; what stands to the right of them has no name, and makes the row none of ours."""
    line = {name: from_cell(name, cell) for name, cell in zip(columns, cells, strict=False)}
    beyond = [cell for cell in cells[len(columns) :] if cell]
    return line | ({"": beyond} if beyond else {})


def _nodes(line: Line, place: int) -> Nodes:
    if line.keys() != {"nodes"}:
        raise Malformed(format="audit export", line=place)
    try:
        return {(first, end): base64.b64decode(hash_, validate=True) for first, end, hash_ in line["nodes"]}
    except (TypeError, ValueError, binascii.Error) as fault:
        raise Malformed(format="audit export", line=place) from fault


def _object(text: str) -> dict[str, Any]:
    """Return the object that a text renders; an empty one when it renders none."""
    value = _json(text)
    return value if isinstance(value, dict) else {}


def _json(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the value that a text renders; the text itself when it renders none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

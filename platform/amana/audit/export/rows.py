"""Events taken out of the hub with all that is needed to verify them later, offline, against the log's key.

A row says what the event says, with the salt that blinds it: its commitment can be made again from the row, its leaf
from the commitment, and the leaf leads over the shared nodes of the tree to the root that the log signed. The order of
the export is itself an event of the log; it tells how many rows there are, and the root over their leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from amana import canonical
from amana.audit.events.case_text import Written
from amana.audit.tlog import leaf as leaves
from amana.audit.tlog.leaf import Detail, Leaf
from amana.canonical import Json
from amana.clock import rfc3339
from amana.errors import Malformed

FORMAT: Final = "amana-audit-export/1"
HEADER: Final = ("actor", "role", "organisation", "outcome", "country", "dataflow", "purpose", "clause", "subject")
COLUMNS: Final = ("index", "at", "kind", *HEADER, "id", "salt", "commitment", "facts")
WORDS: Final = ("kind_words", "outcome_words")  # of a sheet, beside the codes
TEXT_COLUMNS: Final = ("note", "case", "kind", "answers", "title", "text", "salt")

Line = Mapping[str, Any]
Nodes = Mapping[tuple[int, int], bytes]  # (first, end) → hash of the tree over leaves first … end - 1


@dataclass(frozen=True)
class Row:
    """One event under its index. detail: None once what the event says was erased; its leaf stays."""

    index: int
    leaf: Leaf
    detail: Detail | None


@dataclass(frozen=True)
class Placed:
    """A row as a file has it, unverified, and its 1-based place there: the line, or the row of a sheet."""

    place: int
    line: Line


@dataclass(frozen=True)
class Export:
    """An export as a file holds it. Nothing in it is verified yet.

    order:    the event by which it was ordered.   note: the signed checkpoint, as the log served it.
    texts:    of a case, what was written in it.
    headings: whether the columns are called as they were; of files that have no words, always.
    framed:   whether a workbook has the sheets that it had and no other, and says of itself what it said.
    """

    language: str
    order: Line
    note: str
    rows: tuple[Placed, ...]
    texts: tuple[Placed, ...]
    nodes: Nodes
    headings: bool = True
    framed: bool = True


def to_line(row: Row) -> Line:
    """Return a row as it is written. Facts that somebody has damaged are written as the text that they are."""
    told: dict[str, Json] = dict.fromkeys(COLUMNS)
    if row.detail is not None:
        told |= {name: getattr(row.detail, name) for name in HEADER}
        told |= {"facts": _facts(row.detail.facts), "salt": row.detail.salt.hex()}
    found, at = row.leaf, rfc3339(leaves.instant(row.leaf.at))
    told |= {"index": row.index, "id": found.id, "kind": found.kind, "at": at, "commitment": found.commitment}
    return told


def from_line(line: Line) -> Row:
    """Return the row that a line renders. Raises Malformed, also when the line says more than a row does."""
    try:
        _only(line, (*COLUMNS, *WORDS))
        canonical.encode(line)  # nothing in it but what has a canonical form
        leaf = Leaf(_text(line["id"]), _text(line["kind"]), _instant(line["at"]), _text(line["commitment"]))
        return Row(_whole(line["index"]), leaf, _detail(line, leaf))
    except (KeyError, TypeError, ValueError) as fault:
        raise Malformed(format="audit export") from fault


def to_text_line(written: Written) -> Line:
    """Return a text of a case as it is written."""
    return {**asdict(written), "salt": written.salt.hex()}


def from_text_line(line: Line) -> Written:
    """Return the text that a line renders. Raises Malformed, also when the line says more than a text does."""
    try:
        _only(line, TEXT_COLUMNS)
        canonical.encode(line)
        note, case, kind, text = (_text(line[name]) for name in ("note", "case", "kind", "text"))
        answers, title = (None if line[name] is None else _text(line[name]) for name in ("answers", "title"))
        return Written(note, case, kind, answers, title, text, bytes.fromhex(line["salt"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise Malformed(format="audit export") from fault


def _only(line: Line, names: Iterable[str]) -> None:
    if not line.keys() <= set(names):
        raise KeyError("nobody has committed to that")


def _detail(line: Line, leaf: Leaf) -> Detail | None:
    said = {name: line[name] for name in HEADER}
    if line["salt"] is None and line["facts"] is None and not any(one is not None for one in said.values()):
        return None
    facts = canonical.encode(line["facts"])
    detail = Detail(id=leaf.id, kind=leaf.kind, at=leaf.at, salt=bytes.fromhex(line["salt"]), facts=facts, **said)
    if not leaves.is_typed(detail):
        raise TypeError("a field of another type")
    return detail


def _facts(raw: bytes) -> Json:
    try:
        return canonical.decode(raw)
    except Malformed:
        return raw.decode("utf-8", "replace")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("no whole number")
    return value


def _instant(text: str) -> int:
    at = leaves.microseconds(datetime.fromisoformat(text))
    canonical.encode(at)
    return at

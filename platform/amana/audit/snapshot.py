"""A copy of the log that a person can take away: one text file, written by the hub, read by the offline verifier.

One JSON object a line, in this order; bytes are base64:

    {"format": "amana-log-snapshot/1", "details": true}
    {"size": 3, "note": "…"}                                      each signed checkpoint, smallest first
    {"level": 0, "n": 0, "hashes": "…"}                           each tile
    {"waiting": {detail}}                                         each event not yet in the log
    {"index": 0, "event": "evt_…", "leaf": "…", "detail": {…}}    each entry

A detail has the fields of ``leaf.Detail``. A snapshot exported without details says so (``"details": false``) and has
null for each: its tree can still be verified. In any other, a null is a detail that the hub has lost.
The verifier also reads the same things from a copy of an embedded hub's SQLite file.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from functools import partial
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from amana.audit.leaf import Detail, Told
from amana.errors import Malformed

FORMAT: Final = "amana-log-snapshot/1"
_WRONG: Final = (ValueError, TypeError, KeyError, OverflowError, RecursionError)  # what a line that is none may cause
_MAPPED: Final = 4 << 30  # bytes of a database file that are read in place
_MENDED: Final = partial(str, encoding="utf-8", errors="replace")  # whoever edited a file may have put anything there
_BYTES: Final = frozenset({"salt", "facts"})
_DETAIL: Final = itemgetter(*(field.name for field in fields(Detail)))  # the last two are the bytes
Value = TypeVar("Value")


class CopiedEntry(NamedTuple):
    """One row of the log as the copy has it; nothing in it is verified.

    told:     its details, None where there are none.
    is_typed: whether index, event and leaf were an integer, a text and bytes, or had to be made so.
    """

    idx: int
    event_id: str
    leaf: bytes
    told: Told | None
    is_typed: bool = True


@dataclass(frozen=True)
class LogCopy:
    """A copy of the log. ``entries`` can be walked once, in the copy's order.

    notes:   (size, signed note) of each checkpoint, with its cosignatures.
    tiles:   (level, n) → hashes.
    waiting: details of events that are not in the log.
    journal: ids of the journalled events, or None when the copy does not tell.
    details: whether the copy was made with details; when it was not, their absence says nothing.
    """

    notes: tuple[tuple[int, str], ...]
    tiles: Mapping[tuple[int, int], bytes]
    waiting: tuple[Detail, ...]
    journal: frozenset[str] | None
    entries: Iterator[CopiedEntry]
    details: bool = True


def render_lines(copy: LogCopy, *, details: bool) -> Iterator[bytes]:
    """Yield the lines of a snapshot file."""
    yield _line({"format": FORMAT, "details": details})
    for size, note in copy.notes:
        yield _line({"size": size, "note": note})
    for (level, n), hashes in sorted(copy.tiles.items()):
        yield _line({"level": level, "n": n, "hashes": _text(hashes)})
    for waiting in copy.waiting if details else ():
        yield _line({"waiting": _detail_to_json(waiting)})
    for entry in copy.entries:
        told = _detail_to_json(Detail(*entry.told)) if details and entry.told else None
        yield _line({"index": entry.idx, "event": entry.event_id, "leaf": _text(entry.leaf), "detail": told})


@contextmanager
def open_snapshot(path: Path) -> Iterator[LogCopy]:
    """Yield the copy in a snapshot file. Raises Malformed, also while its entries are walked, naming the line."""
    with path.open("rb") as lines:
        yield parse_lines(lines)


def parse_lines(lines: Iterable[bytes]) -> LogCopy:
    """Return the copy that these lines render. Raises Malformed, also while its entries are walked."""
    told = _values(lines)
    header = next(told, (1, {}))[1]
    details = header.get("details", True)
    if header.get("format") != FORMAT or not isinstance(details, bool):
        raise Malformed(format="log snapshot", line=1)
    notes: list[tuple[int, str]] = []
    tiles: dict[tuple[int, int], bytes] = {}
    waiting: list[Detail] = []
    first: list[CopiedEntry] = []
    for number, value in told:
        with _naming(number):
            if "note" in value:
                notes.append((_exactly(int, value["size"]), _exactly(str, value["note"])))
            elif "hashes" in value:
                tiles[_exactly(int, value["level"]), _exactly(int, value["n"])] = _bytes(value["hashes"])
            elif "waiting" in value:
                waiting.append(Detail(*_told_from_json(value["waiting"])))
            else:
                first.append(_entry_from_json(value, details=details))
        if first:
            break
    return LogCopy(tuple(notes), tiles, tuple(waiting), None, chain(first, _entries(told, details=details)), details)


@contextmanager
def open_sqlite(path: Path) -> Iterator[LogCopy]:
    """Yield the copy in an embedded hub's database file, opened so that not a byte of it can change.

    Raises Malformed when the file is not such a database.
    """
    beside = path.with_name(path.name + "-wal")
    how = "mode=ro" if beside.exists() and beside.stat().st_size else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)) as connection:
            connection.text_factory = _MENDED
            connection.execute(f"PRAGMA mmap_size = {_MAPPED}")  # details are looked up all over the file
            yield _read_sqlite(connection)
    except sqlite3.Error as fault:
        raise Malformed(format="copy of the hub's database") from fault


_DETAIL_SQL: Final = (
    "CAST(d.event_id AS TEXT), d.kind, d.at, d.actor, d.role, d.organisation, d.outcome, d.clause,"
    " d.country, d.dataflow, d.purpose, d.subject, d.salt, d.details"
)
_NOTES_SQL: Final = (
    "SELECT CAST(size AS INTEGER), CASE WHEN typeof(size) = 'integer' AND typeof(note) = 'text' THEN note ELSE '' END"
    " || COALESCE((SELECT group_concat(line, '') FROM cosignature c WHERE c.size = log_checkpoint.size), '')"
    " FROM log_checkpoint ORDER BY size"
)
_TILES_SQL: Final = "SELECT CAST(level AS INTEGER), CAST(n AS INTEGER), CAST(hashes AS BLOB) FROM log_tile"
_WAITING_SQL: Final = (
    f"SELECT {_DETAIL_SQL} FROM event_detail d WHERE d.event_id NOT IN (SELECT event_id FROM log_entry)"  # noqa: S608
)
_ENTRIES_SQL: Final = (
    f"SELECT CAST(e.idx AS INTEGER), CAST(e.event_id AS TEXT), CAST(e.leaf AS BLOB),"  # noqa: S608
    f" typeof(e.idx) = 'integer' AND typeof(e.event_id) = 'text' AND typeof(e.leaf) = 'blob', {_DETAIL_SQL}"
    " FROM log_entry e LEFT JOIN event_detail d ON d.event_id = e.event_id ORDER BY e.idx"
)


def _read_sqlite(connection: sqlite3.Connection) -> LogCopy:
    """Return the copy. Whoever edited the file was not bound to a column's type, and a cast may mend what was broken.

    So what is hashed of a detail is what is stored, and an entry that had to be cast says so. A note of another type
    is read as none.
    """
    return LogCopy(
        notes=tuple(connection.execute(_NOTES_SQL)),
        tiles={(level, n): hashes or b"" for level, n, hashes in connection.execute(_TILES_SQL)},
        waiting=tuple(Detail(*row) for row in connection.execute(_WAITING_SQL)),
        journal=frozenset(row[0] for row in connection.execute("SELECT CAST(event_id AS TEXT) FROM journal")),
        entries=(
            CopiedEntry(row[0], row[1], row[2] or b"", row[4:] if row[4] is not None else None, bool(row[3]))
            for row in _plain_rows(connection, _ENTRIES_SQL)
        ),
    )


def _plain_rows(connection: sqlite3.Connection, question: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows, read in the fast way up to the first text that is no text: from there on, such are mended."""
    told = 0
    connection.text_factory = str
    try:
        for row in connection.execute(question):
            yield row
            told += 1
    except sqlite3.OperationalError:
        connection.text_factory = _MENDED
        yield from connection.execute(f"{question} LIMIT -1 OFFSET {told}")


def _values(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line.decode())
        except _WRONG as fault:
            raise Malformed(format="log snapshot", line=number) from fault
        if not isinstance(value, dict):
            raise Malformed(format="log snapshot", line=number)
        yield number, value


def _entries(told: Iterator[tuple[int, dict[str, Any]]], *, details: bool) -> Iterator[CopiedEntry]:
    for number, value in told:
        try:
            entry = _entry_from_json(value, details=details)
        except _WRONG as fault:
            raise Malformed(format="log snapshot", line=number) from fault
        yield entry


@contextmanager
def _naming(number: int) -> Iterator[None]:
    """Turn whatever is wrong with a line into one refusal that names it."""
    try:
        yield
    except _WRONG as fault:
        raise Malformed(format="log snapshot", line=number) from fault


def _entry_from_json(value: Mapping[str, Any], *, details: bool) -> CopiedEntry:
    if value["detail"] is not None and not details:
        raise ValueError("a snapshot without details holds one")
    told = _told_from_json(value["detail"]) if value["detail"] is not None else None
    return CopiedEntry(_exactly(int, value["index"]), _exactly(str, value["event"]), _bytes(value["leaf"]), told)


def _detail_to_json(detail: Detail) -> dict[str, Any]:
    return {name: _text(value) if name in _BYTES else value for name, value in asdict(detail).items()}


def _told_from_json(value: Mapping[str, Any]) -> Told:
    *told, salt, facts = _DETAIL(value)
    return (*told, _bytes(salt), _bytes(facts))


def _exactly(type_: type[Value], value: object) -> Value:
    """Return a value of this very type. Raises TypeError: "5" is no 5, and neither is true a 1."""
    if type(value) is not type_:
        raise TypeError("a value of another type")
    return value


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)

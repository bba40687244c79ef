"""A copy of an embedded hub's SQLite file, read as what a snapshot tells of the log, and not a byte of it changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from amana.audit.offline.snapshot import PART, CopiedEntry, LogCopy, Part
from amana.audit.tlog.leaf import Detail
from amana.errors import Malformed

_MAPPED: Final = 4 << 30  # bytes of a database file that are read in place
_MENDED: Final = partial(str, encoding="utf-8", errors="replace")  # whoever edited a file may have put anything there


@contextmanager
def open_sqlite(path: Path, part: int = PART) -> Iterator[LogCopy]:
    """Yield the copy in an embedded hub's database file, opened so that not a byte of it can change.

    part: how many entries another process may read at once; a file that is still written to is read in one go.
    Raises Malformed when the file is not such a database.
    """
    beside = path.with_name(path.name + "-wal")
    if beside.exists() and beside.stat().st_size:
        with _connected(path, "mode=ro") as connection:
            yield _read_sqlite(connection)
        return
    with _connected(path, _STILL) as connection:
        yield replace(_read_sqlite(connection), parts=_divide(connection, path, part))


def _divide(connection: sqlite3.Connection, path: Path, part: int) -> Sequence[Part]:
    """Return the parts of a log whose indexes look as they should; any other is read in one go."""
    count, first, last, typed = connection.execute(_EXTENT_SQL).fetchone()
    if count <= part or (first, last, typed) != (0, count - 1, count):
        return ()
    return [partial(_sqlite_part, path, start, start + part) for start in range(0, count, part)]


@contextmanager
def _sqlite_part(path: Path, first: int, end: int) -> Iterator[Iterator[CopiedEntry]]:
    """Yield the entries of a file from index ``first`` to before ``end``."""
    with _connected(path, _STILL) as connection:
        yield _read_entries(connection, first, end)


@contextmanager
def _connected(path: Path, how: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)) as connection:
            connection.text_factory = _MENDED
            connection.execute(f"PRAGMA mmap_size = {_MAPPED}")  # details are looked up all over the file
            yield connection
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
_WAITING_SQL: Final = (  # ids are compared in their indexes, and only what is found is read
    f"SELECT {_DETAIL_SQL} FROM event_detail d WHERE d.event_id IN"  # noqa: S608
    " (SELECT event_id FROM event_detail WHERE event_id NOT IN (SELECT event_id FROM log_entry))"
    f" UNION ALL SELECT {_DETAIL_SQL} FROM event_detail d"
    " WHERE d.event_id IS NULL AND NOT EXISTS (SELECT 1 FROM log_entry) ORDER BY 3, 1"
)
_ENTRIES_SQL: Final = (
    f"SELECT CAST(e.idx AS INTEGER), CAST(e.event_id AS TEXT), CAST(e.leaf AS BLOB),"  # noqa: S608
    f" typeof(e.idx) = 'integer' AND typeof(e.event_id) = 'text' AND typeof(e.leaf) = 'blob', {_DETAIL_SQL}"
    " FROM log_entry e LEFT JOIN event_detail d ON d.event_id = e.event_id %s ORDER BY e.idx"
)
_EXTENT_SQL: Final = "SELECT count(*), min(idx), max(idx), sum(typeof(idx) = 'integer') FROM log_entry"
_STILL: Final = "mode=ro&immutable=1"  # of a file that nobody writes to


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
        entries=_read_entries(connection),
    )


def _read_entries(connection: sqlite3.Connection, *between: int) -> Iterator[CopiedEntry]:
    """Yield the entries of a file, all of them or those between two indexes."""
    question = _ENTRIES_SQL % ("WHERE e.idx >= ? AND e.idx < ?" if between else "")
    return (
        CopiedEntry(row[0], row[1], row[2] or b"", row[4:] if row[4] is not None else None, bool(row[3]))
        for row in _plain_rows(connection, question, between)
    )


def _plain_rows(connection: sqlite3.Connection, question: str, values: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows, read in the fast way up to the first text that is no text: from there on, such are mended."""
    told = 0
    connection.text_factory = str
    try:
        for row in connection.execute(question, values):
            yield row
            told += 1
    except sqlite3.OperationalError:
        connection.text_factory = _MENDED
        yield from connection.execute(f"{question} LIMIT -1 OFFSET {told}", values)

"""Events' rows, written in as few steps as the database allows: every act of the hub waits for this.

On PostgreSQL an event is one statement, so one journey to the server. SQLite is in the process: there each table gets
one statement for all events of a transaction, since at every step a thread lets go of the interpreter, and waits to get
it back. The rows are those of ``journal``, ``event_detail``, ``event_mention`` and ``reading``; a test holds them
against the tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

from amana.audit.leaf import Detail
from amana.db import Transaction

_SAME: Final = (
    "at",
    "salt",
    "kind",
    "actor",
    "role",
    "organisation",
    "outcome",
    "clause",
    "country",
    "dataflow",
    "purpose",
    "subject",
)
_COLUMNS: Final = ("event_id", "details", *_SAME)
_TOLD: Final = f"INSERT INTO event_detail ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 - names of columns
_WAITS: Final = "INSERT INTO journal (event_id, leaf, made_at) VALUES "
_NAMED: Final = "INSERT INTO event_mention (word, at, event_id) "
_READ: Final = "INSERT INTO reading (event_id, at, organisation, purpose, countries) VALUES "
_AT_ONCE: Final = (
    f"WITH told AS ({_TOLD}({', '.join(f'%({name})s' for name in _COLUMNS)})),"  # noqa: S608 - same
    f" named AS ({_NAMED}SELECT word, %(at)s, %(event_id)s FROM unnest(%(words)s::varchar[]) AS word)"
)
_WAITING: Final = f" {_WAITS}(%(event_id)s, %(leaf)s, %(at)s)"
_EVENT: Final = _AT_ONCE + _WAITING
_READING: Final = (
    f"{_AT_ONCE}, read AS ({_READ}(%(event_id)s, %(at)s, %(organisation)s, %(read_for)s, %(countries)s)){_WAITING}"
)


@dataclass(frozen=True)
class Entry:
    """An event, ready to be written.

    leaf:      as it enters the tree.
    words:     what it names.
    countries: of a reading of statistics: the committees whose figures were in it, joined by commas; else None.
    """

    detail: Detail
    leaf: bytes
    words: Sequence[str]
    countries: str | None = None


def write(tx: Transaction, entries: Collection[Entry]) -> None:
    """Write the events' rows in the caller's transaction."""
    if tx.dialect.name == "postgresql":
        _by_journeys(tx, entries)
    else:
        _by_tables(tx, entries)


def _by_journeys(tx: Transaction, entries: Collection[Entry]) -> None:
    for statement, counted in ((_EVENT, False), (_READING, True)):  # only some may write what is counted
        rows = [_named(one) for one in entries if (one.countries is not None) is counted]
        if rows:
            tx.exec_driver_sql(statement, rows[0] if len(rows) == 1 else rows)


def _named(entry: Entry) -> dict[str, Any]:
    told = dict(zip(_COLUMNS, _told(entry), strict=True))
    read = {"read_for": entry.detail.purpose or "", "countries": entry.countries}
    return {**told, **read, "leaf": entry.leaf, "words": list(entry.words)}


def _by_tables(tx: Transaction, entries: Collection[Entry]) -> None:
    for into, rows in (
        (_WAITS, [(one.detail.id, one.leaf, one.detail.at) for one in entries]),
        (_TOLD, [_told(one) for one in entries]),
        (_NAMED + "VALUES ", [row for one in entries for row in _names(one)]),
        (_READ, [_read(one) for one in entries if one.countries is not None]),
    ):
        if rows:
            tx.exec_driver_sql(_of(into, len(rows[0]), len(rows)), tuple(chain.from_iterable(rows)))


@cache
def _of(into: str, columns: int, rows: int) -> str:
    return into + ", ".join([f"({', '.join('?' * columns)})"] * rows)


def _told(entry: Entry) -> tuple[Any, ...]:
    return (entry.detail.id, entry.detail.facts, *(getattr(entry.detail, name) for name in _SAME))


def _names(entry: Entry) -> Iterator[tuple[Any, ...]]:
    return ((word, entry.detail.at, entry.detail.id) for word in entry.words)


def _read(entry: Entry) -> tuple[Any, ...]:
    detail = entry.detail
    return (detail.id, detail.at, detail.organisation, detail.purpose or "", entry.countries)

"""Events' rows, written in as few steps as the database allows: every act of the hub waits for this.

Each table gets one statement for all events of a transaction. SQLite is in the process, where at every step a thread
lets go of the interpreter, and waits to get it back; PostgreSQL is a journey away, so there all are one. The rows are
those of ``journal``, ``event_detail``, ``event_mention`` and ``reading``; a test holds them against the tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

from amana.audit.tlog.leaf import Detail
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
_TOLD: Final = f"INSERT INTO event_detail (event_id, details, {', '.join(_SAME)})"
_WAITS: Final = "INSERT INTO journal (event_id, leaf, made_at)"
_NAMED: Final = "INSERT INTO event_mention (word, at, event_id)"
_READ: Final = "INSERT INTO reading (event_id, at, organisation, purpose, countries)"

Shape = tuple[tuple[str, int, int], ...]  # into what, how many columns, how many rows


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
    tables = (
        (_TOLD, [_told(one) for one in entries]),
        (_NAMED, [row for one in entries for row in _names(one)]),
        (_READ, [_read(one) for one in entries if one.countries is not None]),  # only some may write what is counted
        (_WAITS, [(one.detail.id, one.leaf, one.detail.at) for one in entries]),
    )
    parts = [(into, rows) for into, rows in tables if rows]
    shape = tuple((into, len(rows[0]), len(rows)) for into, rows in parts)
    values = [tuple(chain.from_iterable(rows)) for _, rows in parts]
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(_together(shape), tuple(chain.from_iterable(values)))
        return
    for one, told in zip(shape, values, strict=True):
        tx.exec_driver_sql(_of(*one, "?"), told)


@cache
def _together(shape: Shape) -> str:
    """Return one statement for several tables."""
    *others, last = [_of(*one, "%s") for one in shape]
    named = ", ".join(f"part_{number} AS ({one})" for number, one in enumerate(others))
    return f"WITH {named} {last}"


@cache
def _of(into: str, columns: int, rows: int, mark: str) -> str:
    return f"{into} VALUES " + ", ".join([f"({', '.join([mark] * columns)})"] * rows)


def _told(entry: Entry) -> tuple[Any, ...]:
    return (entry.detail.id, entry.detail.facts, *(getattr(entry.detail, name) for name in _SAME))


def _names(entry: Entry) -> Iterator[tuple[Any, ...]]:
    return ((word, entry.detail.at, entry.detail.id) for word in entry.words)


def _read(entry: Entry) -> tuple[Any, ...]:
    detail = entry.detail
    return (detail.id, detail.at, detail.organisation, detail.purpose or "", entry.countries)

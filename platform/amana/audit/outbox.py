"""One event's rows, written in as few steps as the database allows: every act of the hub waits for this.

On PostgreSQL it is one statement, so one journey to the server; SQLite is in the process, and gets the statements ready
made. The rows are those of ``journal``, ``event_detail`` and ``event_mention``; a test holds them against the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from amana.audit import leaf
from amana.audit.leaf import Detail
from amana.db import Transaction

_SAME: Final = (
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
_COLUMNS: Final = ("event_id", "at", "salt", "details", *_SAME)
_TOLD: Final = f"INSERT INTO event_detail ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 - names of columns
_WAITS: Final = "INSERT INTO journal (event_id, leaf, made_at) VALUES "
_NAMED: Final = "INSERT INTO event_mention (word, at, event_id) "
_AT_ONCE: Final = (
    f"WITH told AS ({_TOLD}({', '.join(f'%({name})s' for name in _COLUMNS)})),"  # noqa: S608 - same
    f" named AS ({_NAMED}SELECT word, %(at)s, %(event_id)s FROM unnest(%(words)s::varchar[]) AS word)"
    f" {_WAITS}(%(event_id)s, %(leaf)s, %(at)s)"
)
_ONE_BY_ONE: Final = (_WAITS + "(?, ?, ?)", f"{_TOLD}({', '.join('?' * len(_COLUMNS))})", _NAMED + "VALUES (?, ?, ?)")


def write(tx: Transaction, detail: Detail, entry: bytes, words: Sequence[str], at: datetime) -> None:
    """Write an event's rows in the caller's transaction. entry: the leaf as it enters the tree."""
    row: Mapping[str, object] = {
        "event_id": detail.id,
        "at": leaf.microseconds(at),
        "salt": detail.salt,
        "details": detail.facts,
        **{name: getattr(detail, name) for name in _SAME},
    }
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(_AT_ONCE, {**row, "leaf": entry, "words": list(words)})
        return
    waits, told, named = _ONE_BY_ONE
    tx.exec_driver_sql(waits, (detail.id, entry, row["at"]))
    tx.exec_driver_sql(told, tuple(row.values()))
    if words:
        tx.exec_driver_sql(named, [(word, row["at"], detail.id) for word in words])

"""Which encrypted files the vault holds, and under which key; the keys themselves live in another store."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ColumnElement, Index, String, Table, and_

from amana.db import METADATA, UtcTime

holding: Final = Table(
    "holding",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("batch_id", String(30), nullable=False, index=True),
    Column("committee", String(3), nullable=False, index=True),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("file", String(80), nullable=False),
    Column("key_id", String(80), nullable=False),
    Column("codebook_digest", String(64), nullable=False),
    Column("plan_digest", String(64)),
    Column("rows", BigInteger, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("held_since", UtcTime),
    Column("superseded_at", UtcTime),
    Column("superseded_event", String(30)),
    Column("destroyed_at", UtcTime),
)

# A file that is rewritten is a holding of its own; of a batch's holdings, at most one has not been superseded.
Index(
    "uq_holding_kept",
    holding.c.batch_id,
    unique=True,
    sqlite_where=holding.c.superseded_at.is_(None),
    postgresql_where=holding.c.superseded_at.is_(None),
)


def kept() -> ColumnElement[bool]:
    """Return the condition that a holding is to stay: it counts, or waits for its owner's word."""
    return and_(holding.c.superseded_at.is_(None), holding.c.destroyed_at.is_(None))


def current() -> ColumnElement[bool]:
    """Return the condition that a holding counts: it is no version that still waits for its owner's word."""
    return and_(kept(), holding.c.held_since.is_(None))

"""Which encrypted files the vault holds, and under which key; the keys themselves live in another store."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, String, Table

from amana.db import METADATA, UtcTime

holding: Final = Table(
    "holding",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("batch_id", String(30), nullable=False, unique=True),
    Column("committee", String(3), nullable=False, index=True),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("file", String(80), nullable=False),
    Column("key_id", String(80), nullable=False),
    Column("codebook_digest", String(64), nullable=False),
    Column("plan_digest", String(64)),
    Column("rows", BigInteger, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("superseded_at", UtcTime),
    Column("superseded_event", String(30)),
    Column("destroyed_at", UtcTime),
)

"""The log that the sequencer makes of the journal, and the witnesses' answers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from amana.db import METADATA, UtcTime

log_entry: Final = Table(
    "log_entry",
    METADATA,
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", String(30), nullable=False, unique=True),
    Column("leaf", LargeBinary, nullable=False),
)

log_tile: Final = Table(
    "log_tile",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

log_checkpoint: Final = Table(
    "log_checkpoint",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("public_at", UtcTime),  # the mark of the calendar at which outsiders were shown it; None: never
)
Index(
    "ix_log_checkpoint_public",
    log_checkpoint.c.size,
    sqlite_where=log_checkpoint.c.public_at.is_not(None),
    postgresql_where=log_checkpoint.c.public_at.is_not(None),
)

cosignature: Final = Table(
    "cosignature",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("witness", String(120), primary_key=True),
    Column("line", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
)

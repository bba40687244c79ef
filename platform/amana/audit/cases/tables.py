"""An auditor's cases and exports: rows are only added; a text can be erased, and its digest stays."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from amana.db import METADATA, UtcTime

review_case: Final = Table(
    "review_case",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("opened_by", String(40), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("opened_event", String(30), nullable=False),
    Column("closed_at", UtcTime),
    Column("erasure_event", String(30)),
    Column("erased_at", UtcTime),
)

case_note: Final = Table(
    "case_note",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("case_id", String(30), ForeignKey("review_case.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("event_id", String(30), nullable=False),
    Column("answers", String(30), ForeignKey("case_note.id")),
    Column("digest", String(64), nullable=False),
    Column("idempotency_key", String(200)),  # the writer's own name for the sending
    Column("keyed_digest", String(64)),  # of what was sent under it
    Index(None, "made_by", "idempotency_key", unique=True),
)

case_text: Final = Table(
    "case_text",
    METADATA,
    Column("note_id", String(30), ForeignKey("case_note.id"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("title", Text),
    Column("text", Text, nullable=False),
)

case_pin: Final = Table(
    "case_pin",
    METADATA,
    Column("case_id", String(30), ForeignKey("review_case.id"), primary_key=True),
    Column("event_id", String(30), primary_key=True),
    Column("pinned_by", String(40), nullable=False),
    Column("pinned_at", UtcTime, nullable=False),
    Column("pinned_event", String(30), nullable=False),
)

case_name: Final = Table(
    "case_name",
    METADATA,
    Column("case_id", String(30), ForeignKey("review_case.id"), primary_key=True),
    Column("person_id", String(30), primary_key=True),
    Column("asked_by", String(40), primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
    Column("asked_event", String(30), nullable=False),
    Column("note_id", String(30), ForeignKey("case_note.id"), nullable=False),
)

audit_export: Final = Table(
    "audit_export",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("case_id", String(30), ForeignKey("review_case.id")),
    Column("filters", Text, nullable=False),
    Column("format", String(10), nullable=False),
    Column("language", String(2), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("ordered_by", String(40), nullable=False),
    Column("ordered_at", UtcTime, nullable=False),
    Column("ordered_event", String(30), nullable=False),
)

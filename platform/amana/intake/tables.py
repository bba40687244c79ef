"""What has been received, in which segments, and what was found in it; never a value of a record."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from amana.db import METADATA, UtcTime

batch: Final = Table(
    "batch",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("committee", String(3), nullable=False, index=True),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("contribution", String(20), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("submitted_by", String(40), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("received_event", String(30), nullable=False),
    Column("idempotency_key", String(200), nullable=False),
    Column("keyed_digest", String(64), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("sealed_by", String(10), nullable=False),
    Column("manifest", Text),
    Column("bytes", BigInteger, nullable=False),
    Column("rows", BigInteger),
    Column("judged_at", UtcTime),
    Column("claimed_by", String(60)),
    Column("lease_until", UtcTime),
    Column("attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("opening_event", String(30)),
    Column("replaces", Boolean, nullable=False, default=False, server_default=false()),
    Column("dry_run", Boolean, nullable=False, default=False, server_default=false()),
    Column("preview", Text),
    Column("sheet", String(100)),
    UniqueConstraint("committee", "idempotency_key"),
)

segment: Final = Table(
    "segment",
    METADATA,
    Column("batch_id", String(30), ForeignKey("batch.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("destroyed_at", UtcTime),
)

finding: Final = Table(
    "finding",
    METADATA,
    Column("batch_id", String(30), ForeignKey("batch.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rule", String(80), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("sheet", String(80)),
    Column("row", BigInteger),
    Column("column", String(80)),
    Column("letter", String(4)),
    Column("count", BigInteger, nullable=False),
    Column("facts", Text, nullable=False),
    Column("rows", LargeBinary),
)

committee_key: Final = Table(
    "committee_key",
    METADATA,
    Column("key_id", String(32), primary_key=True),
    Column("committee", String(3), nullable=False, index=True),
    Column("public_pem", Text, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("retired_at", UtcTime),
)

difference: Final = Table(
    "difference",
    METADATA,
    Column("batch_id", String(30), ForeignKey("batch.id"), primary_key=True),
    Column("against", String(30), nullable=False),
    Column("opening_event", String(30), nullable=False),
    Column("found", Text),
    Column("made_at", UtcTime),
)

owner_request: Final = Table(
    "owner_request",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("committee", String(3), nullable=False, index=True),
    Column("act", String(20), nullable=False),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10)),
    Column("batch_id", String(30), ForeignKey("batch.id"), index=True),
    Column("state", String(20), nullable=False, index=True),
    Column("made_by", String(40), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("received_event", String(30), nullable=False),
    Column("idempotency_key", String(200), nullable=False),
    Column("keyed_digest", String(64), nullable=False),
    Column("manifest", Text),
    Column("sha256", String(64)),
    Column("destroyed_at", UtcTime),
    Column("claimed_by", String(60)),
    Column("lease_until", UtcTime),
    Column("attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("opening_event", String(30)),
    Column("reached", String(10)),
    Column("reason", String(80)),
    Column("findings", Text),
    Column("done_at", UtcTime),
    Column("done_event", String(30)),
    Column("receipt", Text),
    UniqueConstraint("committee", "idempotency_key"),
)

mapping: Final = Table(  # what a committee's own columns and words mean, as somebody confirmed it; never changed
    "mapping",
    METADATA,
    Column("committee", String(3), primary_key=True),
    Column("dataflow", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("batch_id", String(30), ForeignKey("batch.id"), nullable=False, index=True),
    Column("confirmed_by", String(40), nullable=False),
    Column("confirmed_at", UtcTime, nullable=False),
    Column("confirmed_event", String(30), nullable=False),
)

mapping_proposal: Final = Table(  # what a batch's columns seem to mean, while it waits; our own words only
    "mapping_proposal",
    METADATA,
    Column("batch_id", String(30), ForeignKey("batch.id"), primary_key=True),
    Column("document", Text, nullable=False),
    Column("waits_since", UtcTime, nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
)

answer: Final = Table(
    "answer",
    METADATA,
    Column("request_id", String(30), ForeignKey("owner_request.id"), primary_key=True),
    Column("sealed", LargeBinary),
    Column("made_at", UtcTime, nullable=False),
    Column("taken_at", UtcTime),
)

objection: Final = Table(
    "objection",
    METADATA,
    Column("committee", String(3), primary_key=True),
    Column("dataflow", String(20), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("request_id", String(30), ForeignKey("owner_request.id"), nullable=False),
)

upload: Final = Table(  # begun, and perhaps never to end; idempotency_key and slot are given up with it
    "upload",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("batch_id", String(30), nullable=False, unique=True),
    Column("committee", String(3), nullable=False),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("contribution", String(20), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("manifest", Text),
    Column("length", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("idempotency_key", String(200)),
    Column("keyed_digest", String(64), nullable=False),
    Column("dry_run", Boolean, nullable=False, default=False, server_default=false()),
    Column("replaces", Boolean, nullable=False, default=False, server_default=false()),
    Column("sheet", String(100)),
    Column("slot", Integer),
    Column("begun_by", String(40), nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("completed_at", UtcTime),
    Column("ended_at", UtcTime),
    UniqueConstraint("committee", "idempotency_key"),
    UniqueConstraint("committee", "slot"),
)

upload_piece: Final = Table(  # start, length: bytes of the file that was sent; bytes: of the sealed piece
    "upload_piece",
    METADATA,
    Column("upload_id", String(30), ForeignKey("upload.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("destroyed_at", UtcTime),
)

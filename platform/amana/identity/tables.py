"""People, their organisations and roles, their tokens and their sessions."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from amana.db import METADATA, UtcTime

organisation: Final = Table(
    "organisation",
    METADATA,
    Column("id", String(60), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("class", String(20), nullable=False),
    Column("committee", String(3)),
    Column("purposes", Text, nullable=False),
)

person: Final = Table(
    "person",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("organisation_id", String(60), ForeignKey("organisation.id"), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", Text),
    Column("totp_last_step", BigInteger),
    Column("failures", BigInteger, nullable=False, default=0, server_default="0"),
    Column("locked_until", UtcTime),
    Column("added_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

person_role: Final = Table(
    "person_role",
    METADATA,
    Column("person_id", String(30), ForeignKey("person.id"), primary_key=True),
    Column("role", String(30), primary_key=True),
    Column("granted_at", UtcTime, primary_key=True),
    Column("revoked_at", UtcTime),
)

token: Final = Table(
    "token",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("person_id", String(30), ForeignKey("person.id"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", String(80), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

session: Final = Table(
    "session",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("person_id", String(30), ForeignKey("person.id"), nullable=False),
    Column("form_key", String(64), nullable=False),
    Column("purpose", String(60)),
    Column("opened_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
)

"""Releases from plan to tombstone, who approved them, and the privacy budget that a method may spend."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from amana.db import METADATA, UtcTime

release: Final = Table(
    "release",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("plan", String(60), nullable=False),
    Column("plan_digest", String(64), nullable=False),
    Column("policy_digest", String(64), nullable=False),
    Column("dataflow", String(20), nullable=False, index=True),
    Column("period", String(10), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("planned_by", String(40), nullable=False),
    Column("planned_at", UtcTime, nullable=False),
    Column("publish_at", UtcTime, nullable=False),
    Column("candidate", String(64)),
    Column("built_at", UtcTime),
    Column("approved_at", UtcTime),
    Column("order_event", String(30)),
    Column("ordered_act", String(20)),
    Column("ordered_by", String(40)),
    Column("published_at", UtcTime),
    Column("withdrawn_at", UtcTime),
    Column("reason", Text),
    Column("report", Text),
    Column("claimed_by", String(60)),
    Column("lease_until", UtcTime),
    Column("attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("opening_event", String(30)),
    Column("vintage", Integer, nullable=False, default=1, server_default="1"),
    Column("ended_attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("reason_committees", Text),
)

release_past: Final = Table(
    "release_past",
    METADATA,
    Column("release_id", String(30), ForeignKey("release.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
)

release_input: Final = Table(
    "release_input",
    METADATA,
    Column("release_id", String(30), ForeignKey("release.id"), primary_key=True),
    Column("holding_id", String(30), primary_key=True),
    Column("committee", String(3), nullable=False),
    Column("contribution", String(20), nullable=False),
    Column("opening_event", String(30), nullable=False),
)

approval: Final = Table(
    "approval",
    METADATA,
    Column("release_id", String(30), ForeignKey("release.id"), primary_key=True),
    Column("committee", String(3), primary_key=True),
    Column("officer", String(40), nullable=False),
    Column("decision", String(10), nullable=False),
    Column("reason", Text),
    Column("plan_digest", String(64), nullable=False),
    Column("candidate", String(64), nullable=False),
    Column("decided_at", UtcTime, nullable=False),
)

tabulation: Final = Table(
    "tabulation",
    METADATA,
    Column("release_id", String(30), ForeignKey("release.id"), primary_key=True),
    Column("committee", String(3), primary_key=True),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("plan", String(60), nullable=False),
    Column("plan_digest", String(64), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", String(10)),
)

budget: Final = Table(
    "budget",
    METADATA,
    Column("id", String(30), primary_key=True),
    Column("release_id", String(30), ForeignKey("release.id"), nullable=False),
    Column("dataflow", String(20), nullable=False),
    Column("period", String(10), nullable=False),
    Column("micro_rho", BigInteger, nullable=False),
    Column("debited_at", UtcTime, nullable=False),
)

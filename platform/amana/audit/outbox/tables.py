"""What is journalled, what it says, and what is counted of it: readings, and refusals of strangers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from amana.db import METADATA, UtcTime

journal: Final = Table(
    "journal",
    METADATA,
    Column("event_id", String(30), primary_key=True),
    Column("leaf", LargeBinary, nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

event_detail: Final = Table(
    "event_detail",
    METADATA,
    Column("event_id", String(30), primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", String(40), nullable=False),
    Column("role", String(40), nullable=False),
    Column("organisation", String(60), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("clause", String(120)),
    Column("country", String(3)),
    Column("dataflow", String(20)),
    Column("purpose", String(60)),
    Column("subject", String(80)),
    Column("salt", LargeBinary, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Index(None, "kind", "at", "actor"),
    Index(None, "actor", "at"),
    Index(None, "organisation", "at"),
    Index(None, "outcome", "at", "actor"),
    Index(None, "dataflow", "at"),
    Index(None, "purpose", "at"),
)

# What an event names: the countries that it concerns, what it is about, and every identifier among its facts. Whoever
# erases an event's details erases its rows here.
event_mention: Final = Table(
    "event_mention",
    METADATA,
    Column("word", String(80), primary_key=True),
    Column("at", UtcTime, primary_key=True, index=True),
    Column("event_id", String(30), primary_key=True),
    sqlite_with_rowid=False,
)

reading: Final = Table(  # one reading of statistics, until it is counted by month
    "reading",
    METADATA,
    Column("event_id", String(30), primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("organisation", String(60), nullable=False),
    Column("purpose", String(60), nullable=False),
    Column("countries", Text, nullable=False),  # committees whose figures were in it, joined by commas
)

reading_month: Final = Table(
    "reading_month",
    METADATA,
    Column("committee", String(3), primary_key=True),
    Column("month", String(7), primary_key=True),  # YYYY-MM, UTC
    Column("purpose", String(60), primary_key=True),
    Column("class", String(20), primary_key=True),  # of organisations; "own" for the committee itself
    Column("reads", BigInteger, nullable=False),
)

detail_erasure: Final = Table(
    "detail_erasure",
    METADATA,
    Column("event_id", String(30), primary_key=True),  # of the intent
    Column("until", UtcTime, nullable=False),
    Column("days", Integer, nullable=False),
    Column("done_at", UtcTime),
)

turned_away: Final = Table(  # refusals of whoever is not signed in, until they are told of; a count only grows, by one
    "turned_away",
    METADATA,
    Column("code", String(80), primary_key=True),
    Column("action", String(80), primary_key=True),
    Column("who", String(64), primary_key=True),  # whose account, or which person; empty when nobody is named
    Column("times", BigInteger, nullable=False),
)

refusal_mark: Final = Table(  # one row: the mark up to which they are told
    "refusal_mark",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("until", UtcTime, nullable=False),
)

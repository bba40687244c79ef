"""Expand: an auditor's cases, what is written and pinned in them, names that were asked for, and exports of events.

What was written is never changed; only its text can go, at the end of retention. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
REFUSED = (  # (table, act): what nobody does to a case, whatever their rights
    ("case_note", "update"),
    ("case_note", "delete"),
    ("case_text", "update"),
    ("case_pin", "update"),
    ("case_pin", "delete"),
    ("case_name", "update"),
    ("case_name", "delete"),
    ("audit_export", "update"),
    ("audit_export", "delete"),
)


def upgrade() -> None:
    _cases()
    _notes()
    _exports()
    for table, act in REFUSED:
        if op.get_bind().dialect.name == "postgresql":
            how = "FOR EACH STATEMENT EXECUTE FUNCTION amana_refuse()"
        else:
            how = f"BEGIN SELECT RAISE(ABORT, '{act} on {table} is refused: a case is only added to'); END"
        op.execute(f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act} ON {table} {how}")


def _cases() -> None:
    op.create_table(
        "review_case",
        sa.Column("id", sa.String(30), primary_key=True),
        sa.Column("opened_by", sa.String(40), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_event", sa.String(30), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("erasure_event", sa.String(30), nullable=True),
        sa.Column("erased_at", INSTANT, nullable=True),
    )
    op.create_table(
        "case_pin",
        sa.Column("case_id", sa.String(30), sa.ForeignKey("review_case.id"), primary_key=True),
        sa.Column("event_id", sa.String(30), primary_key=True),
        sa.Column("pinned_by", sa.String(40), nullable=False),
        sa.Column("pinned_at", INSTANT, nullable=False),
        sa.Column("pinned_event", sa.String(30), nullable=False),
    )


def _notes() -> None:
    op.create_table(
        "case_note",
        sa.Column("id", sa.String(30), primary_key=True),
        sa.Column("case_id", sa.String(30), sa.ForeignKey("review_case.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("event_id", sa.String(30), nullable=False),
        sa.Column("answers", sa.String(30), sa.ForeignKey("case_note.id"), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_index("ix_case_note_case_id", "case_note", ["case_id"])
    op.create_table(
        "case_text",
        sa.Column("note_id", sa.String(30), sa.ForeignKey("case_note.id"), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "case_name",
        sa.Column("case_id", sa.String(30), sa.ForeignKey("review_case.id"), primary_key=True),
        sa.Column("person_id", sa.String(30), primary_key=True),
        sa.Column("asked_by", sa.String(40), primary_key=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_event", sa.String(30), nullable=False),
        sa.Column("note_id", sa.String(30), sa.ForeignKey("case_note.id"), nullable=False),
    )


def _exports() -> None:
    op.create_table(
        "audit_export",
        sa.Column("id", sa.String(30), primary_key=True),
        sa.Column("case_id", sa.String(30), sa.ForeignKey("review_case.id"), nullable=True),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ordered_by", sa.String(40), nullable=False),
        sa.Column("ordered_at", INSTANT, nullable=False),
        sa.Column("ordered_event", sa.String(30), nullable=False),
    )

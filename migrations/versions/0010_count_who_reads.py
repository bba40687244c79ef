"""Expand: ``reading`` holds each reading of statistics until it is counted; ``reading_month`` holds the counts.

Counting begins with this revision; what was read before stands in the log alone. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("event_id", sa.String(length=30), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_at"), "reading", ["at"], unique=False)
    op.create_table(
        "reading_month",
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("committee", "month", "purpose", "class", name=op.f("pk_reading_month")),
    )

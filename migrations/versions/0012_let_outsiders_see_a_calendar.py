"""Expand: a checkpoint may be one that outsiders see, at a mark of the calendar; erasures of details have a table.

What was signed before stays internal: the first mark after the upgrade is the first that outsiders see. Nothing is to
be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
PUBLIC = sa.text("public_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("log_checkpoint", sa.Column("public_at", INSTANT, nullable=True))
    op.create_index(
        op.f("ix_log_checkpoint_public"), "log_checkpoint", ["size"], sqlite_where=PUBLIC, postgresql_where=PUBLIC
    )
    op.create_table(
        "detail_erasure",
        sa.Column("event_id", sa.String(length=30), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_detail_erasure")),
    )

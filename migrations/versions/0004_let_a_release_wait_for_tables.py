"""Expand: ``tabulation`` holds whom a release waits for, because their tables were counted by another plan.

Nothing that stands is changed. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970, UTC


def upgrade() -> None:
    op.create_table(
        "tabulation",
        sa.Column("release_id", sa.String(length=30), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("deadline", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("release_id", "committee", name=op.f("pk_tabulation")),
    )

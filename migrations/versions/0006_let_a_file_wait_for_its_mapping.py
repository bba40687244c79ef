"""Expand: ``mapping``, what a committee's own columns and words mean, and ``mapping_proposal``, while a batch waits.

No batch that stands waits for one. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970, UTC


def upgrade() -> None:
    op.create_table(
        "mapping",
        sa.Column("committee", sa.String(3), primary_key=True),
        sa.Column("dataflow", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.String(30), sa.ForeignKey("batch.id"), nullable=False),
        sa.Column("confirmed_by", sa.String(40), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=False),
        sa.Column("confirmed_event", sa.String(30), nullable=False),
    )
    op.create_index("ix_mapping_batch_id", "mapping", ["batch_id"])
    op.create_table(
        "mapping_proposal",
        sa.Column("batch_id", sa.String(30), sa.ForeignKey("batch.id"), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("waits_since", INSTANT, nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
    )

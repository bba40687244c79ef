"""Expand: a note keeps its writer's own name for the sending, so that what is sent twice is written once.

Earlier notes have none, which is allowed for ever. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_note", sa.Column("idempotency_key", sa.String(length=200), nullable=True))
    op.add_column("case_note", sa.Column("keyed_digest", sa.String(length=64), nullable=True))
    op.create_index(
        op.f("ix_case_note_made_by_idempotency_key"), "case_note", ["made_by", "idempotency_key"], unique=True
    )

"""Expand: ``release`` gains the number of its vintage; ``release_past`` names the bundles a candidate was cleared with.

Every release that stands is the first vintage of its period. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("vintage", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "release_past",
        sa.Column("release_id", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("release_id", "digest", name=op.f("pk_release_past")),
    )

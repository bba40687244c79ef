"""Expand: ``upload`` says, as ``batch`` does, whether it is a dry run and whether it may replace an earlier version.

Uploads that have begun are neither. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("dry_run", "replaces"):
        op.add_column("upload", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))

"""Expand: ``release`` gains ``reason_committees``: whose contribution the reason of a refusal is about, if anybody's.

What was refused before names nobody, as it did. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("reason_committees", sa.Text(), nullable=True))

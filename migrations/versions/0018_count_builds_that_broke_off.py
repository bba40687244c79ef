"""Expand: ``release`` gains ``ended_attempt``: the last claim that did its work and left the release planned.

What is planned and stands has none yet: its announcement counts as broken off, once. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("ended_attempt", sa.Integer(), nullable=False, server_default="0"))

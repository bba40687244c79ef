"""Expand: ``finding`` gains ``rows`` (nullable), every row that it means, so that a report is complete.

A finding that stands names its first rows only: theirs stays NULL. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("finding", sa.Column("rows", sa.LargeBinary(), nullable=True))

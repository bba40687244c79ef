"""Expand: ``batch`` and ``upload`` gain ``sheet``: which one of a workbook its sender means, while the file is sealed.

What stands names none, and is read as it would have been. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("sheet", sa.String(length=100), nullable=True))
    op.add_column("upload", sa.Column("sheet", sa.String(length=100), nullable=True))

"""Expand: ``batch`` gains ``dry_run`` and ``preview``; ``holding.kind`` has room for ``tables_protected``.

A batch that stands is no dry run. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("dry_run", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("batch", sa.Column("preview", sa.Text(), nullable=True))
    with op.batch_alter_table("holding") as holding:
        holding.alter_column(
            "kind", existing_type=sa.String(length=10), type_=sa.String(length=20), existing_nullable=False
        )

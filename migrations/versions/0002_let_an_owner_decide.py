"""Expand: an owner sees a difference before a version replaces another, and can take back, see or put right.

``batch`` gains ``replaces``; ``holding`` gains ``held_since`` and may have several rows of one batch, of which at most
one is not superseded; ``difference``, ``owner_request``, ``answer`` and ``objection`` are new. Rows that stand keep
their meaning. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
KEPT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.add_column("batch", sa.Column("replaces", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("holding") as holding:
        holding.add_column(sa.Column("held_since", INSTANT, nullable=True))
        holding.drop_constraint("uq_holding_batch_id", type_="unique")
    op.create_index(op.f("ix_holding_batch_id"), "holding", ["batch_id"], unique=False)
    op.create_index("uq_holding_kept", "holding", ["batch_id"], unique=True, sqlite_where=KEPT, postgresql_where=KEPT)
    _owner_request()
    _beside()


def _owner_request() -> None:
    op.create_table(
        "owner_request",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=True),
        sa.Column("batch_id", sa.String(length=30), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_event", sa.String(length=30), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("keyed_digest", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("destroyed_at", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opening_event", sa.String(length=30), nullable=True),
        sa.Column("reached", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("done_event", sa.String(length=30), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_request")),
        sa.UniqueConstraint("committee", "idempotency_key", name=op.f("uq_owner_request_committee_idempotency_key")),
    )
    for column in ("batch_id", "committee", "state"):
        op.create_index(op.f(f"ix_owner_request_{column}"), "owner_request", [column], unique=False)


def _beside() -> None:
    op.create_table(
        "difference",
        sa.Column("batch_id", sa.String(length=30), nullable=False),
        sa.Column("against", sa.String(length=30), nullable=False),
        sa.Column("opening_event", sa.String(length=30), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_difference")),
    )
    op.create_table(
        "answer",
        sa.Column("request_id", sa.String(length=30), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["owner_request.id"]),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_answer")),
    )
    op.create_table(
        "objection",
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["owner_request.id"]),
        sa.PrimaryKeyConstraint("committee", "dataflow", "person", name=op.f("pk_objection")),
    )

"""Expand: refusals of whoever is not signed in are counted (``turned_away``) and told at marks (``refusal_mark``).

A count only grows, by one at a time, until it is told and taken away. Nothing is to be contracted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

GROWS = "a count only grows, by one"


def upgrade() -> None:
    op.create_table(
        "turned_away",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "action", "who", name=op.f("pk_turned_away")),
    )
    mark = op.create_table(
        "refusal_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal_mark")),
    )
    op.execute(sa.insert(mark).values(id=1, until=0))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION amana_grow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.times <> OLD.times + 1 THEN RAISE EXCEPTION '{GROWS}'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER turned_away_grows BEFORE UPDATE ON turned_away FOR EACH ROW EXECUTE FUNCTION amana_grow()"
        )
    else:
        op.execute(
            "CREATE TRIGGER turned_away_grows BEFORE UPDATE ON turned_away WHEN NEW.times <> OLD.times + 1 "
            f"BEGIN SELECT RAISE(ABORT, '{GROWS}'); END"
        )

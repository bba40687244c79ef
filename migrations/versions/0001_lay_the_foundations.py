"""Expand: the first schema, the refusal to rewrite the log, and one PostgreSQL role per process.

Rights themselves are granted by env.py from roles.sql, at this and every later upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
ROLES = ("amana_web", "amana_worker", "amana_sequencer", "auditor_reader")
REFUSED = (  # (table, act): what nobody does to the log, whatever their rights
    ("journal", "update"),
    ("event_detail", "update"),
    ("log_entry", "update"),
    ("log_entry", "delete"),
    ("log_checkpoint", "update"),
    ("log_checkpoint", "delete"),
)
KEYS = {"journal": "event_id", "event_detail": "event_id", "log_entry": "idx", "log_checkpoint": "size"}


def upgrade() -> None:
    _audit()
    _intake()
    _vault()
    _release()
    _identity()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
        _make_roles()
    else:
        _refuse_on_sqlite()


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION amana_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% on % is refused: the log is only added to', TG_OP, TG_TABLE_NAME; END $$"
    )
    truncated = tuple((table, "truncate") for table in ("event_detail", "log_entry", "log_checkpoint", "log_tile"))
    for table, act in REFUSED + truncated:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION amana_refuse()"
        )


def _refuse_on_sqlite() -> None:
    for table, act in REFUSED:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{act} on {table} is refused: the log is only added to'); END"
        )
    for table, key in KEYS.items():  # INSERT OR REPLACE would delete without asking for the right to
        op.execute(
            f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} "  # noqa: S608 - our own names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, 'replace on {table} is refused: the log is only added to'); END"
        )


def _make_roles() -> None:
    """Make the roles that this server lacks (they belong to the server, not to one database), and let us take them."""
    for role in ROLES:
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        op.execute(
            f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{role}', 'USAGE') THEN "
            f"GRANT {role} TO CURRENT_USER; END IF; END $$"
        )


def _audit() -> None:
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=120), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_cosignature")),
    )
    op.create_table(
        "event_detail",
        sa.Column("event_id", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("clause", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=3), nullable=True),
        sa.Column("dataflow", sa.String(length=20), nullable=True),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_detail")),
    )
    op.create_index(op.f("ix_event_detail_actor"), "event_detail", ["actor"], unique=False)
    op.create_index(op.f("ix_event_detail_at"), "event_detail", ["at"], unique=False)
    op.create_index(op.f("ix_event_detail_country"), "event_detail", ["country"], unique=False)
    op.create_index(op.f("ix_event_detail_dataflow"), "event_detail", ["dataflow"], unique=False)
    op.create_index(op.f("ix_event_detail_kind"), "event_detail", ["kind"], unique=False)
    op.create_index(op.f("ix_event_detail_organisation"), "event_detail", ["organisation"], unique=False)
    op.create_index(op.f("ix_event_detail_outcome"), "event_detail", ["outcome"], unique=False)
    op.create_index(op.f("ix_event_detail_subject"), "event_detail", ["subject"], unique=False)
    op.create_table(
        "journal",
        sa.Column("event_id", sa.String(length=30), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_journal")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_entry",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=30), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("event_id", name=op.f("uq_log_entry_event_id")),
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n", name=op.f("pk_log_tile")),
    )
    op.create_table(
        "witness",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_witness")),
    )


def _intake() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("contribution", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("submitted_by", sa.String(length=40), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_event", sa.String(length=30), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("keyed_digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("sealed_by", sa.String(length=10), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("judged_at", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opening_event", sa.String(length=30), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("committee", "idempotency_key", name=op.f("uq_batch_committee_idempotency_key")),
    )
    op.create_index(op.f("ix_batch_committee"), "batch", ["committee"], unique=False)
    op.create_index(op.f("ix_batch_state"), "batch", ["state"], unique=False)
    op.create_table(
        "committee_key",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("public_pem", sa.Text(), nullable=False),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_committee_key")),
    )
    op.create_index(op.f("ix_committee_key_committee"), "committee_key", ["committee"], unique=False)
    op.create_table(
        "finding",
        sa.Column("batch_id", sa.String(length=30), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("sheet", sa.String(length=80), nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("column", sa.String(length=80), nullable=True),
        sa.Column("letter", sa.String(length=4), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_finding")),
    )
    op.create_table(
        "segment",
        sa.Column("batch_id", sa.String(length=30), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_segment")),
    )


def _vault() -> None:
    op.create_table(
        "holding",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("batch_id", sa.String(length=30), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("key_id", sa.String(length=80), nullable=False),
        sa.Column("codebook_digest", sa.String(length=64), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT, nullable=True),
        sa.Column("superseded_event", sa.String(length=30), nullable=True),
        sa.Column("destroyed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_holding_batch_id")),
    )
    op.create_index(op.f("ix_holding_committee"), "holding", ["committee"], unique=False)


def _release() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("planned_by", sa.String(length=40), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("publish_at", INSTANT, nullable=False),
        sa.Column("candidate", sa.String(length=64), nullable=True),
        sa.Column("built_at", INSTANT, nullable=True),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("order_event", sa.String(length=30), nullable=True),
        sa.Column("ordered_act", sa.String(length=20), nullable=True),
        sa.Column("ordered_by", sa.String(length=40), nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opening_event", sa.String(length=30), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_dataflow"), "release", ["dataflow"], unique=False)
    op.create_index(op.f("ix_release_state"), "release", ["state"], unique=False)
    op.create_table(
        "approval",
        sa.Column("release_id", sa.String(length=30), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("officer", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("candidate", sa.String(length=64), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
        ),
        sa.PrimaryKeyConstraint("release_id", "committee", name=op.f("pk_approval")),
    )
    op.create_table(
        "budget",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("release_id", sa.String(length=30), nullable=False),
        sa.Column("dataflow", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("micro_rho", sa.BigInteger(), nullable=False),
        sa.Column("debited_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget")),
    )
    op.create_table(
        "release_input",
        sa.Column("release_id", sa.String(length=30), nullable=False),
        sa.Column("holding_id", sa.String(length=30), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=False),
        sa.Column("contribution", sa.String(length=20), nullable=False),
        sa.Column("opening_event", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
        ),
        sa.PrimaryKeyConstraint("release_id", "holding_id", name=op.f("pk_release_input")),
    )


def _identity() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=False),
        sa.Column("committee", sa.String(length=3), nullable=True),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.String(length=30), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "role", "granted_at", name=op.f("pk_person_role")),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=30), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )

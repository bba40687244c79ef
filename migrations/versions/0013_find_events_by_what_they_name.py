"""Expand: events are found by whatever they name (``event_mention``), and every filter has an index in order of time.

Fills the table from the events that are there. An index on one column would have had the newest of a million refusals
sorted for every page; ``country`` and ``subject`` are found through the new table. Nothing is to be contracted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AT_A_TIME = 1000  # events
MADE = re.compile(r"[a-z]{3}_[a-z2-7]{26}")  # the form of our identifiers
IN_TIME = (("kind", "actor"), ("actor",), ("organisation",), ("outcome", "actor"), ("dataflow",), ("purpose",))
WITHOUT_TIME = ("kind", "actor", "organisation", "outcome", "dataflow", "country", "subject")
DETAIL = sa.table("event_detail", *map(sa.column, ("event_id", "at", "country", "subject", "details")))


def upgrade() -> None:
    mention = op.create_table(
        "event_mention",
        sa.Column("word", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("word", "at", "event_id", name=op.f("pk_event_mention")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_event_mention_at"), "event_mention", ["at"], unique=False)
    connection = op.get_bind()
    rows = _mentions(connection.execute(sa.select(DETAIL)).all())
    while some := list(islice(rows, AT_A_TIME)):
        connection.execute(sa.insert(mention), some)
    for column in WITHOUT_TIME:
        op.drop_index(op.f(f"ix_event_detail_{column}"), table_name="event_detail")
    for column, *more in IN_TIME:
        columns = [column, "at", *more]
        op.create_index(op.f(f"ix_event_detail_{'_'.join(columns)}"), "event_detail", columns, unique=False)
    _refuse_update(connection.dialect.name)


def _mentions(events: Iterable[sa.Row[*tuple[object, ...]]]) -> Iterator[dict[str, object]]:
    for event in events:
        for word in sorted(_words(event)):
            yield {"word": word, "at": event.at, "event_id": event.event_id}


def _words(event: sa.Row[*tuple[object, ...]]) -> set[str]:
    try:
        facts = json.loads(event.details)
    except ValueError:
        facts = {}
    told = facts if isinstance(facts, dict) else {}
    named = {fact for fact in told.values() if isinstance(fact, str) and MADE.fullmatch(fact)}
    countries = told.get("countries")
    listed = {one for one in countries if isinstance(one, str)} if isinstance(countries, list) else set()
    return named | listed | {word for word in (event.country, event.subject) if word}


def _refuse_update(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(
            "CREATE TRIGGER event_mention_refuses_update BEFORE update ON event_mention "
            "FOR EACH STATEMENT EXECUTE FUNCTION amana_refuse()"
        )
    else:
        op.execute(
            "CREATE TRIGGER event_mention_refuses_update BEFORE update ON event_mention "
            "BEGIN SELECT RAISE(ABORT, 'update on event_mention is refused: the log is only added to'); END"
        )

"""The newest schema is the schema the code declares, on both databases; and what is written once stays written."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

import amana.audit.cases.tables
import amana.audit.log.tables
import amana.audit.outbox.tables
import amana.identity.tables
import amana.intake.tables
import amana.release.tables
import amana.vault.tables  # noqa: F401 - each of these declares its tables in METADATA
from amana.db import METADATA, read_grants
from support.databases import ROLES_SQL, TestDatabase, migrate

ROLES = ("amana_web", "amana_worker", "amana_sequencer", "auditor_reader")
ROWS = {
    "journal": "INSERT INTO journal (event_id, leaf, made_at) VALUES ('evt_1', '1', 1)",
    "event_detail": "INSERT INTO event_detail (event_id, kind, at, actor, role, organisation, outcome, salt, details)"
    " VALUES ('evt_1', 'k', 1, 'a', 'r', 'o', 'done', '1', '1')",
    "log_entry": "INSERT INTO log_entry (idx, event_id, leaf) VALUES (0, 'evt_1', '1')",
    "log_checkpoint": "INSERT INTO log_checkpoint (size, note, signed_at) VALUES (1, 'n', 1)",
}
REFUSED = {
    "journal": ("UPDATE journal SET made_at = 2",),
    "event_detail": ("UPDATE event_detail SET actor = 'b'", "UPDATE event_detail SET salt = '2'"),
    "log_entry": ("UPDATE log_entry SET leaf = '2'", "DELETE FROM log_entry"),
    "log_checkpoint": ("UPDATE log_checkpoint SET note = 'm'", "DELETE FROM log_checkpoint"),
}


def test_the_newest_schema_is_the_one_the_code_declares(database: TestDatabase):
    engine = create_engine(database.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_migrating_again_changes_nothing(database: TestDatabase):
    migrate(database.url)
    test_the_newest_schema_is_the_one_the_code_declares(database)


@pytest.mark.parametrize("table", ROWS)
def test_not_even_the_owner_edits_the_log_in_passing(database: TestDatabase, table: str):
    owner = database.as_role("owner")
    with owner.write() as tx:
        tx.execute(text(ROWS[table]))
    for act in REFUSED[table]:
        with pytest.raises(DBAPIError, match="only added to"), owner.write() as tx:
            tx.execute(text(act))


@pytest.mark.parametrize("table", ROWS)
def test_nobody_replaces_a_row_of_the_log_by_inserting_it_again(sqlite: TestDatabase, table: str):
    for role in ("owner", "amana_web", "amana_sequencer"):
        if role == "owner":
            with sqlite.as_role(role).write() as tx:
                tx.execute(text(ROWS[table]))
        with pytest.raises(DBAPIError, match=r"only added to|not authorized"), sqlite.as_role(role).write() as tx:
            tx.execute(text(ROWS[table].replace("INSERT", "INSERT OR REPLACE")))


def test_rights_are_named_on_tables_that_exist():
    roles_sql = ROLES_SQL.read_text()
    granted = {table for role in ROLES for table in read_grants(roles_sql, role).tables}
    assert granted <= METADATA.tables.keys()


def test_postgresql_grants_exactly_what_the_file_says(postgresql_template: str, postgresql: str):
    from sqlalchemy import make_url

    engine = create_engine(make_url(postgresql).set(database=postgresql_template))
    asked = text(
        "SELECT has_table_privilege(:role, quote_ident(:table), :verb), "
        "has_any_column_privilege(:role, quote_ident(:table), :verb)"
    )
    roles_sql = ROLES_SQL.read_text()
    with engine.connect() as connection:
        for role in ROLES:
            grants = read_grants(roles_sql, role)
            for table in METADATA.tables:
                for verb in ("SELECT", "INSERT", "UPDATE"):
                    columns = grants.tables.get(table, {}).get(verb, frozenset())
                    expected = (columns is None, columns is None or len(columns) > 0)
                    facts = {"role": role, "table": table, "verb": verb}
                    assert tuple(connection.execute(asked, facts).one()) == expected, facts
    engine.dispose()

"""The database as one role: both kinds refuse what migrations/roles.sql does not grant."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from amana import db
from amana.audit.log.tables import log_entry
from amana.audit.outbox.tables import journal
from amana.db import UtcTime, read_grants
from amana.identity.tables import person
from amana.release.tables import release
from amana.vault.tables import holding
from support.databases import ROLES_SQL, TestDatabase

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENTRY = {"event_id": "evt_a", "leaf": b"x", "made_at": NOON}


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-9))])))
def test_an_instant_survives_storage(instant: datetime) -> None:
    column = UtcTime()
    dialect = sqlite_dialect.dialect()
    assert column.process_result_value(column.process_bind_param(instant, dialect), dialect) == instant


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_could_not_be_read_again_is_not_stored(time: str) -> None:
    with pytest.raises(OverflowError):
        UtcTime().process_bind_param(datetime.fromisoformat(time), sqlite_dialect.dialect())


def test_a_time_without_a_zone_is_refused(sqlite: TestDatabase) -> None:
    with sqlite.as_role("amana_web").write() as tx, pytest.raises(StatementError):
        tx.execute(insert(journal).values(ENTRY | {"made_at": datetime(2026, 11, 21)}))  # noqa: DTZ001


def test_a_block_that_raises_leaves_no_trace(database: TestDatabase) -> None:
    web, sequencer = database.as_role("amana_web"), database.as_role("amana_sequencer")
    with pytest.raises(RuntimeError), web.write() as tx:
        tx.execute(insert(journal).values(ENTRY))
        raise RuntimeError
    with sequencer.read() as reading:
        assert reading.execute(select(journal)).all() == []
    with web.write() as tx:
        tx.execute(insert(journal).values(ENTRY))
    with sequencer.read() as reading:
        assert [row.event_id for row in reading.execute(select(journal))] == ["evt_a"]


def test_reading_never_upgrades_to_writing(database: TestDatabase) -> None:
    """On PostgreSQL the transaction is read-only; on SQLite it may only begin as a reader."""
    web = database.as_role("amana_web")
    if web.is_postgresql:
        with web.read() as reading, pytest.raises(DBAPIError):
            reading.execute(insert(journal).values(ENTRY))


REFUSED = {
    "web reads the vault": ("amana_web", select(holding.c.id)),
    "web reads the journal": ("amana_web", select(journal.c.leaf)),
    "web reads a leaf": ("amana_web", select(log_entry.c.leaf)),
    "web deletes from the journal": ("amana_web", delete(journal)),
    "web names a candidate": ("amana_web", update(release).values(candidate="f" * 64)),
    "worker reads the journal": ("amana_worker", select(journal.c.leaf)),
    "worker reads people": ("amana_worker", select(person.c.email)),
    "sequencer reads the vault": ("amana_sequencer", select(holding.c.id)),
    "auditor writes": ("auditor_reader", insert(journal).values(ENTRY)),
    "an unknown role reads": ("nobody", select(journal.c.leaf)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_granted_is_refused(case: str, database: TestDatabase) -> None:
    role, statement = REFUSED[case]
    with pytest.raises(DBAPIError), database.as_role(role).write() as tx:
        tx.execute(statement)


def test_nobody_but_the_owner_changes_the_schema(database: TestDatabase) -> None:
    for role in ("amana_web", "amana_worker", "amana_sequencer", "auditor_reader"):
        for statement in ("CREATE TABLE sly (a INTEGER)", "DROP TABLE journal"):
            with pytest.raises(DBAPIError), database.as_role(role).write() as tx:
                tx.exec_driver_sql(statement)


def test_a_column_grant_covers_those_columns_only() -> None:
    grants = read_grants(ROLES_SQL.read_text(encoding="utf-8"), "amana_web")
    assert grants.allow("UPDATE", "release", "state")
    assert not grants.allow("UPDATE", "release", "candidate")
    assert grants.allow("SELECT", "log_entry", "idx")
    assert not grants.allow("SELECT", "log_entry", "leaf")
    assert not grants.allow("DELETE", "release")


def test_every_table_is_named_in_the_roles(sqlite: TestDatabase) -> None:
    """A table that roles.sql forgets would be open to nobody, or granted by hand."""
    text = ROLES_SQL.read_text(encoding="utf-8")
    from sqlalchemy import inspect

    for table in inspect(sqlite.as_role("owner").engine).get_table_names():
        assert table == "alembic_version" or f" {table}" in text, table


def test_threads_of_one_process_write_one_after_the_other(sqlite: TestDatabase):
    database, inside, most = sqlite.as_role("owner"), [0], [0]
    together = threading.Barrier(6)

    def write() -> None:
        together.wait()
        for _ in range(20):
            with database.write():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    crew = [threading.Thread(target=write) for _ in range(6)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    with pytest.raises(ZeroDivisionError), database.write():
        raise ZeroDivisionError
    with database.write():
        most[0] += 1  # a failure lets the next one in
    assert most == [2]


def test_a_writer_waits_while_another_process_writes(sqlite: TestDatabase):
    one, other = sqlite.as_role("amana_web"), sqlite.as_role("amana_sequencer")
    begun, order = threading.Event(), list[str]()

    def wait() -> None:
        begun.set()
        with other.write():
            order.append("other")

    thread = threading.Thread(target=wait)
    with one.write() as tx:
        thread.start()
        begun.wait()
        tx.execute(insert(journal).values(ENTRY))
        order.append("one")
    thread.join()
    assert order == ["one", "other"]


def test_who_has_waited_long_enough_is_refused_and_can_write_later(
    sqlite: TestDatabase, monkeypatch: pytest.MonkeyPatch
):
    one, other = sqlite.as_role("amana_web"), sqlite.as_role("amana_worker")
    monkeypatch.setattr(db, "BUSY_TIMEOUT", 20)
    with one.write(), pytest.raises(OperationalError, match="locked"), other.write():
        pass
    with other.write() as tx:
        tx.execute(insert(journal).values(ENTRY))
        assert tx.exec_driver_sql("PRAGMA busy_timeout=20").scalar() == 20, "a reader waits as long as before"


def test_a_database_that_is_gone_is_not_waited_for(sqlite: TestDatabase):
    web = sqlite.as_role("amana_web")
    with web.read():
        pass
    Path(sqlite.url.removeprefix("sqlite:///")).write_bytes(b"no database" * 100)
    with pytest.raises(DBAPIError), web.write():
        pass


def test_only_the_sequencer_brings_the_write_ahead_log_into_the_database(sqlite: TestDatabase):
    pages = {}
    for role in ("amana_web", "amana_sequencer"):
        with sqlite.as_role(role).engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.set_authorizer(None)
            pages[role] = raw.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
    assert pages == {"amana_web": 10_000, "amana_sequencer": 1}

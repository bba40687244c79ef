"""The database, opened as one role: SQLite in WAL mode for an embedded hub, PostgreSQL for a shared one.

Each process connects under its own name and may do what ``migrations/roles.sql`` grants that name. PostgreSQL
enforces the grants itself; on SQLite the same file is read and applied through ``set_authorizer``, so that both
refuse alike. Nobody but the owner (migrations) may create or change a table.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NewType, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnCollection,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Insert,
    MetaData,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BUSY_TIMEOUT: Final = 30_000  # ms that a SQLite writer waits for another
_LOOK: Final = 0.0005  # seconds between two looks at SQLite's write lock
_PRIMARY: Final = 0xFF  # of an error's code: the error, without its nearer circumstances
OWNER: Final = "owner"
_KEEPER: Final = "amana_sequencer"  # nobody waits for it: its commits bring SQLite's write-ahead log into the database
_SOON, _LATE = 1, 10_000  # pages of that log at which it does so, and anybody else who has to

_INSERT: Final[Mapping[str, Callable[[Table], postgresql.Insert | sqlite.Insert]]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}

Reading = NewType("Reading", Connection)
Transaction = NewType("Transaction", Connection)
Columns: TypeAlias = ColumnCollection[str, ColumnElement[Any]]


class UtcTime(TypeDecorator[datetime]):
    """An instant, stored as whole microseconds since 1970 in UTC; a time without a zone is refused."""

    impl = BigInteger
    cache_ok = True
    _EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Return microseconds. Raises ValueError for a naive time, OverflowError for one that UTC's calendar has not.

        Such a time could be stored and never be read again: one row would stop every reader of its table.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return (value.astimezone(UTC) - self._EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - same
        """Return an aware UTC datetime."""
        return None if value is None else self._EPOCH + timedelta(microseconds=int(value))


@dataclass(frozen=True)
class Grants:
    """What one role may do: table → {verb → columns, or None for all}."""

    tables: Mapping[str, Mapping[str, frozenset[str] | None]]

    def allow(self, verb: str, table: str, column: str | None = None) -> bool:
        """Return whether ``verb`` (SELECT, INSERT, UPDATE, DELETE) is granted on the table, or on this column."""
        verbs = self.tables.get(table, {})
        if verb not in verbs:
            return False
        columns = verbs[verb]
        return columns is None or not column or column in columns


_GRANT: Final = re.compile(
    r"^GRANT\s+(?P<verbs>[^;]+?)\s+ON\s+(?P<tables>[\w\s,]+?)\s+TO\s+(?P<role>\w+)\s*;", re.MULTILINE
)
_VERB: Final = re.compile(r"(SELECT|INSERT|UPDATE|DELETE)\s*(?:\(([^)]*)\))?")


def read_grants(roles_sql: str, role: str) -> Grants:
    """Return what ``roles_sql`` grants to ``role``; an unknown role may do nothing."""
    tables: dict[str, dict[str, frozenset[str] | None]] = {}
    for grant in _GRANT.finditer(roles_sql):
        if grant["role"] != role:
            continue
        for table in (name.strip() for name in grant["tables"].split(",")):
            for verb, columns in _VERB.findall(grant["verbs"]):
                named = frozenset(column.strip() for column in columns.split(",")) if columns else None
                tables.setdefault(table, {})[verb] = named
    return Grants(tables)


@dataclass(frozen=True)
class Database:
    """One process's door to the database. ``read`` never upgrades to writing; ``write`` commits or leaves no trace."""

    engine: Engine
    role: str
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def is_postgresql(self) -> bool:
        """Whether the server is PostgreSQL; otherwise it is SQLite."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """Yield one consistent view of the data, which cannot write."""
        options: dict[str, Any] = (
            {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
            if self.is_postgresql
            else {"amana_begin": "BEGIN"}
        )
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield Reading(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Yield a transaction: committed when the block ends, rolled back when it raises. Keep it under 50 ms.

        SQLite has one writer at a time, and lets the others sleep and try again, the longer the more often. So threads
        of one process queue here, where whoever waited is woken at once. Not to be called within itself.
        """
        if self.is_postgresql:
            with self.engine.connect() as connection, connection.begin():
                yield Transaction(connection)
            return
        at_once = {"amana_begin": "BEGIN IMMEDIATE"}
        with self._turn, self.engine.connect().execution_options(**at_once) as connection, connection.begin():
            yield Transaction(connection)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str, role: str, roles_sql: Path) -> Database:
    """Return the database at ``url`` as seen by ``role``.

    url:       ``sqlite:////path/to/file`` or ``postgresql+psycopg://…``, a SQLAlchemy URL.
    role:      ``owner`` (migrations only) or a role of ``roles_sql``: amana_web, amana_worker, amana_sequencer,
               auditor_reader. On PostgreSQL the URL's user must be a member of the role.
    roles_sql: path of migrations/roles.sql.
    """
    engine = create_engine(url, pool_pre_ping=url.startswith("postgresql"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        grants = None if role == OWNER else read_grants(roles_sql.read_text(encoding="utf-8"), role)
        pages = _SOON if role == _KEEPER else _LATE
        event.listen(engine, "connect", lambda connection, _record: _prepare_sqlite(connection, grants, pages))
        event.listen(engine, "begin", _begin_sqlite)
    elif role != OWNER:
        event.listen(engine, "connect", lambda connection, _record: _assume_role(connection, role))
    return Database(engine, role)


def upsert(table: Table, change: Callable[[Columns], Mapping[str, ColumnElement[Any]]]) -> Mapping[str, Insert]:
    """Return the statement that adds a row or changes the one that has its key, by the name of the dialect.

    Built once, since that takes as long as running it. change: what becomes of the row that is there, told the new one.
    """
    made = {name: insert(table) for name, insert in _INSERT.items()}
    return {
        name: new.on_conflict_do_update(index_elements=list(table.primary_key), set_=change(new.excluded))
        for name, new in made.items()
    }


def _prepare_sqlite(connection: sqlite3.Connection, grants: Grants | None, pages: int) -> None:
    connection.isolation_level = None
    settings = {
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "busy_timeout": BUSY_TIMEOUT,
        "secure_delete": "ON",
        "wal_autocheckpoint": pages,
    }
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name}={value}").close()
    if grants is not None:
        connection.set_authorizer(_Authorizer(grants))


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get("amana_begin", "BEGIN")
    if begin == "BEGIN":
        connection.exec_driver_sql(begin)
    else:
        _begin_at_once(connection, begin)


def _begin_at_once(connection: Connection, begin: str) -> None:
    """Take the write lock, looking again as often as every other process of ours. Raises OperationalError.

    SQLite's own waiting sleeps ever longer, in the end a tenth of a second at a time: beside busy writers a sequencer
    would come too late again and again.
    """
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout=0").close()
    try:
        until = time.monotonic() + BUSY_TIMEOUT / 1000
        while time.monotonic() < until:
            try:
                raw.execute(begin).close()
            except sqlite3.Error as fault:
                if getattr(fault, "sqlite_errorcode", 0) & _PRIMARY != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
            time.sleep(_LOOK)
        connection.exec_driver_sql(begin)  # what it says now, whoever asked is told
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}").close()


def _assume_role(connection: Any, role: str) -> None:  # noqa: ANN401 - the driver's connection
    """Let a connection act as a role, and alone: to start PostgreSQL's workers takes longer than any answer of ours."""
    cursor = connection.cursor()
    cursor.execute(f"SET ROLE {role}")
    cursor.execute("SET max_parallel_workers_per_gather = 0")
    cursor.close()
    connection.commit()


class _Authorizer:
    """SQLite's question before it compiles a statement, answered from the grants."""

    VERBS: Final = {
        sqlite3.SQLITE_READ: "SELECT",
        sqlite3.SQLITE_INSERT: "INSERT",
        sqlite3.SQLITE_UPDATE: "UPDATE",
        sqlite3.SQLITE_DELETE: "DELETE",
    }
    ALWAYS: Final = frozenset(
        {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_SAVEPOINT}
    ) | {sqlite3.SQLITE_RECURSIVE}

    def __init__(self, grants: Grants) -> None:
        self.grants = grants

    def __call__(self, action: int, first: str | None, second: str | None, _db: str | None, via: str | None) -> int:
        asked_by_trigger = action == sqlite3.SQLITE_READ and via is not None  # only the owner can make a trigger
        own_patience = action == sqlite3.SQLITE_PRAGMA and first == "busy_timeout"
        if action in self.ALWAYS or asked_by_trigger or own_patience:
            return sqlite3.SQLITE_OK
        verb = self.VERBS.get(action)
        column = second if action in {sqlite3.SQLITE_READ, sqlite3.SQLITE_UPDATE} else None
        if verb and first and self.grants.allow(verb, first, column):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

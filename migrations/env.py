"""Alembic's door: migrates the database named by ``config.attributes["url"]``, then grants what roles.sql says.

On PostgreSQL the grants are taken away and given again at every upgrade that reaches the newest schema, so that the
database never holds a right which the file no longer names. On SQLite ``amana.db`` applies the same file itself.
"""

from __future__ import annotations

import re
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, text

import amana.audit.cases.tables
import amana.audit.log.tables
import amana.audit.outbox.tables
import amana.identity.tables
import amana.intake.tables
import amana.release.tables
import amana.vault.tables  # noqa: F401 - each of these declares its tables in METADATA
from amana.db import METADATA, OWNER, open_database

ROLES_SQL = Path(__file__).with_name("roles.sql")


def migrate() -> None:
    """Bring the database to the revision that was asked for, in one transaction, or leave it as it was."""
    database = open_database(context.config.attributes["url"], OWNER, ROLES_SQL)
    with database.write() as connection:
        context.configure(
            connection=connection, target_metadata=METADATA, transactional_ddl=True, compare_server_default=True
        )
        context.run_migrations()
        newest = set(context.get_context().get_current_heads()) == set(context.script.get_heads())
        if database.is_postgresql and newest:
            grant(connection, ROLES_SQL.read_text(encoding="utf-8"))
    database.close()


def grant(connection: Connection, roles_sql: str) -> None:
    """Make each role's rights on PostgreSQL exactly those of ``roles_sql``."""
    statements = re.sub(r"--[^\n]*", "", roles_sql).split(";")
    for role in sorted(set(re.findall(r"\bTO\s+(\w+)\s*;", roles_sql))):
        connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"))
    for statement in filter(None, map(str.strip, statements)):
        connection.execute(text(statement))


migrate()

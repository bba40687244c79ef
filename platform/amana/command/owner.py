"""The operator's shell: the database as its owner, named by AMANA_DATABASE_URL; what is done there is journalled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from amana.audit.events.event import Actor
from amana.config import HOME
from amana.db import OWNER, Database, open_database
from amana.errors import Misconfigured

OPERATOR: Final = Actor("operator-shell", "operator", "hub")


@contextmanager
def owned_database() -> Iterator[Database]:
    """Yield the hub's database as its owner. Raises Misconfigured when AMANA_DATABASE_URL is not set."""
    url = os.environ.get("AMANA_DATABASE_URL", "").strip()
    if not url:
        raise Misconfigured(variable="AMANA_DATABASE_URL", reason="is not set")
    database = open_database(url, OWNER, HOME / "migrations" / "roles.sql")
    try:
        yield database
    finally:
        database.close()


def is_demo() -> bool:
    """Return whether this hub is a demo: quick password hashes, and no second factor."""
    return os.environ.get("AMANA_DEMO") == "1"

"""Fixtures that every kind of test shares: real databases, and a network that reaches no further than this machine."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from support.databases import TestDatabase, postgresql_database, postgresql_server, sqlite_database
from support.watching import (  # noqa: F401 - fixtures and hooks: every write that our code commits is watched
    every_write_has_its_event,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    watch,
)

if TYPE_CHECKING:
    from support.hub import Kept

TESTS = Path(__file__).parent


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """An administrator's URL of a real PostgreSQL server, one per run (per worker under xdist)."""
    with postgresql_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> Iterator[str]:
    """The name of a migrated database to copy from: migrating once is enough."""
    with postgresql_database(postgresql) as database:
        yield make_url(database.url).database or ""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestDatabase]:
    """A fresh, migrated database: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        with sqlite_database(tmp_path) as opened:
            yield opened
        return
    server = request.getfixturevalue("postgresql")
    template = request.getfixturevalue("postgresql_template")
    with postgresql_database(server, template) as opened:
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[TestDatabase]:
    """A fresh, migrated SQLite database, for tests in which the kind of database plays no part."""
    with sqlite_database(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def figures_of_2022(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A hub in which three committees' figures of 2022 are published: building them once in a process is enough."""
    from support.published import kept_published

    return kept_published(tmp_path_factory.mktemp("figures"))


# Their modules take longest, however few tests these have: begun last, one of them keeps one core busy for minutes.
# Of pages, those are read first that the tests of other pages change: one hub serves them all.
FIRST = ("web/test_pages.py", "web", "process", "generative", "fuzz", "migrations")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest. Modules stay together, and in order."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(TESTS)
        return next((at for at, some in enumerate(FIRST) if path.is_relative_to(some)), len(FIRST))

    items.sort(key=place)


# What is collected lives as long as the run: looking through it again and again for garbage costs each process seconds.
gc.disable()


def pytest_collection_finish() -> None:
    """Leave to the garbage collector what the tests themselves make."""
    gc.freeze()
    gc.enable()


# A busy machine is slow, not wrong: no example of a generative test is timed.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_connect = socket.socket.connect


def _only_this_machine(self: socket.socket, address: object) -> None:
    if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
        raise OSError(f"a test reached for the network: {address[0]}")
    _connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Tests talk to this machine only."""
    socket.socket.connect = _only_this_machine  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]

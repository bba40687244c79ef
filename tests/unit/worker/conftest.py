"""A worker's bench over each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.databases import TestDatabase
from support.workbench import Bench, make_bench


@pytest.fixture
def bench(database: TestDatabase, tmp_path: Path) -> Bench:
    return make_bench(database, tmp_path)


@pytest.fixture
def small(sqlite: TestDatabase, tmp_path: Path) -> Bench:
    """The same over SQLite alone, where the kind of database plays no part."""
    return make_bench(sqlite, tmp_path)

from __future__ import annotations

import pytest

from support.releases import Releases
from support.smallbook import plan


@pytest.fixture
def releases(database, tmp_path) -> Releases:
    """Releases by a small plan; on SQLite and on PostgreSQL."""
    return Releases(database, tmp_path, plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]'))

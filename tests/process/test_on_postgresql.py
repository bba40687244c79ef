"""The same three processes around a real PostgreSQL: one whole walk, each process under its own role."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from support.databases import postgresql_database
from support.running import running_hub, small_policies
from support.walk import Walk, check_nothing_lost_nothing_twice

pytestmark = pytest.mark.slow


def test_a_contribution_is_published_and_logged_once_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    with postgresql_database(postgresql) as database:
        url = make_url(database.url).render_as_string(hide_password=False)
        with running_hub(tmp_path / "hub", policies=small_policies(tmp_path), database_url=url) as hub:
            walk = Walk(hub, 1, tmp_path)
            walk.contribute()
            walk.publish()
            check_nothing_lost_nothing_twice(hub, walk)
            engine = create_engine(url)
            with engine.connect() as connection:
                kind = connection.execute(text("SELECT version()")).scalar_one()
            engine.dispose()
            assert kind.startswith("PostgreSQL")

"""One hub for the tests that only look, a fresh one for those that change something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hub import RealHub, real_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    """A hub with people and no data, shared by a module."""
    with real_hub(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[RealHub]:
    """A hub of one's own."""
    with real_hub(tmp_path) as opened:
        yield opened

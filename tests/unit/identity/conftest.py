"""A house with people in it."""

from __future__ import annotations

import pytest

from support.identity_house import found_house


@pytest.fixture
def house(sqlite):
    return found_house(sqlite.as_role("owner"), sqlite.as_role("amana_web"))

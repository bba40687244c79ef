"""The policies as they are delivered, and a copy that a test may edit."""

from __future__ import annotations

import pytest

from amana.config import HOME
from amana.policy.documents import load
from support.policy_folder import PolicyFolder


@pytest.fixture(scope="package")
def policies():
    return load(HOME / "policies")


@pytest.fixture
def folder(tmp_path):
    return PolicyFolder(tmp_path / "policies")

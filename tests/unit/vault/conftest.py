"""A vault and a key store in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.vault.keys import KeyStore
from amana.vault.secret import new_secret
from support.vault import Vault, make_vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return make_vault(tmp_path)


@pytest.fixture
def root_key(tmp_path: Path) -> Path:
    path = tmp_path / "root.key"
    path.write_text(new_secret())
    return path


@pytest.fixture
def keys(tmp_path: Path, root_key: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", root_key)

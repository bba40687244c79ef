"""The demo's files, written once for all tests that only read them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from amana.demo.generate import write_all

Rows = list[dict[str, str]]


@pytest.fixture(scope="package")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_all(tmp_path_factory.mktemp("files"), seed=7)


@pytest.fixture(scope="package")
def rows(files: list[Path]) -> Callable[[str], Rows]:
    by_name = {path.stem: path for path in files}

    def read(name: str) -> Rows:
        with by_name[name].open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    return read

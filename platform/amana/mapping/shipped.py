"""Mappings that come with Amana, for the column sets that are handed around between organisations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from amana.mapping.document import NationalMapping
from amana.mapping.toml import read

FOLDER: Final = Path(__file__).parent / "data" / "shipped"
NAMES: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load(name: str) -> NationalMapping:
    """Return one of ``NAMES``. Raises MappingInvalid."""
    return read(FOLDER / f"{name}.toml")

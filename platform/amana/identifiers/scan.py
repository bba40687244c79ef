"""Look for direct identifiers in every header and in every cell that is not a known code, block by block.

A finding tells the place and the shape of what was found (letters as A, digits as #), never the value. Distinct
values only, and only those that could hold an identifier at all, reach presidio: that is what makes it fast. A column
that is full of identifiers is not read to its end: what could be more of them is counted unread, and refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import polars as pl

from amana.findings import Finding, Severity, at_rows
from amana.identifiers.column import Column, Found
from amana.identifiers.columns import Known, known_columns
from amana.identifiers.fold import having, plain
from amana.identifiers.hits import Hit
from amana.identifiers.names import Names, Strength
from amana.identifiers.recognisers import Recognisers
from amana.reading.sheet import Block, Sheet

__all__ = ["COULD", "Scan", "known_columns"]

# A cell without any of these holds nothing that a pattern of identifiers.toml, or of presidio, could match.
COULD: Final = (
    r"[@<:°º]|\p{Nd}(?:[^\p{L}\p{Nd}]{0,3}\p{Nd}){3,}|[\p{L}\p{Nd}-]\p{Cf}*[.．。｡]\p{Cf}*\p{L}\p{Cf}*\p{L}"
)
_LETTERS: Final = r"\p{L}[\p{L}\p{M}\p{Cf}]*\p{L}"  # what holds no two letters in a row names nobody
"""



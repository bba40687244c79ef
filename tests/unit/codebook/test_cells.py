"""What a cell may say where no code list answers alone."""

from __future__ import annotations

import re

import polars as pl
import pytest

from amana.codebook.cells import BASE64URL, HEXADECIMAL, years


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("Y7", (7, 7)),
        ("Y12T17", (12, 17)),
        ("Y_GE60", (60, 120)),
        ("Y_GE18_U", (18, 120)),
        ("Y_LT18", (0, 17)),
        ("Y_LT18_U", (0, 17)),
        ("_U", None),
        ("_T", None),
        ("DECLARED", None),
    ],
)
def test_a_code_of_a_list_of_ages_in_years(code: str, meant: tuple[int, int] | None) -> None:
    assert years(code) == meant


@pytest.mark.parametrize(
    ("cell", "hexadecimal", "base64url"),
    [
        ("0123456789abcdef0123456789abcdef", True, True),
        ("0123456789ABCDEF0123456789ABCDEF", True, True),
        ("0123456789abcdef0123456789ABCDEF", False, True),
        ("0123456789abcdef0123456789abcde", False, False),
        ("f" * 128, True, True),
        ("f" * 129, False, False),
        ("Zz-_456789abcdefghijklmnopqrstuv", False, True),
        ("Zz-_456789 bcdefghijklmnopqrstuv", False, False),
    ],
    ids=["small", "capital", "both", "short", "longest", "too long", "base64url", "a blank in it"],
)
def test_how_a_keyed_pseudonym_is_written(cell: str, *, hexadecimal: bool, base64url: bool) -> None:
    for pattern, fits in ((HEXADECIMAL, hexadecimal), (BASE64URL, base64url)):
        assert bool(re.search(pattern, cell)) is fits
        assert pl.Series([cell]).str.contains(pattern).to_list() == [fits]

"""Records refuse to be made of columns that do not fit together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from amana.codebook.records import Records


def made(**other: Any) -> Records:
    parts: dict[str, Any] = {
        "columns": {"SEX": np.array([0, 1, 2], np.int16)},
        "flags": {"EXP_BEG": np.array([0, 1, 2], np.uint8)},
        "pseudonyms": ("a" * 64, "b" * 64, "c" * 64),
        "links": {"EVENT": ("e", "e", "f")},
        "collected": frozenset({"SEX", "EXPLOITATION", "EVENT"}),
    }
    return Records("VICTIMS", "MAR", "2022", **(parts | other))


def test_a_batch_is_as_long_as_its_columns() -> None:
    assert len(made()) == 3
    assert len(made(columns={}, flags={}, links={}, pseudonyms=None)) == 0


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("columns", lambda: {"SEX": np.array([0, 1], np.int16)}),
        ("flags", lambda: {"EXP_BEG": np.array([0], np.uint8)}),
        ("pseudonyms", lambda: ("a" * 64,)),
        ("links", lambda: {"EVENT": ("e",)}),
        ("columns", lambda: {"SEX": np.array([0, 1, 2], np.int64)}),
        ("flags", lambda: {"EXP_BEG": np.array([0, 1, 2], np.int16)}),
        ("collected", lambda: frozenset({"SEX"})),
    ],
)
def test_what_does_not_fit_is_refused(name: str, broken: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        made(**{name: broken()})

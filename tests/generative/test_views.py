"""Holding a whole column against a list by what Arrow keeps of each cell, against asking for every cell alone."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.validation.views import Listed, shorter
from support.contributions import BOOK

# All lengths around what one number of a view holds (4 bytes), both (12), and more; alike at either end; zeros, too.
LONG = "TRAFFICKED_IN_PERSONS"
ALIKE = [
    *(LONG[:length] for length in range(len(LONG) + 1)),
    "TRAFX",
    "TRAFFICKEE",
    "TRAFFICKEDXIN",
    "T\0",
    "TRAF\0",
    "é",
]
CODES = st.lists(st.sampled_from(ALIKE), max_size=12, unique=True)
CELLS = st.lists(st.none() | st.sampled_from(ALIKE) | st.text(max_size=14), max_size=20)


def column(cells: list[str | None], cut: int) -> pl.Series:
    """Return the cells in two chunks, and as a part of something longer: a block is rarely a column of its own."""
    first, second = (pl.Series([*some, "F"], dtype=pl.String) for some in (["M", *cells[:cut]], cells[cut:]))
    return first[1:-1].append(second[:-1])


def test_of_cells_that_are_alike_each_equals_itself_alone() -> None:
    for place, code in enumerate(ALIKE):
        found = Listed((code,)).others(pl.Series(ALIKE))
        assert found.tolist() == [other for other in range(len(ALIKE)) if other != place]


@given(CELLS, CODES, st.integers(0, 20))
@settings(max_examples=150, deadline=None)
def test_the_cells_of_no_code_are_those_that_equal_none(cells: list[str | None], codes: list[str], cut: int) -> None:
    found = Listed(tuple(codes)).others(column(cells, cut))
    assert found.tolist() == [n for n, cell in enumerate(cells) if cell is not None and cell not in codes]


@given(st.sampled_from(sorted(BOOK.codelists)), st.data())
@settings(max_examples=40, deadline=None)
def test_every_list_of_the_codebook_knows_its_own_codes_and_no_other(name: str, data: st.DataObject) -> None:
    codes = BOOK.codelists[name].storable
    cells = data.draw(
        st.lists(st.sampled_from(codes) | st.sampled_from(codes).map(lambda code: code[:-1]), max_size=40)
    )
    assert Listed(codes).others(column([*codes, *cells], 5)).tolist() == [
        n for n, cell in enumerate([*codes, *cells]) if cell not in codes
    ]


@given(CELLS, st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_the_shorter_cells_are_those_of_fewer_bytes(cells: list[str | None], least: int, cut: int) -> None:
    found = shorter(column(cells, cut), least)
    assert found.tolist() == [n for n, cell in enumerate(cells) if cell is not None and len(cell.encode()) < least]

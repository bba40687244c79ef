"""A set of rows is complete, in order, and small: set against the obvious set of numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.rows import RowSet

ROWS = st.lists(st.integers(1, 400), max_size=60)


def obvious_ranges(rows: set[int]) -> list[tuple[int, int]]:
    starts = sorted(row for row in rows if row - 1 not in rows)
    return [(start, next(row for row in range(start, 999) if row + 1 not in rows)) for start in starts]


@given(ROWS)
def test_it_holds_each_row_once_in_rising_order(rows: list[int]) -> None:
    held = RowSet.of(rows)
    assert list(held) == sorted(set(rows))
    assert len(held) == len(set(rows))
    assert held.first(5) == sorted(set(rows))[:5]
    assert all((row in held) == (row in rows) for row in range(402))


@given(st.lists(ROWS, max_size=4))
def test_together_they_hold_the_rows_of_all(several: list[list[int]]) -> None:
    held = RowSet()
    for rows in several:
        held |= RowSet.of(rows)
    everything = {row for rows in several for row in rows}
    assert list(held) == sorted(everything)
    assert list(held.ranges()) == obvious_ranges(everything)
    assert held.first(7) == sorted(everything)[:7]


@given(st.lists(st.integers(1, 10**6), max_size=20), ROWS)
def test_rows_far_apart_are_held_as_numbers_and_packed_as_bits(far: list[int], near: list[int]) -> None:
    held = RowSet.of(far) | RowSet.of(near)
    assert held.numbers().tolist() == list(held) == sorted({*far, *near})
    assert list(RowSet.unpack(held.pack())) == list(held)


def test_every_other_row_of_a_large_file_takes_less_than_a_bit_a_row() -> None:
    held = RowSet.of(range(2, 2_000_000, 2))
    assert sum(len(piece.bits) for piece in held.pieces) < 2_000_000 / 8
    assert len(held) == 999_999


@given(st.lists(ROWS, max_size=3))
def test_what_is_packed_is_unpacked(several: list[list[int]]) -> None:
    held = RowSet()
    for rows in several:
        held |= RowSet.of(rows)
    assert list(RowSet.unpack(held.pack())) == list(held)


@pytest.mark.parametrize("kept", [1, 27, 28, -1])
def test_a_packed_set_that_was_cut_is_refused(kept: int) -> None:
    with pytest.raises(ValueError, match="cut short"):
        RowSet.unpack(RowSet.of([3, 5, 900]).pack()[:kept])

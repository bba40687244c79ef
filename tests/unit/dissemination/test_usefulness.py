"""What a reader can do with a release: cells shown, and what filling the gaps would be off by at worst.

``x`` is the mark, ``-`` not collected.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from amana.dissemination.usefulness import Share, usefulness
from support.drawn import Drawing, drawn


def of(drawing: Drawing, *, zeros_hidden: bool = True) -> Share:
    name, values, status = drawing.cube.id, drawing.values, drawing.status
    return usefulness([drawing.cube], {name: values}, {name: status}, zeros_hidden=zeros_hidden)[name]


def worst(left: int, parts: int, least: int) -> tuple[int, int]:
    """Return what a 0, and an equal share, is off by at worst in one mark: over all tables that can be."""
    tables = [one for one in product(range(least, left + 1), repeat=parts) if sum(one) == left]
    return tuple(max(abs(one[0] - guess) for one in tables) for guess in (0, left // parts))  # type: ignore[return-value]


@pytest.mark.parametrize("zeros_hidden", [True, False])
@pytest.mark.parametrize("parts", [2, 3, 4])
@pytest.mark.parametrize("left", [4, 5, 12, 13])
def test_it_is_the_worst_of_all_tables_that_fit(left: int, parts: int, zeros_hidden: bool):
    """Where zeros are shown each mark holds one at least: of 12 left for three, a mark is 10 at most and not 12."""
    columns, marks = "|".join("ABCD"[:parts]), "|".join("x" * parts)
    share = of(drawn(f"|_T|{columns}\nMAR|{left}|{marks}"), zeros_hidden=zeros_hidden)
    assert (share.zeros_off, share.shares_off) == worst(left, parts, int(not zeros_hidden))


def test_not_all_marks_are_that_far_off_at_once():
    """12 are left for three: a 0 for one of them may be off by 12, zeros for all are off by 4 each on the mean."""
    share = of(drawn("|_T|A|B|C\nMAR|12|x|x|x"))
    assert share.zeros_off == 12
    assert {sum(one) / 3 for one in product(range(13), repeat=3) if sum(one) == 12} == {4.0}


def test_it_counts_cells_never_persons_and_leaves_out_what_was_not_collected():
    assert of(drawn("|F|M\nMAR|12|x\nTUN|9|-")) == Share(cells=3, shown=2, under=0, zeros_off=0, shares_off=0)


def test_two_marks_share_what_their_sum_leaves():
    """12 are left for F and M. A 0 is off by 12 at worst; a 6 by 6."""
    assert of(drawn("|_T|F|M|O\nMAR|32|x|x|20")) == Share(cells=4, shown=2, under=2, zeros_off=12, shares_off=6)


def test_the_nearer_of_two_sums_counts():
    """The women: each row leaves 20, the column 8. The men: the column leaves 32, each row 20."""
    share = of(
        drawn("""
            | _T | F  | M
        _T  | 90 | 28 | 62
        MAR | 20 | x  | x
        TUN | 20 | x  | x
        EGY | 50 | 20 | 30 """)
    )
    assert (share.under, share.zeros_off, share.shares_off) == (4, 14, 7)  # 8, 8, 20, 20 and half of each


def test_an_odd_rest_is_off_by_the_larger_half():
    assert of(drawn("|_T|F|M\nMAR|7|x|x")).shares_off == 4  # a guess of 3: it may be 7


def test_where_the_sum_itself_is_hidden_nothing_can_be_said():
    assert of(drawn("|_T|F|M\nMAR|x|x|x")) == Share(cells=3, shown=0, under=0, zeros_off=0, shares_off=0)


def test_a_row_of_a_table_with_one_axis_will_do():
    table = drawn("|ALL\n_T|30\nF|x\nM|x")
    flat = replace(table.cube, axes=table.cube.axes[:1])
    values, status = {flat.id: table.values[:, 0]}, {flat.id: table.status[:, 0]}
    share = usefulness([flat], values, status, zeros_hidden=True)[flat.id]
    assert (share.under, share.zeros_off, share.shares_off) == (2, 30, 15)


@pytest.mark.parametrize("shown", ["|_T|F|M\nMAR|30|12|18", "|F\nMAR|12"])
def test_with_nothing_hidden_there_is_nothing_to_be_off_by(shown: str):
    share = of(drawn(shown))
    assert (share.under, share.zeros_off, share.shares_off) == (0, 0, 0)
    assert share.shown == share.cells

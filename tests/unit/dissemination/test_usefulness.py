"""What a reader can do with a release: cells shown, and what filling the gaps would be off by at worst.

``x`` is the mark, ``-`` not collected.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from amana.dissemination.usefulness import Share, usefulness
from support.drawn import Drawing, drawn


def of(drawing: Drawing) -> Share:
    name = drawing.cube.id
    return usefulness([drawing.cube], {name: drawing.values}, {name: drawing.status})[name]


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
    share = usefulness([flat], {flat.id: table.values[:, 0]}, {flat.id: table.status[:, 0]})[flat.id]
    assert (share.under, share.zeros_off, share.shares_off) == (2, 30, 15)


@pytest.mark.parametrize("shown", ["|_T|F|M\nMAR|30|12|18", "|F\nMAR|12"])
def test_with_nothing_hidden_there_is_nothing_to_be_off_by(shown: str):
    share = of(drawn(shown))
    assert (share.under, share.zeros_off, share.shares_off) == (0, 0, 0)
    assert share.shown == share.cells

"""What moved between two vintages, drawn: cells newly shown, newly hidden, and those with another figure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from amana.dissemination.bundle import Bundle
from amana.dissemination.vintages import Moved, moved, shown_in
from support.drawn import drawn


def bundle(text: str, name: str = "table", dims: tuple[str, str] = ("AREA", "SEX")) -> Bundle:
    one = drawn(text, dims, name)
    held = SimpleNamespace(values={name: one.values}, status={name: one.status}, cube=lambda _: one.cube)
    return cast("Bundle", held)


THEN = bundle("|_T|F|M\n_T|60|35|25\nMAR|30|x|x\nTUN|30|20|10")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("|_T|F|M\n_T|60|35|25\nMAR|30|x|x\nTUN|30|20|10", Moved(0, 0, 0)),
        ("|_T|F|M\n_T|70|x|x\nMAR|30|x|x\nTUN|40|20|20", Moved(0, 2, 3)),
        ("|_T|F|M\n_T|60|35|25\nMAR|30|15|15\nTUN|30|20|10", Moved(2, 0, 0)),
        ("|M|_T|F\nTUN|10|30|20\n_T|25|60|35\nMAR|x|30|x", Moved(0, 0, 0)),  # in another order
        ("|_T|F|M\n_T|90|55|35\nMAR|30|x|x\nTUN|30|20|10\nSEN|30|20|10", Moved(3, 0, 3)),  # one joined
        ("|_T|F|M\n_T|30|x|x\nMAR|30|x|x", Moved(0, 5, 1)),  # one left
    ],
)
def test_cells_are_counted_by_what_they_are_of(now: str, expected: Moved):
    assert moved(THEN, bundle(now), "table") == expected


def test_a_table_that_was_not_there_or_was_another_cannot_be_compared():
    assert moved(THEN, bundle("|F|M\nMAR|12|13", "new"), "new") is None
    assert moved(THEN, bundle("|_T|F|M\n_T|60|35|25", dims=("AGE", "SEX")), "table") is None
    assert (shown_in(THEN, "table"), shown_in(THEN, "new")) == (7, None)

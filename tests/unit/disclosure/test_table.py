"""What a cleared table promises."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import amana.disclosure
from amana.disclosure.table import (
    _CLEARANCE,
    NOT_COLLECTED,
    WITHHELD,
    Axis,
    ClearedTable,
    Cube,
    Node,
    Rule,
    Status,
)

SEX = Axis("SEX", (Node("_T", None), Node("F", ("SEX", "F")), Node("M", ("SEX", "M"))), ((0, (1, 2)),))
AREA = Axis("AREA", (Node("MAR", ("AREA", "MAR")),))


def table(proof: object = _CLEARANCE) -> ClearedTable:
    status = np.array([[Status.SHOWN, Status.HIDDEN, Status.NOT_COLLECTED]], dtype=np.uint8)
    return ClearedTable((), {"a": np.array([[20, 0, 0]])}, {"a": status}, "suppress", 5, True, {}, proof)


def test_a_cleared_table_comes_only_from_clear():
    with pytest.raises(TypeError, match="clear"):
        table(proof=object())


def test_the_proof_is_in_the_hands_of_clear_alone():
    room = Path(amana.disclosure.__file__).parent
    holders = {path.name for path in room.parent.rglob("*.py") if re.search(r"\b_CLEARANCE\b", path.read_text())}
    assert holders == {"table.py", "clear.py"}


def test_a_reader_sees_a_count_a_mark_or_that_nobody_asked():
    assert [table().cell("a", (0, column)) for column in range(3)] == [20, WITHHELD, NOT_COLLECTED]


def test_a_mark_is_neither_zero_nor_false():
    assert WITHHELD
    assert WITHHELD != 0


def test_cells_of_the_same_persons_have_the_same_key():
    cube = Cube("one", (AREA, SEX), (("STATUS", "IDENT"),))
    other = Cube("two", (SEX, AREA, Axis("STATUS", (Node("IDENT", ("STATUS", "IDENT")),))))
    assert cube.cell_key((0, 1)) == other.cell_key((1, 0, 0)) == {("AREA", "MAR"), ("SEX", "F"), ("STATUS", "IDENT")}
    assert cube.cell_key((0, 0)) == {("AREA", "MAR"), ("STATUS", "IDENT")}
    assert cube.cell_codes((0, 1)) == ("MAR", "F")


def test_a_cube_counts_its_margins_too():
    cube = Cube("one", (AREA, SEX))
    assert (cube.shape, cube.size, list(cube.indices())) == ((1, 3), 3, [(0, 0), (0, 1), (0, 2)])


def test_a_least_count_of_one_protects_nobody():
    with pytest.raises(ValueError, match="nobody"):
        Rule(1, zeros_hidden=True)


@pytest.mark.parametrize(("zeros_hidden", "least"), [(True, 0), (False, 1)])
def test_a_mark_means_at_least_one_only_where_zeros_are_published(zeros_hidden: bool, least: int):
    assert Rule(5, zeros_hidden=zeros_hidden).hidden_least == least

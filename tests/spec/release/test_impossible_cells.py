"""The plan for children crosses status and care: two of its cells can hold nobody whom the hub accepted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amana.committee.documents import Documents
from amana.config import HOME
from amana.disclosure.join import Guest
from amana.disclosure.table import Rule
from amana.plans.axes import dimensions
from amana.tabulation.counts_file import TablesInvalid, check_agreement
from amana.tabulation.protected_file import Protected, parse_protected, render_protected
from amana.tabulation.tabulate import Counts, assemble, at_home

DOCUMENTS = Documents(HOME / "policies")
BOOK = DOCUMENTS.book()
PLAN = DOCUMENTS.plan("children-annual", BOOK)
CUBE = PLAN.cube("status-care")
LEAVES = {cube.id: dimensions(cube, PLAN, BOOK) for cube in PLAN.cubes}


def counted(committee: str = "MAR") -> Counts:
    """Return the tables of a committee that asked everything and registered nobody."""
    collected = frozenset(one.id for one in BOOK.dataflow("CHILDREN").variables)
    nobody = {name: np.zeros([len(dim.leaves) for dim in dims], dtype=np.int64) for name, dims in LEAVES.items()}
    return Counts(committee, "CHILDREN", "2024", PLAN.id, PLAN.digest, BOOK.digest, collected, nobody)


def at(*codes: str) -> tuple[int, ...]:
    return tuple(
        [node.code for node in dim.axis.nodes].index(code) for dim, code in zip(LEAVES[CUBE.id], codes, strict=True)
    )


def test_they_are_as_open_as_what_nobody_was_asked():
    raw = assemble([counted()], PLAN, ("MAR", "TUN"), BOOK)
    shape = next(cube for cube in raw.cubes if cube.id == CUBE.id)
    found = [shape.cell_codes(tuple(index)) for index in np.argwhere(raw.absent[CUBE.id])]
    assert found == [("UNACCOMPANIED", "FAMILY"), ("ACCOMPANIED", "INFORMAL")]


def test_tables_that_count_somebody_there_are_refused():
    counts = counted()
    place = tuple(
        dim.leaves.index(code) for dim, code in zip(LEAVES[CUBE.id], ("UNACCOMPANIED", "FAMILY"), strict=True)
    )
    counts.cubes[CUBE.id][place] = 30
    with pytest.raises(TablesInvalid) as refused:
        check_agreement(counts, PLAN, BOOK)
    assert refused.value.facts == {"cube": CUBE.id, "reason": "tables.impossible"}


def test_tables_that_were_protected_at_home_say_nothing_of_them():
    counts = counted()
    values = {cube.id: np.zeros_like(at_home(counts, PLAN, BOOK).counts[cube.id]) for cube in PLAN.cubes}
    own = {name: each[0] if "REF_AREA" in PLAN.cube(name).by else each for name, each in values.items()}
    hidden = {name: np.ones(each.shape, dtype=np.uint8) for name, each in own.items()}
    about = (counts.committee, counts.dataflow, counts.period, counts.plan, counts.plan_digest, counts.codebook_digest)
    home = Protected(*about, counts.collected, True, Guest("MAR", own, hidden, 11))
    read = parse_protected(render_protected(home, PLAN, BOOK), PLAN, BOOK, Rule(5, zeros_hidden=True))
    assert read.guest.status[CUBE.id][at("UNACCOMPANIED", "FAMILY")] == 2
    shown = replace(home, guest=replace(home.guest, status={**hidden, CUBE.id: hidden[CUBE.id] * 0}))
    with pytest.raises(TablesInvalid) as refused:
        parse_protected(render_protected(shown, PLAN, BOOK), PLAN, BOOK, Rule(5, zeros_hidden=True))
    assert refused.value.facts["reason"] == "tables.unknown_cell"

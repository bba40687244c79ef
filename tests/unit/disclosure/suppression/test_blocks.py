"""Blocks of hidden cells: differences of two possible persons on every axis; and rests that change with them."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import given, start
from amana.disclosure.suppression.worlds import blocks
from amana.disclosure.suppression.worlds.blocks import Frames
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.people import People
from amana.disclosure.table import Axis, Node, RawTable, Rule
from support.drawn import drawn, raw

RULE = Rule(5, zeros_hidden=True, coalition=0)
SQUARE = """
        | _T | F  | M
    _T  | 40 | 20 | 20
    a   | 20 | 10 | 10
    b   | 20 | 10 | 10 """
FEWER = """
        | _T | F  | M
    _T  | 20 | 10 | 10
    a   | 10 |  5 |  5
    b   | 10 |  5 |  5 """


def frames(table: RawTable) -> Frames:
    """Everything hidden but the grand totals."""
    system = link(table)
    what = given(table, RULE, system, (), ())
    mask = Mask(system, RULE, parties(table, RULE, system), start(RULE, system, np.random.default_rng(1), what))
    mask.hide(np.flatnonzero(system.truth[: system.cells] < 20))
    return Frames(table.cubes, mask)


def test_a_block_keeps_every_sum():
    here = frames(raw(drawn(SQUARE)))
    moves = here.blocks(here.each[0], np.random.default_rng(2))
    assert len(moves) == 1
    z = np.zeros(len(here.mask.truth), dtype=np.int64)
    np.add.at(z, moves.ids[0], moves.signs[0])
    assert sorted(z[z != 0].tolist()) == [-1, -1, 1, 1]
    assert not (here.mask.system.equations @ z[:-1]).any()


def test_a_rest_changes_with_the_filtered_cells():
    """Identified among all: subtracting tells who is only presumed a victim, so that the rest moves as well."""
    identified = drawn(FEWER, name="identified", where=[("STATUS", "IDENT")])
    here = frames(raw(drawn(SQUARE), identified))
    found = [here.blocks(frame, np.random.default_rng(2)) for frame in here.each]
    assert any((moves.ids[moves.signs != 0] >= here.mask.system.cells).any() for moves in found)
    for moves in found:
        for ids, signs in zip(moves.ids, moves.signs, strict=True):
            z = np.zeros(len(here.mask.truth), dtype=np.int64)
            np.add.at(z, ids, signs)
            assert not (here.mask.system.equations @ z[:-1]).any()


def test_of_too_many_blocks_chance_takes_some(monkeypatch: pytest.MonkeyPatch):
    rows = "\n".join(f"{code} | 15 | 5 | 5 | 5" for code in "abcdef")
    table = raw(drawn(f"| _T | F | M | O\n_T | 90 | 30 | 30 | 30\n{rows}"))
    here = frames(table)
    monkeypatch.setattr(blocks, "_CROWD", 1)
    assert len(here.blocks(here.each[0], np.random.default_rng(Random(3).getrandbits(32)))) <= 1


def test_nobody_can_be_what_contradicts_itself():
    """Whoever is q is p as well, and p and q exclude each other: nobody is q."""
    nodes = (Node("_T", None), Node("p", ("X", "p")), Node("q", ("X", "q")))
    axis = Axis("X", nodes, ((0, (1, 2)),), (((1,), 2),))
    assert People(axis).profiles.tolist() == [[1, 1, 0]] or [0, 0, 1] not in People(axis).profiles[:, 0:3].tolist()
    assert (People(axis).profiles[:, 2] == 0).all()

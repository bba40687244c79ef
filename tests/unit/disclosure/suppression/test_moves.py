"""Moves in whole numbers: where the cheapest answer of the solver is half a person, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.suppression import solving
from amana.disclosure.suppression.knowledge import Parties
from amana.disclosure.suppression.linked import system
from amana.disclosure.suppression.linked.system import System
from amana.disclosure.suppression.primary import Start
from amana.disclosure.suppression.worlds import bounds
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.moves import CheapestMoves
from amana.disclosure.suppression.worlds.oracle import Oracle
from amana.disclosure.table import ClearingRefused, Rule

# t = u + v + w and u = v: raising t by an odd number needs w, or half a person in u and v.
HALVES = [[-1, 1, 1, 1], [0, 1, -1, 0]]


def mask(rows: list[list[int]], truth: list[int], hidden: list[int], price: list[float] | None = None) -> Mask:
    size = len(truth)
    flags = np.zeros(size, dtype=np.bool_)
    matrix = sparse.csc_matrix(np.array(rows, dtype=np.int64))
    numbers = {"a": np.arange(size)}
    system = System(np.array(truth), matrix, size, flags, ~flags, np.zeros(size, dtype=np.int64), numbers)
    primary = flags.copy()
    primary[hidden] = True
    known = Parties(("",), np.zeros((size, 1), dtype=np.int32), np.zeros((size, 1), dtype=np.bool_))
    start = Start(primary, ~flags, np.array(price or [1.0] * size), np.full(size, -1))
    return Mask(system, Rule(5, zeros_hidden=True), known, start)


def test_a_cheap_half_is_straightened_into_a_whole():
    made = CheapestMoves(mask(HALVES, [10, 4, 4, 2], [0, 3], [1, 1, 1, 2]), np.arange(4)).move(0, 5, 0)
    assert made is not None
    z = dict(zip(made.ids[0].tolist(), made.signs[0].tolist(), strict=True))
    assert z[0] == 5
    assert z.get(1, 0) == z.get(2, 0)
    assert z[0] == z.get(1, 0) + z.get(2, 0) + z.get(3, 0)


def test_where_only_halves_will_do_there_is_no_move():
    assert CheapestMoves(mask([[-1, 1, 1], [0, 1, -1]], [8, 4, 4], [0]), np.arange(3)).move(0, 5, 0) is None


def test_what_cannot_move_does_not():
    assert CheapestMoves(mask([[1, 0], [0, 1]], [7, 7], [0]), np.arange(2)).move(0, -2, 0) is None


def test_the_oracle_notes_the_world_it_reaches():
    free = mask([[1, 1, -1]], [3, 9, 12], [0, 1])
    Oracle(free, 0).ask(0, 2)
    assert free.high[:2, 0].tolist() == [True, True]
    assert not free.low[0, 0]
    Oracle(free, 0).ask(0, -3)
    assert free.low[:2, 0].tolist() == [True, False]


def test_the_oracle_lets_fall_at_once_what_falls_together():
    """In 6 + 7 + 30 = 43 the 6 and the 7 fall to nobody in one world, and the 30 cannot with them."""
    free = mask([[1, 1, 1, -1]], [6, 7, 30, 43], [0, 1, 2])
    oracle = Oracle(free, 0)
    world = oracle.ask_together(np.array([0, 1]))
    assert world is not None
    assert world.tolist() == [-6, -7, 13]
    assert free.low[:3, 0].tolist() == [True, True, False]
    oracle.ask(2, -30)  # what could not rise just now may do so again
    assert free.low[2, 0]


def test_without_steps_nothing_falls_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "_STEPS", 0)
    oracle = Oracle(mask([[1, 1, -1]], [6, 7, 13], [0, 1]), 0)
    assert oracle.ask_together(np.array([0])) is None


def test_the_oracle_knows_what_never_was_small():
    """In 3 + 20 = 23 nothing else is hidden: 20 is known, and the 3 with it."""
    free = mask([[1, 1, -1], [0, 1, 0]], [3, 20, 23], [0, 1])
    Oracle(free, 0).ask(1, -20)
    assert free.never_small[1, 0]
    assert not free.moved[1, 0]


def test_the_oracle_believes_in_no_half_a_person():
    free = mask([[-1, 1, 1], [0, 1, -1]], [8, 4, 4], [0, 1, 2])
    Oracle(free, 0).ask(0, -7)
    assert free.moved[0, 0]
    assert (free.system.equations @ free.system.truth == 0).all()


def test_the_oracle_gives_up_where_only_quarters_will_do():
    """t = 4 u: no seven, and neither six nor five."""
    quarters = [[-1, 1, 1, 1, 1], [0, 1, -1, 0, 0], [0, 0, 1, -1, 0], [0, 0, 0, 1, -1]]
    free = mask(quarters, [8, 2, 2, 2, 2], [0, 1, 2, 3, 4])
    Oracle(free, 0).ask(0, -7)
    assert not free.moved[0, 0]


def test_an_oracle_without_steps_says_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "_STEPS", 0)
    free = mask([[1, 1, -1]], [3, 9, 12], [0, 1])
    Oracle(free, 0).ask(1, -9)
    assert not free.never_small[:2].any()
    assert not free.moved[:2].any()


def test_subtraction_that_ends_early_knows_less_and_nothing_wrong(monkeypatch: pytest.MonkeyPatch):
    """20 = 8 + 12 in one line, 12 = 3 + 9 in the next: the second line tells only after the first."""
    lines = [[-1, 1, 1, 0], [0, 0, -1, 1]]
    short = mask(lines, [20, 8, 12, 12], [1, 2, 3])
    known = np.array([20, 8, 0, 0])
    monkeypatch.setattr(system, "_SWEEPS", 1)
    monkeypatch.setattr(bounds, "_SWEEPS", 1)
    lower, _ = short.system.plain_bounds(known, np.where(known, known, 99))
    assert lower.tolist() == [20, 8, 12, 0]
    bounds.note_never_small(short)
    assert not short.never_small[3, 0]


def test_subtraction_refuses_what_no_table_fits():
    """9 = x + y + z, 30 = x + y and 30 = y + z: each line widens what the others passed, without end."""
    lines = mask(
        [[-1, 0, 0, 1, 1, 1], [0, -1, 0, 1, 1, 0], [0, 0, -1, 0, 1, 1]], [9, 30, 30, 3, 3, 3], [3, 4, 5]
    ).system
    least, most = np.array([9, 30, 30, 0, 0, 0]), np.array([9, 30, 30, *[2**40] * 3])
    with pytest.raises(ClearingRefused, match="not_additive"):
        lines.plain_bounds(least, most)


@pytest.mark.parametrize(("other", "kept", "never_small"), [(2, True, False), (1, False, True), (20, False, False)])
def test_subtraction_knows_what_cannot_fall_as_far_as_it_should(other: int, kept: bool, never_small: bool):
    """In 6 + 3 = 9 the 3 is also in 3 + other: with 2 it is 5 at most and the 6 four at least, with 1 five at least."""
    free = mask([[1, 1, 0, -1, 0], [0, 1, 1, 0, -1]], [6, 3, other, 9, 3 + other], [0, 1, 2])
    assert bounds.note_never_small(free)[0, 0] == kept
    assert free.never_small[0, 0] == never_small

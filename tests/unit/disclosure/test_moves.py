"""Moves in whole numbers: where the cheapest answer of the solver is half a person, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.suppression.moves import Room, Window, least_possible, reached, window
from amana.disclosure.suppression.system import System

# t = u + v + w and u = v: raising t by an odd number needs w, or half a person in u and v.
HALVES = [[-1, 1, 1, 1], [0, 1, -1, 0]]


def system(rows: list[list[int]], truth: list[int]) -> System:
    size = len(truth)
    flags = np.zeros(size, dtype=np.bool_)
    numbers = {"a": np.arange(size)}
    matrix = sparse.csc_matrix(np.array(rows, dtype=np.int64))
    return System(np.array(truth), matrix, size, flags, ~flags, np.zeros(size, dtype=np.int64), numbers)


def room(rows: list[list[int]], truth: list[int], hidden: list[int], price: list[float]) -> Room:
    made = system(rows, truth)
    flags = np.zeros(len(truth), dtype=np.bool_)
    flags[hidden] = True
    view = window(made, np.arange(len(truth)))
    return Room(view, made.truth, hidden=flags, price=np.array(price), least=np.zeros(len(truth), dtype=np.int64))


def test_a_cheap_half_is_straightened_into_a_dear_whole():
    z = room(HALVES, [10, 4, 4, 2], hidden=[0, 3], price=[1, 1, 1, 9000]).move(0, 15)
    assert z is not None
    assert np.allclose(z, np.rint(z))
    assert z[0] == 5
    assert z[1] == z[2]
    assert z[0] == z[1] + z[2] + z[3]


def test_where_only_halves_will_do_the_half_is_told_and_proves_nothing():
    free = room([[-1, 1, 1], [0, 1, -1]], [8, 4, 4], hidden=[0], price=[1, 1, 1])
    z = free.move(0, 13)
    assert z.tolist() == [5, 2.5, 2.5]
    assert free.touches(z).tolist() == [1, 2]
    assert reached(np.array([8, 4, 4]), np.zeros(3, dtype=np.int64), z) == []


def test_what_cannot_move_does_not():
    assert room([[1, 0], [0, 1]], [7, 7], hidden=[0], price=[1, 1]).move(0, 5) is None


def test_a_published_zero_stays():
    made = system([[1, -1]], [0, 0])
    stuck = Room(
        window(made, np.arange(2)),
        made.truth,
        hidden=np.array([False, False]),
        price=np.ones(2),
        least=np.ones(2, dtype=np.int64),
    )
    assert stuck.move(0, 5) is None


def test_widening_raises_and_lowers_without_touching_what_is_shown():
    free = room([[1, 1, 1, -1]], [3, 9, 0, 12], hidden=[0, 1, 2], price=[1, 1, 1, 1])
    z = free.widen(np.array([1.0, 0, 0, 0]), np.array([0, 1.0, 0, 0]), 5)
    assert z[3] == 0
    assert z[0] + 3 >= 5
    assert z.sum() == 0


def test_widening_keeps_the_whole_parts_of_a_crooked_answer():
    """Two separate parts: one can only move by halves and is left alone, the other moves."""
    rows = [[-1, 1, 1, 0, 0, 0, 0], [0, 1, -1, 0, 0, 0, 0], [1, 0, 0, -1, 0, 0, 0], [0, 0, 0, 0, 1, 1, -1]]
    made = room(rows, [8, 4, 4, 8, 2, 9, 11], hidden=[0, 1, 2, 3, 4, 5], price=[1.0] * 7)
    z = made.widen(np.array([0, 0, 0, 1.0, 1.0, 0, 0]), np.zeros(7), 13)
    assert z.tolist() == [0, 0, 0, 0, 9, -9, 0]


def test_a_move_shows_every_table_on_its_line():
    tables = reached(np.array([3, 9]), np.array([0, 0]), np.array([1.0, -1.0]))
    assert [table.tolist() for table in tables] == [[4, 8], [12, 0], [0, 12]]


def test_a_move_that_only_rises_has_no_end_in_that_direction():
    assert [table.tolist() for table in reached(np.array([3]), np.array([0]), np.array([2.0]))] == [[5], [1]]


@pytest.mark.parametrize(("hidden", "bound"), [([0, 1], [20.0]), ([0, 1, 2], [0.0])])
def test_the_sum_of_what_is_shown_is_a_lower_bound(hidden: list[int], bound: list[float]):
    flags = np.zeros(3, dtype=np.bool_)
    flags[hidden] = True
    view = Window(np.arange(3), sparse.csc_matrix(np.array([[-1, 1, 1]])))
    found = least_possible(view, np.array([23, 3, 20]), flags, np.zeros(3, dtype=np.int64), np.array([0]))
    assert found.tolist() == bound

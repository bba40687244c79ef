"""Moves around one table: in whole numbers where there are any, and half a person convinces nobody.

t = u + v + w and u = v: where t stays and w is small, u and v may move by half a person only.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.suppression import solving
from amana.disclosure.suppression.in_turn.room import Room, Window, reached
from amana.disclosure.suppression.solving import Effort

T, U, V, W, Y = range(5)
HALVES = [[-1, 1, 1, 1], [0, 1, -1, 0]]


def room(rows: list[list[int]], base: list[int], hidden: list[int], price: list[float] | None = None) -> Room:
    size = len(base)
    flags = np.zeros(size, dtype=np.bool_)
    flags[hidden] = True
    view = Window(np.arange(size), sparse.csc_matrix(np.array(rows, dtype=np.int64)))
    least = np.zeros(size, dtype=np.int64)
    return Room(view, np.array(base), hidden=flags, price=np.array(price or [1.0] * size), least=least, effort=Effort())


def weights(size: int, **of: float) -> np.ndarray:
    found = np.zeros(size)
    for name, weight in of.items():
        found["tuvwy".index(name)] = weight
    return found


def test_a_crooked_move_is_straightened_with_the_help_of_what_is_hidden():
    z = room(HALVES, [10, 4, 4, 2], [T, U, V, W], [1, 1, 1, 1000]).move(T, 15)
    assert z is not None
    assert np.rint(z).tolist() in ([5, 2, 2, 1], [5, 1, 1, 3], [5, 0, 0, 5])


def test_without_help_it_stays_crooked_and_shows_no_table():
    crooked = room(HALVES, [10, 4, 4, 2], [T], [1, 1, 1, 1000]).move(T, 15)
    assert crooked is not None
    assert crooked[U] == pytest.approx(2.5)
    assert reached(np.array([10, 4, 4, 2]), np.zeros(4, dtype=np.int64), crooked) == []


def test_a_move_shows_three_tables_as_it_goes_on_and_back():
    tables = reached(np.array([9, 3]), np.array([0, 0]), np.array([-2, 1]))
    assert [each.tolist() for each in tables] == [[7, 4], [1, 7], [15, 0]]


def test_what_cannot_move_is_known_for_sure_and_what_was_not_found_is_not(monkeypatch: pytest.MonkeyPatch):
    still = room([[1, 0], [0, 1]], [7, 7], [0])
    assert still.move(0, 5) is None
    assert still.sure
    monkeypatch.setattr(solving, "_STEPS", 0)
    hasty = room([[1, -1]], [7, 7], [0])
    assert hasty.move(0, 5) is None
    assert not hasty.sure


def test_what_is_shown_has_to_be_hidden_for_a_move():
    here = room([[-1, 1, 1]], [10, 4, 6], [U], [1, 1, 1])
    z = here.move(U, 0)
    assert z is not None
    assert set(here.touches(z).tolist()) < {T, V}
    here.note(np.array([True, True, True]))
    assert not len(here.touches(z))


def test_many_are_raised_and_lowered_at_once_in_whole_numbers():
    """2 u + w = 9: raising u ends at four and a half; the whole table beside it is taken."""
    here = room(HALVES, [9, 2, 2, 5], [U, V, W])
    z = here.widen(weights(4, u=1.0), weights(4), 5)
    assert z[T] == 0
    assert z[U] == z[V] == -z[W] / 2


def test_what_only_moves_by_halves_stays_with_all_that_hangs_on_it():
    """Lowering w to nothing leaves 2 u = 9, and y has taken what w gave."""
    here = room([[-1, 1, 1, 1, 0], [0, 1, -1, 0, 0], [0, 0, 0, 1, 1]], [9, 2, 2, 5, 4], [U, V, W, Y])
    assert here.widen(weights(5), weights(5, w=1.0), 5).tolist() == [0, 0, 0, 0, 0]

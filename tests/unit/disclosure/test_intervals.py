"""The checker's arithmetic on its own: bounds by subtraction, by cube, by programme; tables in whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.intervals import FAR, Contradiction, Reader
from amana.disclosure.suppression.system import System


def reader(
    rows: list[list[int]], known: dict[int, int], wanted: list[int], cubes: list[list[int]] | None = None
) -> Reader:
    size = len(rows[0])
    lower, upper = np.zeros(size, dtype=np.int64), np.full(size, FAR)
    for quantity, value in known.items():
        lower[quantity] = upper[quantity] = value
    flags = np.zeros(size, dtype=np.bool_)
    flags[wanted] = True
    matrix = sparse.csc_matrix(np.array(rows, dtype=np.int64))
    return Reader(matrix, (lower, upper), [np.array(each) for each in cubes or [list(range(size))]], flags, (0, 5))


def test_subtraction_reaches_from_line_to_line():
    read = reader([[-1, 1, 1, 0], [0, 0, -1, 1]], {0: 20, 1: 12}, [2, 3])
    read.subtract()
    assert (read.lower.tolist(), read.upper.tolist()) == ([20, 12, 8, 8], [20, 12, 8, 8])


def test_subtraction_gives_up_on_a_spiral_and_the_solver_settles_it():
    """x = y + 1 and y = x + 1: each line raises the other, for ever."""
    rows = [[-1, 1, 1], [1, -1, 1]]
    read = reader(rows, {2: 1}, [0, 1])
    read.subtract()
    assert read.lower[0] < read.upper[0]
    with pytest.raises(Contradiction):
        reader(rows, {2: 1}, [0, 1]).read()
    flags = np.zeros(3, dtype=np.bool_)
    spiral = System(
        np.array([0, 0, 1]), sparse.csc_matrix(np.array(rows)), 3, flags, ~flags, np.zeros(3, dtype=np.int64), {}
    )
    lower, _ = spiral.plain_bounds(np.array([0, 0, 1]), np.array([FAR, FAR, 1]))
    assert 0 < lower[0] < 1000


def test_lines_that_contradict_each_other_are_noticed():
    with pytest.raises(Contradiction):
        reader([[-1, 1, 1], [0, 1, -1]], {0: 7, 1: 3}, [2]).read()


def test_half_a_person_clears_nobody():
    """2 x = 13 has an answer among fractions only: nothing is cleared, so all of it is refused."""
    read = reader([[-1, 1, 1], [0, 1, -1]], {0: 13}, [1, 2])
    read.read()
    assert (read.open() | read.convicted()).tolist() == [False, True, True]


def test_fractions_reach_further_than_persons():
    """2 x + z = 11 leaves x at most 5: the bound in fractions is 5.5, in persons 5."""
    read = reader([[-1, 1, 1, 1], [0, 1, -1, 0]], {0: 11}, [1])
    read.read()
    assert not (read.open() | read.convicted()).any()
    assert read.seen_most[1] == 5


def test_the_last_half_person_is_asked_for_in_whole_numbers():
    """2 x + z = 9: x reaches 4.5 among fractions, 4 among persons, and never the 5 that it should."""
    read = reader([[-1, 1, 1, 1], [0, 1, -1, 0]], {0: 9}, [1])
    read.read()
    assert read.convicted().tolist() == [False, True, False, False]
    assert read.upper[1] == 4


def test_two_cubes_are_searched_one_by_one_and_together():
    rows = [[-1, 1, 1, 0, 0], [-1, 0, 0, 1, 1]]
    read = reader(rows, {0: 30}, [1, 2, 3, 4], [[0, 1, 2], [0, 3, 4]])
    read.read()
    assert not (read.open() | read.convicted()).any()

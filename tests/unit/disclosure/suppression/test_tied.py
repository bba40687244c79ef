"""What is alone with another in an equation: one number stands for both, and nothing that could be is lost."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.suppression.worlds.tied import Tied, tied


def of(*rows: tuple[int, ...]) -> Tied:
    return tied(sparse.csr_matrix(np.array(rows)))


def test_two_in_an_equation_are_one_number():
    found = of((1, 1, 0, 0, 0), (0, 1, -1, 0, 0), (0, 0, 1, 1, 1))  # a + b = 0, b = c, c + d + e = 0
    assert found.ways.toarray().tolist() == [[1, 0, 0], [-1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert np.abs(found.lines.toarray()).tolist() == [[1, 1, 1]]


def test_what_is_alone_does_not_move_nor_what_is_tied_to_it():
    found = of((1, 0, 0, 0), (1, 1, 0, 0), (0, 1, 1, -1))
    assert found.ways.toarray().tolist() == [[0], [0], [1], [1]]
    assert found.lines.shape == (0, 1)


def test_what_is_tied_to_its_own_opposite_does_not_move():
    assert of((1, 1, 0), (0, 1, 1), (1, 0, 1)).ways.shape == (3, 0)


def test_an_equation_that_says_the_same_twice_is_kept_once():
    assert of((1, 1, 1, 0, 0), (-1, -1, -1, 0, 0), (1, 1, 0, 1, 1)).lines.shape == (2, 5)


def test_what_counts_twice_is_not_tied():
    assert of((2, -1)).ways.shape == (2, 2)


def test_a_number_moves_as_far_as_all_that_is_tied_to_it_may_and_as_far_as_any_has_to():
    found = of((1, 1, 0, 0, 0), (0, 0, 1, 1, 1))
    rise_and_fall = np.array([[9.0, 3, 5, 6, 7], [2, 4, 1, 1, 1]])
    assert found.least(rise_and_fall).tolist() == [[4, 5, 6, 7], [2, 1, 1, 1]]
    assert found.most(rise_and_fall).tolist() == [[9, 5, 6, 7], [3, 1, 1, 1]]


@pytest.mark.parametrize("seed", range(30))
def test_all_that_could_be_still_can_and_no_more(seed: int):
    rng = np.random.default_rng(seed)
    rows = rng.choice([0, 0, 0, 0, 0, 1, -1], (12, 15))
    found = of(*rows)
    lines, ways = found.lines.toarray(), found.ways.toarray()
    free = np.eye(lines.shape[1]) - np.linalg.pinv(lines) @ lines
    assert np.abs(rows @ ways @ free).max(initial=0) < 1e-9
    assert (np.abs(ways).sum(axis=1) <= 1).all()
    assert ways.shape[1] - np.linalg.matrix_rank(lines) == 15 - np.linalg.matrix_rank(rows)
    assert len(lines) <= len(rows)

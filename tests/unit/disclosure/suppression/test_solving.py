"""Every programme ends, and one that does not get far enough proves nothing."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.suppression import solving
from amana.disclosure.suppression.solving import Effort, impossible, programme, solution, whole_numbers


def dear_and_cheap(total: float, most: float = 9.0) -> highspy.Highs:
    """x + 2 y = total at the least of 3 x + y."""
    columns = sparse.csc_matrix(np.array([[1, 2]]))
    return programme(columns, np.array([3.0, 1.0]), np.zeros(2), np.full(2, most), np.array([total]), local=True)


def test_the_cheapest_is_found_again_and_again():
    solver = dear_and_cheap(7)
    for _ in range(3):
        assert solution(solver, Effort()) == pytest.approx([0, 3.5])


def test_what_cannot_be_is_known_for_sure():
    solver = dear_and_cheap(700)
    assert solution(solver, Effort()) is None
    assert impossible(solver)


def test_running_out_of_steps_says_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "_STEPS", 0)
    solver = dear_and_cheap(7)
    assert solution(solver, Effort()) is None
    assert not impossible(solver)


def test_whole_numbers_cost_a_little_more_or_there_are_none():
    assert whole_numbers(dear_and_cheap(7), Effort()) == pytest.approx([1, 3])
    assert whole_numbers(dear_and_cheap(7, most=0.9), Effort()) is None


def test_programmes_share_one_effort_and_who_asks_after_that_is_told_nothing(monkeypatch: pytest.MonkeyPatch):
    """One line and two columns: three for each step, and two to begin with."""
    monkeypatch.setattr(solving, "_EFFORT", 11)
    monkeypatch.setattr(solving, "_BEGUN", 2)
    effort, solver = Effort(), dear_and_cheap(7)
    left = [effort.left]
    while not effort.spent:
        assert solution(solver, effort) == pytest.approx([0, 3.5])
        left.append(effort.left)
    assert left == [11, 6, 1, -4]
    assert solution(solver, effort) is None
    assert effort.left == -4


def test_an_effort_that_is_spent_says_nothing_of_what_is_impossible():
    """The answer before it is forgotten: that something else cannot be is no bound of this."""
    solver, effort = dear_and_cheap(700), Effort()
    assert solution(solver, effort) is None
    assert impossible(solver)
    effort.left = 0
    assert not effort.run(solver)
    assert not impossible(solver)


def test_those_who_work_side_by_side_take_from_one_effort(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "_EFFORT", 100)
    monkeypatch.setattr(solving, "_BEGUN", 2)
    whole, alone = Effort(), Effort()
    aside = [whole.aside() for _ in range(3)]
    for each in aside:
        solution(dear_and_cheap(7), each)
        solution(dear_and_cheap(7), alone)
    assert whole.left == 100
    whole.took(aside)
    assert whole.left == alone.left == 85

"""The checker's arithmetic on its own: bounds by subtraction and by programme; worlds in whole numbers."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.checker import intervals, programme
from amana.disclosure.checker.bounds import FAR, Contradiction, Question
from amana.disclosure.checker.closest import Closest, closest
from amana.disclosure.checker.exchanges import Exchanges
from amana.disclosure.checker.intervals import Reader


def reader(
    rows: list[list[int]], known: dict[int, int], wanted: list[int], old: dict[int, int] | None = None
) -> Reader:
    size = len(rows[0])
    lower, upper = np.zeros(size, dtype=np.int64), np.full(size, FAR)
    for quantity, value in known.items():
        lower[quantity] = upper[quantity] = value
    flags, before = np.zeros(size, dtype=np.bool_), np.full(size, -1)
    flags[wanted] = True
    for quantity, value in (old or {}).items():
        before[quantity] = value
    matrix = sparse.csc_matrix(np.array(rows, dtype=np.int64))
    coarse = np.zeros(size, dtype=np.bool_)
    still = np.zeros(size, dtype=np.bool_)
    low, high = np.zeros(size, dtype=np.int64), np.full(size, 5)
    question = Question(lower, upper, low, high, flags, before, still, still, still)
    nothing = sparse.csc_matrix((size, len(rows)), dtype=np.int64)
    return Reader(matrix, coarse, question, Exchanges(matrix, nothing))


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


def test_a_solver_without_patience_clears_nobody(monkeypatch: pytest.MonkeyPatch):
    """2 x + z = 9, and no time: nothing is known of x, so it is neither cleared nor called impossible."""
    rows = [[-1, 1, 1, 1], [0, 1, -1, 0]]
    hasty = reader(rows, {0: 9}, [1])
    monkeypatch.setattr(programme, "_PATIENCE", 0.0)
    hasty.read()
    assert hasty.open().tolist() == [False, True, False, False]
    late = reader(rows, {0: 9}, [1])
    assert late.accept(np.array([9, 2, 2, 5]))
    late.read()
    assert not late.cleared()[1]


def test_ends_that_a_solver_without_patience_left_open_are_not_called_exact(monkeypatch: pytest.MonkeyPatch):
    """2 x + z = 9, and no time: x was seen to be 2, and that is all; with time it may be 0 to 4."""
    read = reader([[-1, 1, 1, 1], [0, 1, -1, 0]], {0: 9}, [1])
    assert read.accept(np.array([9, 2, 2, 5]))
    among = np.arange(4) == 1
    assert closest(read, among, ~among) == Closest(1, 0, 4, exact=True)
    monkeypatch.setattr(programme, "_PATIENCE", 0.0)
    assert closest(read, among, ~among) == Closest(1, 2, 2, exact=False)
    assert (read.seen_least[1], read.seen_most[1]) == (2, 2)


def test_what_hangs_together_is_searched_by_itself(monkeypatch: pytest.MonkeyPatch):
    """12 = x + y and 9 = u + v: neither bears on the other; a contradiction in one is one in all."""
    apart = [[-1, 1, 1, 0, 0, 0], [0, 0, 0, -1, 1, 1]]
    spiral = [[-1, 1, 1, 0, 0, 0], [0, 0, 0, -1, 1, 1], [0, 0, 0, 1, -1, 1]]
    monkeypatch.setattr(programme, "_LOT", 1)
    read = reader(apart, {0: 12, 3: 9}, [1, 2, 4, 5])
    read.read()
    assert not (read.open() | read.convicted()).any()
    assert (read.seen_most[[1, 2, 4, 5]] >= 5).all()
    with pytest.raises(Contradiction):
        reader(spiral, {0: 12, 5: 1}, [1, 2]).read()
    monkeypatch.setattr(programme, "_PATIENCE", 0.0)
    hasty = reader(apart, {0: 12, 3: 9}, [1, 2, 4, 5])
    hasty.read()
    assert hasty.open()[[1, 2, 4, 5]].all()


@pytest.mark.parametrize("lines", [[2, 1], [1, 2]])
def test_persons_are_made_whole_in_turns(monkeypatch: pytest.MonkeyPatch, lines: list[int]):
    """2 x + z = 9: x first leaves z its rest; z first, as little as can be, leaves no way, and both go at once."""
    monkeypatch.setattr(programme, "_TURN", 1)
    search = programme.Programme(reader([[-1, *lines]], {0: 9}, [1]))
    low, high, matrix = np.zeros(2, dtype=np.int64), np.full(2, FAR), sparse.csc_matrix([lines])
    in_turn = search._in_turn(matrix, np.array([9]), low, high)
    assert (in_turn is None) == (lines == [1, 2])
    found = search._made_whole(matrix, np.array([9]), low, high)
    assert found is not None
    assert matrix @ np.rint(found) == [9]
    assert found == pytest.approx(np.rint(found))


def test_an_exchange_that_breaks_a_sum_is_not_taken_in_and_would_be_noticed():
    rows = [[-1, 1, 1]]
    read = reader(rows, {0: 30}, [1, 2])
    read.exchanges.add(np.array([0, 0]), np.array([1, 2]), np.array([1, 1]))
    assert not len(read.exchanges.start)
    read.begin()
    read.exchanges.of, read.exchanges.start = np.array([0, 0]), np.array([0])
    read.exchanges.cell, read.exchanges.sign = np.array([1, 2]), np.array([1, 1])
    with pytest.raises(AssertionError):
        read.walk()


def test_after_many_convictions_no_more_is_asked_and_nothing_is_cleared(monkeypatch: pytest.MonkeyPatch):
    """2 x = 13 and z as before: one answer that is no is enough to refuse all."""
    read = reader([[-1, 1, 1, 1], [0, 1, -1, 0]], {0: 9}, [1])
    monkeypatch.setattr(intervals, "_ENOUGH", 0)
    read.read()
    assert read.open().tolist() == [False, True, False, False]


def test_a_programme_without_steps_gives_no_bound(monkeypatch: pytest.MonkeyPatch):
    read = reader([[-1, 1, 1, 1], [0, 1, -1, 0]], {0: 9}, [1])
    assert read.accept(np.array([9, 2, 2, 5]))
    monkeypatch.setattr(programme, "_STEPS", 0)
    monkeypatch.setattr(programme, "_NODES", 0)
    read.read()
    assert read.lower[1] == 0
    assert not read.cleared()[1]


CROOKED = [
    [0, 1, 0, 0, 0, 1, 0, 0, 0],
    [0, 0, 1, 0, 0, 0, 0, 1, 0],
    [1, 0, 1, 0, 0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 1, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, -1, 1, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, -1, 1, 1],
]


def solved() -> tuple[np.ndarray | None, float]:
    """Ask for whole numbers in places 4 and 6, between bounds of which those above are as far as there are."""
    low, high = np.array([-10, -70, 0, 0, -2, -667, -2, -495, -243]), np.full(9, FAR)
    high[[4, 6]] = -1
    lines, whole = sparse.csc_matrix(np.array(CROOKED)), np.isin(np.arange(9), [4, 6])
    return programme._least(lines, np.zeros(7, dtype=np.int64), low, high, np.zeros(9), whole=whole)


def test_where_the_solver_first_returns_what_is_no_number_it_is_asked_again():
    found, bound = solved()
    assert found is not None
    assert np.array(CROOKED) @ np.rint(found) == pytest.approx(0)
    assert np.isfinite(bound)


def test_what_is_no_number_is_no_solution(monkeypatch: pytest.MonkeyPatch):
    nothing = highspy.HighsSolution()
    nothing.col_value = [float("nan")] * 9
    monkeypatch.setattr(highspy.Highs, "getSolution", lambda _self: nothing)
    assert solved() == (None, -np.inf)


def test_a_lower_bound_that_is_far_is_none():
    """x + y = 0 and y is anything: of an x that may fall so far no least is claimed."""
    lines, free = sparse.csc_matrix(np.array([[1, 1]])), np.full(2, FAR)
    price, nothing = np.array([1.0, 0.0]), np.zeros(2, dtype=np.bool_)
    assert programme._least(lines, np.zeros(1, dtype=np.int64), -free, free, price, whole=nothing)[1] == -np.inf


def test_a_step_is_followed_down_as_far_as_is_asked_and_no_bound_is_claimed_there():
    """Six are there now, and then anybody: the step from then is 6 at most, and how much less nothing says."""
    nothing, step = np.zeros(3, dtype=np.bool_), np.array([False, False, True])
    matrix = sparse.csc_matrix(np.array([[1, -1, -1]]))
    lower, upper = np.array([6, 0, -FAR]), np.array([6, FAR, FAR])
    question = Question(
        lower, upper, np.zeros(3, np.int64), np.full(3, 5), step, np.array([-1, -1, 0]), step, step, step
    )
    read = Reader(matrix, nothing, question, Exchanges(matrix, sparse.csc_matrix((3, 1), dtype=np.int64)))
    assert read.accept(np.array([6, 1, 5]))
    assert read.open().tolist() == step.tolist()
    read.stretch(np.array([2]))
    assert (read.seen_least[2], read.lower[2]) == (-5, -FAR)
    assert not read.open().any()

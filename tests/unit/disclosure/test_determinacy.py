"""What equations alone determine: elimination in a finite field beside exact elimination among fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from amana.disclosure.checker.determinacy import PRIME, determined, null_vector

CHANCE = np.random.default_rng(7)


def by_fractions(rows: np.ndarray) -> list[bool]:
    """Return which unknowns have one value: those that some combination of the rows leaves alone."""
    table = [{int(at): Fraction(int(row[at])) for at in np.flatnonzero(row)} for row in rows]
    pivots: dict[int, dict[int, Fraction]] = {}
    for row in table:
        for column in sorted(pivots):
            _subtract(row, pivots[column], column)
        if row:
            lead = min(row)
            solved = {at: value / row[lead] for at, value in row.items()}
            for other in pivots.values():
                _subtract(other, solved, lead)
            pivots[lead] = solved
    return [column in pivots and len(pivots[column]) == 1 for column in range(rows.shape[1])]


def _subtract(row: dict[int, Fraction], pivot: dict[int, Fraction], column: int) -> None:
    times = row.get(column, 0)
    for at, value in pivot.items() if times else ():
        row[at] = row.get(at, Fraction(0)) - times * value
        if not row[at]:
            del row[at]


def matrix(rows: object) -> sparse.csc_matrix:
    return sparse.csc_matrix(np.array(rows, dtype=np.int64))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32), st.sampled_from([0.2, 0.5, 0.9]))
def test_it_agrees_with_elimination_among_fractions(rows: int, columns: int, seed: int, filled: float):
    rng = np.random.default_rng(seed)
    drawn = rng.integers(-2, 3, (rows, columns)) * (rng.random((rows, columns)) < filled)
    assert determined(matrix(drawn), CHANCE).tolist() == by_fractions(drawn)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_large_sparse_systems_are_eliminated_many_pivots_at_a_time(seed: int):
    rng = np.random.default_rng(seed)
    lines = sparse.random(90, 130, 0.022, random_state=seed, data_rvs=lambda size: rng.choice([-1, 1], size))
    equations = sparse.csc_matrix(lines, dtype=np.int64)
    z = null_vector(equations, CHANCE)
    assert not any(
        sum(int(a) * int(b) for a, b in zip(row.data, z[row.indices], strict=True)) % PRIME for row in equations.tocsr()
    )
    assert determined(equations, CHANCE).tolist() == by_fractions(equations.toarray())


def test_a_row_with_one_mark_gives_it_away_and_a_row_with_two_does_not():
    assert determined(matrix([[1, 0, 0], [0, 1, 1]]), CHANCE).tolist() == [True, False, False]


def test_where_nothing_binds_nothing_is_determined():
    assert determined(matrix([[0, 0]]), CHANCE).tolist() == [False, False]
    assert determined(sparse.csc_matrix((0, 2), dtype=np.int64), CHANCE).tolist() == [False, False]

"""What one party's turn takes for settled, against every table that fits what the party knows."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.disclosure.suppression.in_turn.stage import Stage
from amana.disclosure.suppression.in_turn.turn import Turn
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import Given
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Insider, Rule
from support.drawn import drawn, raw

RULE = Rule(3, zeros_hidden=True, coalition=1)
CELLS = 4


def table(counts: list[int]) -> str:
    """Draw four counts with their margins."""
    a, b, c, d = counts
    return f"  |_T|F|M\n_T|{a + b + c + d}|{a + c}|{b + d}\nx|{a + b}|{a}|{b}\ny|{c + d}|{c}|{d}"


def with_margins(four: np.ndarray) -> np.ndarray:
    """Return (tables, 9) the cells of tables of four counts, as they are drawn. four: (tables, 4)."""
    square = four.reshape(-1, 2, 2)
    square = np.concatenate([square.sum(axis=1, keepdims=True), square], axis=1)
    return np.concatenate([square.sum(axis=2, keepdims=True), square], axis=2).reshape(len(four), 9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=CELLS, max_size=CELLS),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_settled_is_what_every_table_that_fits_leaves_open(persons: list[tuple[int, int]], marks: list[bool]):
    mine, others = [one for one, _ in persons], [one for _, one in persons]
    whole = drawn(table([sum(each) for each in persons]))
    insider = Insider("MAR", committee=True, counts={"drawn": drawn(table(mine)).values})
    seen = raw(whole, insiders=[insider])
    stage = Stage(seen, RULE, link(seen))
    cells, nothing = stage.system.numbers["drawn"].ravel(), np.zeros(len(stage.system.truth), dtype=np.bool_)
    hidden = nothing.copy()
    hidden[cells] = [False, *marks]  # the total is shown
    sight = stage.sight([insider], Given(hidden, nothing, np.full(len(nothing), -1)))
    turn = Turn(stage.system, sight, hidden, np.ones(len(hidden)), np.random.default_rng(1), effort=Effort())

    every = with_margins(np.array(list(product(range(sum(others) + 1), repeat=CELLS))))
    truth = with_margins(np.array([others]))
    fit = every[(every == truth)[:, ~hidden[cells]].all(axis=1)]
    least, most, high = fit.min(axis=0), fit.max(axis=0), RULE.least_count - with_margins(np.array([mine]))[0]
    for one in fit:
        turn.note(cells, one)
    turn.never_small[cells] = least >= high

    open_ = (least < high) & ((least > 0) | (most < high)) | (least >= high) & (least == most)
    assert (turn.unmet()[cells] == (open_ & hidden[cells])).all()

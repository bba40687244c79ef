"""Where zeros are published a rest may be openly nobody's, but not surely a few persons'."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import audit
from amana.disclosure.suppression.at_once.method import suppress_at_once
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import System, link
from amana.disclosure.suppression.nobody import may_rise
from amana.disclosure.suppression.primary import Start
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.rests import guard_unsure_rests
from amana.disclosure.table import Publication, RawTable, Rule
from support.attacked import page
from support.drawn import drawn, raw

IDENTIFIED = [("IDENT", "Y")]
FEW_LEFT = [  # k, who is registered, and who is identified
    (
        2,
        "by|_T|F|M\n_T|19|14|5\nMAR|5|3|2\nTUN|14|11|3",
        "by|_T|F|M\n_T|12|7|5\nMAR|3|1|2\nTUN|9|6|3",
    ),
    (
        3,
        "by|_T|F|M\n_T|23|8|15\nMAR|9|3|6\nTUN|8|3|5\nEGY|6|2|4",
        "by|_T|F|M\n_T|16|7|9\nMAR|4|3|1\nTUN|7|3|4\nEGY|5|1|4",
    ),
]
SEEDS = ((0, 1, 2), (7, 9))  # where k is half of most cells, most are refused
Suppress = Callable[..., Candidate]


def registered(everybody: str, identified: str) -> RawTable:
    return raw(drawn(everybody, name="all"), drawn(identified, name="identified", where=IDENTIFIED))


def masked(counts: RawTable, *hidden: tuple[str, tuple[int, int]]) -> tuple[Mask, System]:
    """Return the mask of an outsider where some cells are hidden, zeros published and k is 3."""
    system = link(counts)
    size, primary = len(system.truth), np.zeros(len(system.truth), dtype=np.bool_)
    for name, index in hidden:
        primary[system.numbers[name][index]] = True
    rule = Rule(3, zeros_hidden=False, coalition=0)
    movable = (np.arange(size) >= system.cells) | (system.truth > 0)
    start = Start(primary, movable, np.ones(size), np.full(size, -1))
    return Mask(system, rule, parties(counts, rule, system), start), system


def test_a_rest_of_nobody_that_may_be_somebodys_is_protected():
    """All of Morocco's 6 are identified; of 8 who are, 4 may be Tunisian, and then 2 of Morocco's are not."""
    counts = registered("by|_T|F\nMAR|6|6\nTUN|4|4\n_T|10|10", "by|_T|F\nMAR|6|6\nTUN|2|2\n_T|8|8")
    mask, system = masked(counts, *(("identified", (row, column)) for row in (0, 1) for column in (0, 1)))
    nobody = np.flatnonzero(system.truth[system.cells :] == 0) + system.cells
    assert mask.exempt[nobody].all()
    assert guard_unsure_rests(mask)
    assert not mask.exempt[nobody].any()
    assert mask.unmet(nobody).all()
    assert not guard_unsure_rests(mask)


def test_a_rest_that_is_openly_nobodys_gives_nothing_away():
    """10 of 10 are identified: nobody is left in either country, whatever carries a mark."""
    counts = registered("by|_T|F\nMAR|6|6\nTUN|4|4\n_T|10|10", "by|_T|F\nMAR|6|6\nTUN|4|4\n_T|10|10")
    mask, _ = masked(counts, *((name, (row, 1)) for name in ("all", "identified") for row in (0, 1)))
    assert not guard_unsure_rests(mask)
    assert not mask.unmet()[mask.nobody].any()


@pytest.mark.parametrize("suppress", [suppress_at_once, suppress_in_turn])
@pytest.mark.parametrize(
    ("seed", "least", "everybody", "identified"),
    [(seed, *each) for each, seeds in zip(FEW_LEFT, SEEDS, strict=True) for seed in seeds],
)
def test_what_the_engine_takes_for_protected_the_checker_does_too(
    suppress: Suppress, seed: int, least: int, everybody: str, identified: str
):
    counts, rule = registered(everybody, identified), Rule(least, zeros_hidden=False, coalition=0)
    candidate = suppress(counts, rule, Random(seed))
    published = Publication(counts.cubes, candidate.values, candidate.status, least, zeros_hidden=False)
    assert audit([published]).findings == ()


def test_a_rest_whose_sum_is_nobody_gives_nothing_away_though_no_single_line_says_so():
    """All sixty are identified; that none of Morocco's men is missing follows from two totals and four marks."""
    men = "by|_T|F|M\n_T|60|54|6\nMAR|30|x|x\nTUN|30|x|x"
    told = page(drawn(men, name="all"), drawn(men, name="identified", where=IDENTIFIED), zeros_hidden=False)
    assert audit([told]).findings == ()
    fewer = drawn("by|_T|F|M\n_T|57|51|6\nMAR|x|x|x\nTUN|x|x|x", name="identified", where=IDENTIFIED)
    missing = audit([page(drawn(men, name="all"), fewer, zeros_hidden=False)]).findings
    assert {each.codes for each in missing} >= {("not Y", "MAR", "_T"), ("not Y", "TUN", "_T")}


def test_what_the_solver_does_not_answer_may_be_somebodys():
    rows, spent = link(registered("by|_T\nMAR|6", "by|_T\nMAR|6")).equations, Effort()
    spent.left = 0
    upper = np.full(2 * rows.shape[1], 3.0)
    some = np.array([rows.shape[1] - 1])
    assert may_rise(rows, upper, some, spent).tolist() == some.tolist()

"""Attacks, third part: a reader who has our program, and one who holds every record but one.

k = 5, empty cells are hidden like small ones, ``x`` is the mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from amana.disclosure.attacks.membership import membership
from amana.disclosure.attacks.minimality import Guessing, faces, minimality
from amana.disclosure.table import ClearingRefused, RawTable, Status
from support.attacked import page
from support.drawn import drawn

EFFORT = Guessing(faces=4, tries=6)


# Minimality. What would the program have hidden, had the table been another?


def hides(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(mask, Status.HIDDEN, Status.SHOWN).astype(np.uint8)


def the_next_one(raw: RawTable, _rng: Random) -> Mapping[str, NDArray[np.uint8]]:
    """Hide what is small, and the cell to the right of it: whoever knows that knows which of two is the small one."""
    counts = raw.counts["face"]
    small = counts < 5
    small[0] = False
    return {"face": hides(small | np.roll(small, 1))}


def the_other_of_two(raw: RawTable, _rng: Random) -> Mapping[str, NDArray[np.uint8]]:
    """Hide what is small and its twin: women and men, girls and boys. Either may be the small one."""
    small = raw.counts["face"] < 5
    women, girls = small[1] | small[2], small[3] | small[4]
    return {"face": hides(np.array([False, women, women, girls, girls]))}


ROW = """
    | _T
_T  | 40
F   | x
M   | x
G   | 10
B   | 15 """


def test_a_rule_that_always_takes_the_next_one_says_which_is_small():
    """Had the men been fewer than five, the girls beside them would be hidden. They are shown."""
    tried, narrowed = minimality(page(drawn(ROW, ("WHO", "ALL"))), the_next_one, EFFORT)
    assert tried == 2
    assert narrowed == (("drawn", ("M",)),)


def test_a_rule_that_takes_the_twin_does_not():
    assert minimality(page(drawn(ROW, ("WHO", "ALL"))), the_other_of_two, EFFORT) == (2, ())


def test_a_table_that_the_program_would_refuse_is_no_explanation():
    def refuses(raw: RawTable, rng: Random) -> Mapping[str, NDArray[np.uint8]]:
        if (raw.counts["face"] == 0).any():
            raise ClearingRefused(reason="beyond_protection", cells=1, places=())
        return the_other_of_two(raw, rng)

    tried, narrowed = minimality(page(drawn(ROW, ("WHO", "ALL"))), refuses, EFFORT)
    assert (tried, len(narrowed)) == (2, 2)  # nobody is out, five are not


def test_whoever_can_explain_nothing_has_learnt_nothing():
    """Whatever she guesses, the program would have hidden something else: her runs of it say nothing of this one."""

    def refuses(_raw: RawTable, _rng: Random) -> Mapping[str, NDArray[np.uint8]]:
        raise ClearingRefused(reason="beyond_protection", cells=1, places=())

    assert minimality(page(drawn(ROW, ("WHO", "ALL"))), refuses, EFFORT) == (2, ())


def test_that_a_few_are_there_is_learnt_where_neither_none_nor_many_explain_it():
    def only_a_few(raw: RawTable, rng: Random) -> Mapping[str, NDArray[np.uint8]]:
        if not ((raw.counts["face"] > 0) & (raw.counts["face"] < 5)).any():
            raise ClearingRefused(reason="beyond_protection", cells=1, places=())
        return the_other_of_two(raw, rng)

    _, narrowed = minimality(page(drawn(ROW, ("WHO", "ALL"))), only_a_few, EFFORT)
    assert narrowed


def test_only_values_that_the_sums_allow_are_tried():
    """Three women and men in all: five women is no guess, and the other attacks have found the rest already."""
    few = ROW.replace("15", "27")
    assert minimality(page(drawn(few, ("WHO", "ALL"))), the_other_of_two, EFFORT) == (0, ())


def test_a_face_is_a_parent_and_its_children_on_two_axes():
    table = drawn("""
            | _T | F  | M
        _T  | 60 | 35 | 25
        MAR | 30 | x  | x
        TUN | 30 | x  | x """)
    (face,) = faces(page(table))
    assert face.cube.shape == (3, 3)


@pytest.mark.parametrize(
    "table",
    [
        "|_T|F|M\n_T|60|30|30\nMAR|30|20|10\nTUN|30|10|20",  # nothing hidden
        "|_T|F|M\n_T|x|x|x\nMAR|x|x|x",  # nothing shown
        "|_T|F|M\n_T|30|10|20\nMAR|30|x|x\nTUN|-|-|-",  # not asked everywhere
        "|F|M\nMAR|12|x",  # no sums
    ],
)
def test_what_is_no_face(table: str):
    assert not list(faces(page(drawn(table))))


def test_a_sum_may_be_hidden_too():
    """The total is 25 at least: it is no cell to try, and the two under it may be anything."""
    table = drawn(
        """
            | _T
        _T  | x
        F   | x
        M   | x
        G   | 10
        B   | 15 """,
        ("WHO", "ALL"),
    )
    assert minimality(page(table), the_other_of_two, EFFORT) == (2, ())


def test_a_face_that_is_too_wide_for_many_runs_is_left_out():
    wide = "|_T|" + "|".join("ABCDEFGHIJ") + "\n_T|60|" + "|".join(["x"] * 10) + "\nMAR|30|" + "|".join(["x"] * 10)
    assert not list(faces(page(drawn(wide + "\nTUN|30|" + "|".join(["x"] * 10)))))


# Membership. All records but hers are known; was hers among the counted?


@pytest.mark.parametrize(
    ("rho", "auc", "caught"),
    [
        (0.0, 0.500, 0.010),  # a coin
        (0.0329, 0.572, 0.019),  # epsilon 1 of the earlier measurements
        (0.3815, 0.731, 0.073),
        (2.58, 0.946, 0.478),  # epsilon 12: no privacy for a victim of trafficking
    ],
)
def test_how_well_the_best_test_does(rho: float, auc: float, caught: float):
    best = membership(rho)
    assert (round(best.auc, 3), round(best.caught, 3)) == (
        pytest.approx(auc, abs=0.002),
        pytest.approx(caught, abs=0.003),
    )


def test_the_closed_form_is_what_a_simulated_attacker_reaches():
    """Draw both worlds 200,000 times, let the likelihood ratio decide, count."""
    rho, chance = 0.25, np.random.default_rng(1)
    out, within = chance.standard_normal(200_000), chance.standard_normal(200_000) + np.sqrt(2 * rho)
    caught = (within > np.quantile(out, 0.99)).mean()
    auc = (within > out).mean()
    assert membership(rho).caught == pytest.approx(caught, abs=0.005)
    assert membership(rho).auc == pytest.approx(auc, abs=0.005)

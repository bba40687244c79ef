from __future__ import annotations

import math

import numpy as np
import pytest

from amana.disclosure.ratio import Bounds, Derived, Figure, bounded_ratio, difference, ratio, share
from amana.disclosure.table import WITHHELD

EXACT = 0.0


def test_two_exact_figures_have_an_exact_ratio():
    assert ratio(Figure(3, EXACT), Figure(12, EXACT), 0) == Derived(0.25, 0.25, 0.25, reliable=True)


def test_an_exact_denominator_only_scales():
    found = ratio(Figure(50, 4.0), Figure(100, EXACT), 0)
    assert found.value == 0.5
    assert (found.lower, found.upper) == pytest.approx((0.5 - 1.96 * 0.02, 0.5 + 1.96 * 0.02), abs=1e-4)
    assert found.reliable


def test_the_interval_is_the_set_of_ratios_that_fit():
    """theta is inside exactly if top - theta * bottom is within 1.96 of its own deviations from 0."""
    top, bottom, covariance = Figure(40, 25.0), Figure(90, 30.0), 10.0
    found = ratio(top, bottom, covariance)

    def fits(theta: float) -> bool:
        spread = top.variance - 2 * theta * covariance + theta**2 * bottom.variance
        return (top.estimate - theta * bottom.estimate) ** 2 <= 1.959964**2 * spread

    assert fits(found.lower + 1e-6)
    assert not fits(found.lower - 1e-6)
    assert fits(found.upper - 1e-6)
    assert not fits(found.upper + 1e-6)


@pytest.mark.parametrize("bottom", [Figure(0, 9.0), Figure(5, 9.0), Figure(-5, 9.0), Figure(0, EXACT)])
def test_a_denominator_that_might_be_nothing_gives_no_bounds(bottom: Figure):
    found = ratio(Figure(40, 9.0), bottom, 0)
    assert (found.lower, found.upper, found.reliable) == (-math.inf, math.inf, False)


def test_a_ratio_that_varies_by_more_than_30_percent_is_unreliable():
    assert ratio(Figure(10, 8.9), Figure(1000, EXACT), 0).reliable
    assert not ratio(Figure(10, 9.1), Figure(1000, EXACT), 0).reliable


def test_a_share_is_never_below_nothing_nor_above_all():
    low, high = share(Figure(-3, 9.0), Figure(100, 9.0), 4.0), share(Figure(102, 9.0), Figure(100, 9.0), 4.0)
    assert (low.value, low.lower) == (0, 0)
    assert (high.value, high.upper) == (1, 1)
    assert 0 < low.upper < high.lower < 1


def test_a_share_of_what_might_be_nobody_is_anything():
    assert share(Figure(3, 9.0), Figure(0, 9.0), 0) == Derived(None, 0, 1, reliable=False)


def test_a_difference_of_two_releases():
    assert difference(Figure(100, 8.0), Figure(60, 8.0), 0) == Derived(
        40, 40 - 1.959963984540054 * 4, 40 + 1.959963984540054 * 4, reliable=True
    )
    assert not difference(Figure(100, 8.0), Figure(90, 8.0), 0).reliable


def test_figures_that_vary_together_differ_less():
    assert difference(Figure(100, 8.0), Figure(60, 8.0), 8.0).upper == 40


def test_intervals_hold_19_times_in_20():
    rng = np.random.default_rng(5)
    true_top, true_bottom = 40.0, 110.0
    spread = np.array([[30.0, 12.0], [12.0, 36.0]])
    draws = rng.multivariate_normal([true_top, true_bottom], spread, 20_000)
    found = [ratio(Figure(top, 30.0), Figure(bottom, 36.0), 12.0) for top, bottom in draws.tolist()]
    held = np.mean([each.lower <= true_top / true_bottom <= each.upper for each in found])
    assert 0.945 < held < 0.955


def test_under_suppression_shown_figures_have_an_exact_ratio():
    found = bounded_ratio(Bounds(20, 20), Bounds(80, 80), complement_shown=True)
    assert found == Derived(0.25, 0.25, 0.25, reliable=True)


def test_under_suppression_a_hidden_denominator_leaves_an_interval():
    found = bounded_ratio(Bounds(20, 20), Bounds(80, 100), complement_shown=True)
    assert found == Derived(None, 0.2, 0.25, reliable=True)


def test_under_suppression_a_wide_interval_is_unreliable():
    found = bounded_ratio(Bounds(20, 20), Bounds(40, 100), complement_shown=True)
    assert found == Derived(None, 0.2, 0.5, reliable=False)


def test_under_suppression_a_denominator_that_may_be_nobody_has_no_upper_bound():
    found = bounded_ratio(Bounds(20, 20), Bounds(0, 40), complement_shown=True)
    assert found == Derived(None, 0.5, math.inf, reliable=False)
    assert bounded_ratio(Bounds(0, 0), Bounds(0, 0), complement_shown=True) == Derived(
        None, 0, math.inf, reliable=False
    )


@pytest.mark.parametrize(("top", "complement_shown"), [(Bounds(0, 4), True), (Bounds(20, 20), False)])
def test_what_would_tell_about_a_hidden_cell_is_withheld(top: Bounds, complement_shown: bool):
    assert bounded_ratio(top, Bounds(80, 80), complement_shown=complement_shown) is WITHHELD

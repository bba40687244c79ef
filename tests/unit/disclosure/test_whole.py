"""Whole persons out of estimates, against the sum of chances."""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson

from amana.disclosure.whole import whole


def test_it_is_the_median_of_counts_around_what_is_expected():
    expected = np.arange(0.01, 200, 0.01)
    medians = poisson.median(expected)
    near_a_step = (poisson.median(expected + 0.005) != medians) | (poisson.median(expected - 0.005) != medians)
    np.testing.assert_array_equal(whole(expected)[~near_a_step], medians[~near_a_step])


def test_where_few_are_expected_nobody_is_the_likelier_half():
    assert whole([0.0, 0.6, 0.69, 0.7, 1.6, 1.7, 40.0]).tolist() == [0, 0, 0, 1, 1, 2, 40]
    assert whole(2.5).shape == ()

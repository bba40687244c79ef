from __future__ import annotations

import math

import pytest

from amana.disclosure.noise.zcdp import DELTA, delta_of, rho_of


def obvious_delta(rho: float, epsilon: float) -> float:
    """The bound of Canonne, Kamath and Steinke at every order of a fine grid."""
    orders = [1 + 10 ** (power / 500) for power in range(-2000, 2500)]
    return min(
        math.exp((a - 1) * (a * rho - epsilon) + a * math.log1p(-1 / a)) / (a - 1)
        for a in orders
        if (a - 1) * (a * rho - epsilon) < 500
    )


@pytest.mark.parametrize(("rho", "epsilon"), [(0.01, 1), (0.1, 1), (0.1, 4), (0.3, 4), (1, 8), (2, 3)])
def test_delta_is_the_least_over_all_orders(rho: float, epsilon: float):
    assert delta_of(rho, epsilon) == pytest.approx(min(1.0, obvious_delta(rho, epsilon)), rel=1e-4)


def test_nothing_spent_is_nothing_lost():
    assert delta_of(0, 1) == 0


@pytest.mark.parametrize("epsilon", [0.1, 1, 4, 12])
def test_there_and_back(epsilon: float):
    assert delta_of(rho_of(epsilon), epsilon) == pytest.approx(DELTA, rel=1e-6)


def test_more_than_the_simple_bound_allows():
    """Bun and Steinke: epsilon = rho + 2 sqrt(rho log 1/delta). Ours grants at least as much rho for it."""
    for rho in (0.001, 0.05, 0.5, 3):
        assert rho_of(rho + 2 * math.sqrt(rho * math.log(1 / DELTA))) >= rho


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 1e-6), (-1, 1e-6), (1, 0), (1, 1), (math.nan, 1e-6)])
def test_what_means_nothing_is_refused(epsilon: float, delta: float):
    with pytest.raises(ValueError):
        rho_of(epsilon, delta)

"""Noise, as the manual would explain it: what is measured, what a cell costs, and what a reader may conclude.

The smallest case is one table of women and men. Two things are measured apart: how many there are, and what women and
men differ by from half of it. A woman more or less changes the first by 1, the second by a half in each cell.

            |  F |  M              everybody: 40           F = 40 / 2 + 5
         _T | 25 | 15              F less half: +5         M = 40 / 2 - 5
"""

from __future__ import annotations

import numpy as np
import pytest

from amana.disclosure.noise.noisy import Drawn, release_noisy
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.reconstruct import covariance, interval
from amana.disclosure.noise.zcdp import delta_of, rho_of
from amana.disclosure.ratio import Figure, difference, share
from support.drawn import Drawing, drawn, raw
from support.noisy import Silent

RHO = 0.02
WOMEN_AND_MEN = drawn(
    """
        | _T | F  | M
    _T  | 40 | 25 | 15
    MAR | 22 | 12 | 10
    TUN | 18 | 13 | 5 """,
    ("REF_AREA", "SEX"),
)


def released(*drawings: Drawing, rho: float = RHO) -> Drawn:
    table = raw(*drawings)
    return release_noisy(table, plan(table.cubes, rho, absent=table.absent))


def test_two_things_are_measured_of_a_table_of_women_and_men():
    (women_and_men,) = raw(drawn("|F|M\n_T|25|15")).cubes
    design = plan([women_and_men], RHO)
    by_name = {name: residual for (_, name), residual in design.residuals.items()}
    assert sorted(by_name) == [(), (("COL", 1),)]
    assert by_name[()].cost == 1  # a person more is one person more
    assert by_name[("COL", 1),].cost == 0.5  # and a half more, a half less: 1/4 + 1/4
    spent = sum(residual.cost / residual.variance for residual in by_name.values()) / 2
    assert spent == pytest.approx(RHO)
    for cell in ((0, 0), (0, 1)):
        everybody, half = by_name[()].variance, by_name[("COL", 1),].variance
        assert covariance(design, ("drawn", cell), ("drawn", cell)) == pytest.approx(everybody / 4 + half / 2)


def test_what_is_drawn_are_whole_numbers():
    """Everybody as they are; of each sex, twice its number less all."""
    source, table = Silent(), raw(drawn("|F|M\n_T|25|15"))
    release_noisy(table, plan(table.cubes, RHO), source)
    assert sorted(values.tolist() for values, _ in source.asked) == [[10, -10], [40]]


def test_official_figures_add_up_and_have_intervals():
    found = released(WOMEN_AND_MEN)
    cells = found.estimate["drawn"]
    np.testing.assert_allclose(cells[0], cells[1] + cells[2], atol=1e-9)
    np.testing.assert_allclose(cells[:, 0], cells[:, 1] + cells[:, 2], atol=1e-9)
    lower, upper = interval(cells, found.variance["drawn"])
    np.testing.assert_allclose(upper - lower, 2 * 1.959964 * np.sqrt(found.variance["drawn"]), rtol=1e-6)
    assert found.rho == pytest.approx(RHO)


def test_an_official_figure_may_be_below_0_and_an_estimate_for_display_may_not():
    empty = drawn("| F | M\nMAR | 0 | 0\nTUN | 0 | 0")
    many = [released(empty, rho=0.001) for _ in range(5)]
    assert min(found.estimate["drawn"].min() for found in many) < 0  # but once in a million runs
    assert min(found.display["drawn"].min() for found in many) >= 0


def test_two_releases_of_the_same_persons_differ_and_cost_twice():
    one, other = released(WOMEN_AND_MEN), released(WOMEN_AND_MEN)
    assert (one.estimate["drawn"] != other.estimate["drawn"]).any()
    assert delta_of(one.rho + other.rho, 4) > delta_of(one.rho, 4)


def test_no_more_than_epsilon_four_in_a_lifetime():
    """The lifetime cap of a person: epsilon 4 at delta 1e-6."""
    assert rho_of(4) == pytest.approx(0.31106, abs=1e-5)


def test_a_share_and_a_difference_have_intervals_of_their_own():
    found, design = released(WOMEN_AND_MEN, rho=50.0), plan([WOMEN_AND_MEN.cube], 50.0)
    women, everybody = ("drawn", (0, 1)), ("drawn", (0, 0))
    figures = [Figure(found.estimate[cube][at], found.variance[cube][at]) for cube, at in (women, everybody)]
    part = share(*figures, covariance(design, women, everybody))
    assert part.lower < 25 / 40 < part.upper
    assert part.reliable
    rest = difference(figures[1], figures[0], covariance(design, women, everybody))
    assert rest.value == pytest.approx(found.estimate["drawn"][0, 2])


def test_a_country_that_sent_nothing_gets_no_noise():
    found = released(
        drawn(
            """
            | _T | F  | M
        _T  | 40 | 25 | 15
        MAR | 40 | 25 | 15
        TUN | -  | -  | - """,
            ("REF_AREA", "SEX"),
        )
    )
    assert (found.estimate["drawn"][2] == 0).all()
    np.testing.assert_allclose(found.estimate["drawn"][0], found.estimate["drawn"][1], atol=1e-9)

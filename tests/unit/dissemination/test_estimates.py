"""A slice of a noisy bundle: the unbiased figure, how far off it may be, and the smoothed one to look at."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amana.dissemination.bundle import open_bundle, write
from amana.dissemination.slice import Spread, of_cube
from amana.tabulation.tabulate import assemble, tabulate
from support.bundles import KEY, MEMBERS, about, noised
from support.smallbook import SMALL, plan, records

PEOPLE = [{"VICTIM_STATUS": "IDENT", "SEX": "F"}] * 30 + [{"VICTIM_STATUS": "IDENT", "SEX": "M"}]


@pytest.fixture
def bundle(tmp_path):
    declared = plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]')
    raw = assemble([tabulate(records(PEOPLE), declared, SMALL)], declared, MEMBERS, SMALL)
    root = tmp_path / "bundles"
    root.mkdir()
    return open_bundle(root, write(noised(raw, 2.0), about(declared), root, KEY), (KEY.public_key(),))


def test_every_cell_has_an_estimate_with_its_interval(bundle):
    for row in of_cube(bundle, "area-sex", {"REF_AREA": ("MAR",)}).rows:
        assert row.status == "E"
        assert row.spread.high == pytest.approx(max(row.value + 1.96 * 2, 0), abs=1e-3)
        assert row.spread.low == pytest.approx(max(row.value - 1.96 * 2, 0), abs=1e-3)
        assert row.spread.display == pytest.approx(max(row.value, 0), abs=1e-3)


def test_a_page_prints_the_likelier_whole_number_of_persons():
    """Of 0.6 persons expected nobody is likelier than somebody, and of 0.8 it is the other way round."""
    assert [Spread(0.0, 9.0, expected).persons for expected in (0.0, 0.6, 0.8, 3.2)] == [0, 0, 1, 3]


def test_an_estimate_may_be_below_zero_and_its_interval_may_not(bundle):
    rows = of_cube(bundle, "area-sex", {}).rows
    below = [row for row in rows if row.value is not None and row.value < 0]
    assert below
    assert all(row.spread.low == 0 <= row.spread.high for row in below)


def test_where_nobody_was_asked_there_is_no_estimate_either(bundle):
    rows = of_cube(bundle, "area-sex", {"REF_AREA": ("SEN",)}).rows
    assert {(row.value, row.status, row.spread) for row in rows} == {(None, "L", None)}


def test_the_official_figure_is_not_rounded_to_persons(bundle):
    estimate = bundle.noisy.estimate["area-sex"]
    values = [row.value for row in of_cube(bundle, "area-sex", {"REF_AREA": ("_T", "MAR")}).rows]
    assert not any(math.isclose(value, round(value)) for value in values)
    assert values == pytest.approx(np.round(estimate[:2].ravel(), 3).tolist())

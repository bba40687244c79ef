from __future__ import annotations

import numpy as np
import pytest

from amana.disclosure.noise.draw import draw
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.reconstruct import covariance, estimates, interval, variances
from amana.disclosure.table import Cube
from support.noisy import Quick, answers, count, flat, tree

AREA, SEX, FORM = flat("AREA", ["MAR", "TUN", "SEN"]), flat("SEX", ["F", "M"]), answers("FORM", ["sexual", "labour"])
AGE = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old", "oldest"], "_U": []})
CUBES = [Cube("a", (AREA, SEX)), Cube("b", (AREA, AGE)), Cube("c", (FORM, AREA))]
DRAWS = 600
RARE = 4.9  # standard deviations


def people() -> list[frozenset[tuple[str, str]]]:
    rng = np.random.default_rng(3)
    bands = {"young": "minor", "teen": "minor", "prime": "adult", "old": "adult", "oldest": "adult", "_U": "_U"}
    found = []
    for _ in range(300):
        band = str(rng.choice(list(bands)))
        found.append(frozenset({
            ("AREA", str(rng.choice(["MAR", "TUN", "SEN"]))), ("SEX", str(rng.choice(["F", "M"]))),
            ("AGE", band), ("AGE", bands[band]),
            ("FORM.sexual", str(rng.choice(["1", "_O"]))), ("FORM.labour", str(rng.choice(["1", "_O"]))),
        }))  # fmt: skip
    return found


DESIGN = plan(CUBES, 0.05)
RAW = count(CUBES, people())


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    """By cube, (draws, *shape): every cell of many releases of the same persons."""
    found = [estimates(DESIGN, draw(DESIGN, RAW.counts, Quick(seed))) for seed in range(DRAWS)]
    return {cube.id: np.stack([each[cube.id] for each in found]) for cube in CUBES}


def test_intervals_hold_19_times_in_20_and_variances_are_what_is_seen(drawn: dict[str, np.ndarray]):
    for cube in CUBES:
        cells, spread, truth = drawn[cube.id], variances(DESIGN)[cube.id], RAW.counts[cube.id]
        lower, upper = interval(cells, spread)
        held = ((lower <= truth) & (truth <= upper)).mean(0)
        assert np.abs(held - 0.95).max() < RARE * np.sqrt(0.05 * 0.95 / DRAWS)
        assert np.abs((cells.mean(0) - truth) / np.sqrt(spread / DRAWS)).max() < RARE
        assert np.abs(cells.var(0) / spread - 1).max() < RARE * np.sqrt(2 / DRAWS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", (0, 0)), ("b", (0, 0))),  # the same total in two tables
        (("a", (1, 0)), ("b", (1, 3))),  # a country, and a part of it
        (("b", (1, 1)), ("b", (1, 2))),  # minors, and the youngest of them
        (("b", (1, 2)), ("b", (1, 3))),  # two bands of one group
        (("c", (1, 1)), ("c", (3, 1))),  # two answers of the same persons
        (("a", (1, 1)), ("c", (1, 1))),  # two tables with one axis in common
        (("a", (1, 1)), ("a", (2, 2))),
    ],
)
def test_covariances_are_what_is_seen(
    drawn: dict[str, np.ndarray], one: tuple[str, tuple[int, ...]], other: tuple[str, tuple[int, ...]]
):
    (cube, index), (there, at) = one, other
    seen = np.cov(drawn[cube][:, *index], drawn[there][:, *at])[0, 1]
    each, its, both = covariance(DESIGN, one, one), covariance(DESIGN, other, other), covariance(DESIGN, one, other)
    assert abs(seen - both) < RARE * np.sqrt((each * its + both**2) / DRAWS)
    assert each == pytest.approx(variances(DESIGN)[cube][index])


def test_an_interval_of_another_confidence():
    lower, upper = interval(np.array([10.0]), np.array([4.0]), 0.5)
    assert (lower[0], upper[0]) == pytest.approx((10 - 1.349, 10 + 1.349), abs=1e-3)

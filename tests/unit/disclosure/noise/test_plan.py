from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from amana.disclosure.noise.noisy import release_noisy
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.reconstruct import covariance, variances
from amana.disclosure.noise.refused import NoiseRefused
from amana.disclosure.table import Cube
from support.noisy import Silent, answers, chosen, count, flat, tree

AREA, SEX, FORM = flat("AREA", ["MAR", "TUN", "SEN"]), flat("SEX", ["F", "M"]), answers("FORM", ["sexual", "labour"])
AGE = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old", "oldest"], "_U": []})
IDENT = (("STATUS", "IDENT"),)


@pytest.mark.parametrize(
    "cubes",
    [
        [Cube("a", (SEX,))],
        [Cube("a", (AREA, SEX)), Cube("b", (AREA, AGE)), Cube("c", (AREA, FORM))],
        [Cube("a", (AREA, SEX), IDENT), Cube("b", (AREA, chosen("STATUS", ["IDENT"])))],
        [Cube("a", (AREA,), (("STAGE", "p"),)), Cube("b", (AREA,), (("STAGE", "q"),))],
    ],
)
@pytest.mark.parametrize("rho", [0.001, 0.3, 5.0])
def test_it_spends_all_of_rho_and_not_a_trifle_more(cubes: list[Cube], rho: float):
    spent = plan(cubes, rho).rho
    assert spent == pytest.approx(rho, rel=1e-11)
    assert spent <= rho


def test_disjoint_populations_have_the_budget_each_and_others_share_it():
    cubes = [Cube("a", (AREA, SEX), IDENT), Cube("b", (AREA, chosen("STATUS", ["IDENT"])))]
    found, spent = plan(cubes, 0.2), {}
    for (population, _), residual in found.residuals.items():
        spent[population] = spent.get(population, 0) + residual.cost / residual.variance / 2
    assert list(spent.values()) == pytest.approx([0.2, 0.2])
    apart = plan([Cube("a", (AREA,), (("STAGE", "p"),)), Cube("b", (AREA,), (("STAGE", "q"),))], 0.2)
    assert min(residual.variance for residual in apart.residuals.values()) > 2 / 3 / 0.2


def test_no_other_split_of_the_budget_has_a_smaller_sum_of_variances():
    """Mean variances of leaves, and of margins at a fifth, beside those of a plan moved a little, at one rho."""
    found = plan([Cube("a", (AREA, SEX)), Cube("b", (flat("X", "pqrst"), AREA))], 1.0)

    def total(design: NoisePlan) -> float:
        inner, whole = slice(1, None), slice(0, 1)
        return design.rho * sum(
            weight * float(cells[at].mean())
            for cells in variances(design).values()
            for at, weight in [
                ((inner, inner), 1),
                ((whole, inner), 0.2),
                ((inner, whole), 0.2),
                ((whole,) * 2, 0.04),
            ]
        )

    for name, residual in found.residuals.items():
        for factor in (1.1, 1 / 1.1):
            moved = replace(residual, variance=residual.variance * factor)
            assert total(found) < total(NoisePlan(found.lattice, {**found.residuals, name: moved}))


def test_a_heavier_cube_is_surer_and_one_without_weight_is_not_measured():
    cubes = [Cube("a", (AREA, SEX)), Cube("b", (AREA, AGE))]
    even, tilted = variances(plan(cubes, 1.0)), variances(plan(cubes, 1.0, {"a": 10}))
    assert (tilted["a"] < even["a"]).all()
    without = plan(cubes, 1.0, {"b": 0})
    found = variances(without)
    assert np.isfinite(found["b"][:, 0]).all()  # a margin that it shares
    assert np.isinf(found["b"][1:, 1:]).all()
    assert covariance(without, ("b", (1, 1)), ("b", (1, 1))) == math.inf
    assert without.rho == pytest.approx(1.0)


def test_a_residual_has_as_many_numbers_of_its_own_as_centring_leaves_free():
    found = plan([Cube("a", (AREA, AGE, FORM)), Cube("b", (SEX, AGE))], 1.0)
    for (_, levels), residual in found.residuals.items():
        centres = [
            stem.attribute.levels[at].centre for stem, at in zip(residual.piece.stems, residual.levels, strict=True)
        ]
        assert residual.free == math.prod(np.linalg.matrix_rank(each) or 1 for each in centres), levels


def test_an_axis_of_one_code_has_nothing_of_its_own():
    found = plan([Cube("a", (flat("X", "p"), SEX))], 1.0)
    assert {name for _, name in found.residuals} == {(), (("SEX", 1),)}


@pytest.mark.parametrize(("rho", "weights"), [(0, None), (-1, None), (math.nan, None), (1, {"a": -1})])
def test_what_means_nothing_is_refused(rho: float, weights: dict[str, float] | None):
    with pytest.raises(ValueError):
        plan([Cube("a", (SEX,))], rho, weights)


def test_a_cube_beyond_64_bits_is_refused():
    many = [flat(name, [str(code) for code in range(50)]) for name in "ABCDEF"]
    with pytest.raises(NoiseRefused) as refused:
        plan([Cube("a", tuple(many))], 1.0)
    assert refused.value.facts == {"reason": "too_large", "name": "a"}


def test_the_release_of_other_cubes_is_refused():
    with pytest.raises(ValueError):
        release_noisy(count([Cube("a", (SEX,))], []), plan([Cube("b", (SEX,))], 1.0), Silent())


def test_a_committee_that_sent_nothing_has_no_noise():
    raw = count([Cube("a", (AREA, SEX))], [frozenset({("AREA", "MAR"), ("SEX", "F")})] * 9)
    raw.absent["a"][3] = True
    noisy = release_noisy(raw, plan(raw.cubes, 0.5, absent=raw.absent), Silent())
    assert (noisy.estimate["a"][3] == 0).all()
    assert (noisy.variance["a"][3] == 0).all()
    assert (noisy.variance["a"][:3] > 0).all()
    assert noisy.rho == pytest.approx(0.5)

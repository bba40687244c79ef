"""OpenDP cannot be seeded: what it draws is held to bounds that a sound sampler misses once in a million runs."""

from __future__ import annotations

import math

import numpy as np
import opendp.prelude as dp
import pytest

from amana.disclosure.noise.draw import draw
from amana.disclosure.noise.exact import OpenDP
from amana.disclosure.noise.plan import plan
from amana.disclosure.table import Cube
from support.noisy import Silent, count, flat

MANY = 20_000
RARE = 4.9  # standard deviations, one run in a million


@pytest.mark.parametrize("scale", [0.6, 3.7, 250.25])
def test_noise_is_whole_centred_and_as_wide_as_asked(scale: float):
    noise = OpenDP().add(np.full(MANY, 7, dtype=np.int64), scale) - 7
    assert noise.dtype == np.int64
    assert abs(noise.mean()) < RARE * scale / math.sqrt(MANY)
    weights = [math.exp(-(value**2) / (2 * scale**2)) for value in range(-2000, 2001)]
    spread = sum(weight * value**2 for value, weight in zip(range(-2000, 2001), weights, strict=True)) / sum(weights)
    assert abs(noise.var() / spread - 1) < RARE * math.sqrt(2 / MANY) * 1.2


def test_small_noise_has_the_shape_of_a_discrete_gaussian():
    noise = OpenDP().add(np.zeros(MANY, dtype=np.int64), 1.0)
    whole = sum(math.exp(-(value**2) / 2) for value in range(-40, 41))
    for value in range(-3, 4):
        expected = math.exp(-(value**2) / 2) / whole
        assert abs((noise == value).mean() - expected) < RARE * math.sqrt(expected * (1 - expected) / MANY)


def test_two_draws_differ():
    zeros = np.zeros(50, dtype=np.int64)
    assert (OpenDP().add(zeros, 1e6) != OpenDP().add(zeros, 1e6)).any()


def test_opendp_agrees_with_what_we_say_it_costs():
    """Its own account of every vector drawn, at the length by which one person changes it, sums to the plan's rho."""
    cubes = [Cube("a", (flat("AREA", "mtsa"), flat("SEX", "fmu")))]
    design, before, after = plan(cubes, 0.25), Silent(), Silent()
    draw(design, count(cubes, []).counts, before)
    draw(design, count(cubes, [frozenset({("AREA", "t"), ("SEX", "u")})]).counts, after)
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
    spent = sum(
        dp.m.make_gaussian(*space, scale=scale).map(float(np.linalg.norm(many - none)))
        for (none, scale), (many, _) in zip(before.asked, after.asked, strict=True)
    )
    assert spent == pytest.approx(0.25, rel=1e-9)

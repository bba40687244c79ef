"""Small linked systems under noise: the planner's account and its closed forms against the obvious slow way."""

from __future__ import annotations

import math
from itertools import combinations, product
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.disclosure.noise.draw import draw
from amana.disclosure.noise.estimate import displays
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.reconstruct import covariance, estimates, variances
from amana.disclosure.noise.scatter import scatter
from amana.disclosure.noise.weights import plan_by_size
from amana.disclosure.table import Axis, Cube, RawTable
from support.noisy import Planted, Quick, Silent, answers, chosen, count, flat, tree

AXES = {
    "A": flat("A", "ab"),
    "B": flat("B", "fmo"),
    "C": flat("C", "uv", total=False),
    "T": tree("T", {"minor": ["kid", "teen"], "adult": ["young", "mid", "old"], "unknown": []}),
    "M": answers("M", "pq"),
}
COARSE = {"T": chosen("T", ["minor"]), "B": chosen("B", ["f"])}
LEAVES = {"A": "ab", "B": "fmo", "C": "uv", "T": ["kid", "teen", "young", "mid", "old", "unknown"]}
ABOVE = {"kid": "minor", "teen": "minor", "young": "adult", "mid": "adult", "old": "adult", "unknown": "unknown"}
SEEDS = st.integers(0, 2**32)
RHO = 0.25


def kinds() -> list[frozenset[tuple[str, str]]]:
    """Every person that there can be, with all that is true of them."""
    found = []
    for a, b, c, t, p, q in product(*LEAVES.values(), ["1", "_O"], ["1", "_O"]):
        rest = [("T", "_O:minor")] if ABOVE[t] != "minor" else []
        rest += [("B", "_O:f")] if b != "f" else []
        rest += [("A", "_O:a")] if a != "a" else []
        pairs = [("A", a), ("B", b), ("C", c), ("T", t), ("T", ABOVE[t]), ("M.p", p), ("M.q", q), *rest]
        found.append(frozenset(pairs))
    return found


KINDS = kinds()


def system(rng: Random) -> tuple[Cube, ...]:
    """Two or three cubes over shared attributes, of one to three axes, some coarser, some filtered."""

    def axis(name: str) -> Axis:
        return COARSE[name] if name in COARSE and rng.random() < 0.3 else AXES[name]

    cubes = []
    filtered = rng.random() < 0.4
    pool = [dims for size in (1, 2, 3) for dims in combinations("ABCTM", size) if "A" not in dims or not filtered]
    for number, dims in enumerate(rng.sample(pool, rng.choice([1, 2, 2, 3]))):
        cubes.append(Cube(f"{number}-{''.join(dims)}", tuple(map(axis, dims)), (("A", "a"),) if filtered else ()))
    if filtered and rng.random() < 0.5:  # one that counts by what the others filter by
        dims = rng.choice(["B", "T", "BM"])
        cubes.append(Cube("across", (chosen("A", ["a"]), *map(axis, dims))))
    return tuple(cubes)


def people(rng: Random, cubes: tuple[Cube, ...]) -> RawTable:
    return count(cubes, [rng.choice(KINDS) for _ in range(rng.randint(0, 60))])


def planned(rng: Random) -> NoisePlan:
    cubes = system(rng)
    return plan(cubes, RHO, {cubes[0].id: rng.choice([0.2, 1, 5])})


def agree(cubes: tuple[Cube, ...], found: dict[str, np.ndarray]) -> None:
    """Every sum adds up, and cells with one key are one figure."""
    seen: dict = {}
    for cube in cubes:
        for at, axis in enumerate(cube.axes):
            lines = np.moveaxis(found[cube.id], at, 0)
            for parent, children in axis.sums:
                np.testing.assert_allclose(lines[parent], lines[list(children)].sum(0), rtol=0, atol=1e-9)
        for index in cube.indices():
            first = seen.setdefault(cube.cell_key(index), found[cube.id][index])
            assert abs(first - found[cube.id][index]) < 1e-9


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_without_noise_every_count_comes_back(seed: int):
    rng = Random(seed)
    design = planned(rng)
    raw = people(rng, design.cubes)
    found = estimates(design, draw(design, raw.counts, Silent()))
    for cube in design.cubes:
        np.testing.assert_allclose(found[cube.id], raw.counts[cube.id], rtol=0, atol=1e-9)


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_no_person_spends_more_than_rho(seed: int):
    """For every person that there can be: by how much she changes the integers drawn, over their noise."""
    design = planned(Random(seed))
    before, dearest = Silent(), 0.0
    draw(design, count(design.cubes, []).counts, before)
    for person in KINDS[:: Random(seed).randint(3, 7)]:
        after = Silent()
        draw(design, count(design.cubes, [person]).counts, after)
        spent = math.fsum(
            float(((many - none) ** 2).sum()) / scale**2 / 2
            for (none, scale), (many, _) in zip(before.asked, after.asked, strict=True)
        )
        assert spent <= RHO * (1 + 1e-12)
        dearest = max(dearest, spent)
    assert dearest > RHO / 3  # and somebody spends much of it: groups of other sizes cost less


@settings(max_examples=3, deadline=None)
@given(SEEDS)
def test_variances_and_covariances_are_those_of_the_noise_that_was_added(seed: int):
    rng = Random(seed)
    design = planned(rng)
    nobody, asked = count(design.cubes, []), Silent()
    draw(design, nobody.counts, asked)
    size = sum(len(values) for values, _ in asked.asked)
    ends = [(cube.id, rng.choice(list(cube.indices()))) for cube in design.cubes for _ in range(3)]
    reach = np.zeros((len(ends), size))
    unit = 2.0**40  # deviations at once, so that rounding to integers does not show
    for at in range(size):
        found = estimates(design, draw(design, nobody.counts, Planted(np.eye(1, size, at)[0] * unit)))
        reach[:, at] = [found[cube][index] / unit for cube, index in ends]
    slow = reach @ reach.T
    fast = np.array([[covariance(design, one, other) for other in ends] for one in ends])
    np.testing.assert_allclose(fast, slow, rtol=1e-6, atol=1e-6)
    spread = variances(design)
    np.testing.assert_allclose([spread[cube][index] for cube, index in ends], np.diag(slow), rtol=1e-6, atol=1e-6)


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_what_is_drawn_and_what_is_displayed_agree_in_all_tables(seed: int):
    rng = Random(seed)
    design = planned(rng)
    residuals = draw(design, people(rng, design.cubes).counts, Quick(seed))
    agree(design.cubes, estimates(design, residuals))
    shown = displays(design, residuals)
    agree(design.cubes, shown)
    assert all((cells >= 0).all() for cells in shown.values())


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_where_a_table_is_not_measured_the_rest_is_as_sure_as_it_says_and_all_displays_agree(seed: int):
    """A table of three axes with its three margins, whatever its axes are, of everybody or of some, some not asked."""
    rng = Random(seed)
    axes = [AXES[name] for name in rng.sample("BCTM", 3)]
    fixed = (("A", "a"),) if rng.random() < 0.5 else ()
    cubes = tuple(Cube(str(at), some, fixed) for at, some in enumerate([tuple(axes), *combinations(axes, 2)]))
    gone = rng.choice([None, ("B", "f")])
    raw = count(cubes, [kind for kind in rng.choices(KINDS, k=40) if gone not in kind])
    absent = {
        cube.id: np.array([gone in cube.cell_key(index) for index in cube.indices()]).reshape(cube.shape)
        for cube in cubes
    }
    design = plan_by_size(cubes, RHO, 1, absent)
    assert design.weights["0"] == 0
    assert design.rho <= RHO * (1 + 1e-12)
    spread = variances(design)
    assert np.isinf(spread["0"]).any()
    assert all(np.isfinite(spread[name]).all() for name in "123")
    found = draw(design, raw.counts, Silent())
    official = estimates(design, found)
    for cube in cubes:
        sure = np.isfinite(spread[cube.id])
        np.testing.assert_allclose(official[cube.id][sure], raw.counts[cube.id][sure], rtol=0, atol=1e-9)
    off = {cube.id: np.where(np.isfinite(spread[cube.id]), 0.0, 1e6) for cube in cubes}
    assert scatter(design, off)[0] == 0
    agree(cubes, displays(design, draw(design, raw.counts, Quick(seed))))

"""The estimate for display, where the answer is known, and on rows where nobody knows it but us."""

from __future__ import annotations

import numpy as np
import pytest

from amana.disclosure.noise import agreement
from amana.disclosure.noise.draw import draw
from amana.disclosure.noise.estimate import LOOKED, TRUSTED, _trusted, displays
from amana.disclosure.noise.model import FITS, PAIRS, fit
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.raking import closure
from amana.disclosure.noise.reconstruct import estimates
from amana.disclosure.table import Cube, RawTable
from support.noisy import Quick, Silent, chosen, count, flat, tree

Cells = dict[str, np.ndarray]
SIZES = {"A": 5, "B": 4, "C": 6, "D": 3}
AXES = {name: flat(name, [str(code) for code in range(size)]) for name, size in SIZES.items()}
EVERYBODY = frozenset()


def persons(number: int, seed: int) -> list[frozenset[tuple[str, str]]]:
    """Two kinds of people, who differ in every attribute."""
    rng = np.random.default_rng(seed)
    found = []
    for kind in rng.random(number) < 0.6:
        codes = {
            name: min(size - 1, rng.geometric(0.6) - 1) if kind else size - 1 - min(size - 1, rng.geometric(0.5) - 1)
            for name, size in SIZES.items()
        }
        found.append(frozenset((name, str(code)) for name, code in codes.items()))
    return found


def released(cubes: list[Cube], rho: float, number: int, *seeds: int) -> tuple[RawTable, NoisePlan, list[dict]]:
    raw, design = count(cubes, persons(number, 1)), plan(cubes, rho)
    return raw, design, [dict(draw(design, raw.counts, Quick(seed))) for seed in seeds]


def off(raw: RawTable, found: Cells) -> float:
    """The sum of absolute errors of all leaf cells."""
    leaves = {cube.id: (slice(1, None),) * len(cube.axes) for cube in raw.cubes}
    return sum(float(np.abs(found[cube] - raw.counts[cube])[at].sum()) for cube, at in leaves.items())


def agrees(cubes: tuple[Cube, ...], found: Cells) -> None:
    seen: dict = {}
    for cube in cubes:
        assert (found[cube.id] >= 0).all()
        for index in cube.indices():
            assert seen.setdefault(cube.cell_key(index), found[cube.id][index]) == pytest.approx(
                found[cube.id][index], abs=1e-9
            )
        for at in range(len(cube.axes)):
            lines = np.moveaxis(found[cube.id], at, 0)
            np.testing.assert_allclose(lines[0], lines[1:].sum(0), rtol=0, atol=1e-9)


CHOSEN = [Cube("abc", tuple(AXES[name] for name in "ABC")), Cube("bd", (AXES["B"], AXES["D"])), Cube("c", (AXES["C"],))]


@pytest.mark.parametrize("rho", [0.01, 0.1])
def test_it_is_much_closer_to_the_truth_than_what_is_unbiased_cut_off_at_nothing(rho: float):
    raw, design, draws = released(CHOSEN, rho, 400, 1, 2)
    shown = np.mean([off(raw, displays(design, found)) for found in draws])
    cut = np.mean(
        [off(raw, {cube: np.maximum(cells, 0) for cube, cells in estimates(design, found).items()}) for found in draws]
    )
    zeros = off(raw, {cube: 0.0 * cells for cube, cells in raw.counts.items()})
    assert shown < cut / 1.25
    assert shown < zeros


def test_what_the_model_says_of_more_attributes_is_trusted_as_far_as_it_was_borne_out():
    """What pairs alone say of three attributes is taken off first; a little counts as looked at beforehand."""
    _, design, (found,) = released(CHOSEN, 5.0, 2000, 1)
    margins = closure(EVERYBODY, design.lattice.pieces)
    (three,) = (name for name in margins if len(name) == 3)
    said, pairs = np.zeros((2, *margins[three].shape))
    said[:2, :2, :2] = 8 * np.einsum("i,j,k->ijk", *[[1.0, -1.0]] * 3)
    pairs[:2, 1:3, :2] = said[:2, :2, :2] / 2
    tables = {three: 10 + pairs}
    model = {three: tables[three] + said}
    noise = design.residuals[EVERYBODY, three].variance
    sure = float((said**2).sum()) / noise
    for true in (0.0, 0.3, 1.0):
        found[EVERYBODY, three] = pairs + true * said
        beforehand = LOOKED * TRUSTED
        expected = (beforehand + true * sure) / (LOOKED + sure)
        assert _trusted(design, found, margins, model, tables) == pytest.approx(expected)
    found[EVERYBODY, three] = pairs - 100 * said
    assert _trusted(design, found, margins, model, tables) == 0
    found[EVERYBODY, three] = pairs + 100 * said
    assert _trusted(design, found, margins, model, tables) == 1
    assert _trusted(design, found, margins, {}, {}) == TRUSTED


def test_where_margins_tell_a_fit_little_more_of_them_are_averaged():
    fits = []
    for rho in (0.01, 1e4):
        _, design, (found,) = released(CHOSEN, rho, 400, 1)
        fits.append(len(fit(design, found, EVERYBODY).shares) // PAIRS.kinds)
    assert fits[0] > 4 * fits[1]
    assert fits[1] >= FITS


def test_where_there_is_hardly_any_noise_it_is_what_was_measured():
    raw, design, (found,) = released(CHOSEN, 1e4, 500, 1)
    shown = displays(design, found)
    for cube in raw.cubes:
        assert np.abs(shown[cube.id] - raw.counts[cube.id]).mean() < 1.0


def test_all_tables_agree_and_nothing_is_below_0():
    raw, design, draws = released(CHOSEN, 0.02, 150, 1, 2)
    for found in draws:
        agrees(raw.cubes, displays(design, found))


def contradicting(number: float) -> tuple[NoisePlan, dict]:
    """Four yes-or-no questions, all pairs measured nearly without noise: each two alike, but the first and the last."""
    axes = {name: flat(name, "yn") for name in "ABCD"}
    threes = [Cube(name, tuple(axes[each] for each in name)) for name in ("ABC", "ABD", "ACD", "BCD")]
    pairs = [Cube(a + b, (axes[a], axes[b])) for a, b in ("AB", "AC", "AD", "BC", "BD", "CD")]
    design = plan(threes + pairs, 1e4, {cube.id: 0.0 for cube in threes})
    alike = number / 4 * np.array([[1.0, -1.0], [-1.0, 1.0]])
    found = {name: np.zeros([2] * len(name[1])) for name in design.residuals}
    found[EVERYBODY, ()] = np.array(number)
    for name in found:
        if len(name[1]) == 2:
            found[name] = -alike if [each for each, _ in name[1]] == ["A", "D"] else alike
    return design, found


def test_where_what_was_measured_cannot_be_told_it_gives_way_and_tables_agree():
    design, found = contradicting(1000.0)
    shown = displays(design, found)
    agrees(design.cubes, shown)
    assert shown["AB"][0, 0] == pytest.approx(1000)
    assert shown["AB"][1, 1] > shown["AD"][1, 1]


def test_where_there_is_no_time_to_agree_the_closer_of_two_is_taken(monkeypatch: pytest.MonkeyPatch):
    """Right away, tables still have cells below 0: filled up, or the model's, whichever is closer."""
    design, found = contradicting(1000.0)
    monkeypatch.setattr(agreement, "ROUNDS", 0)
    shown = displays(design, found)
    agrees(design.cubes, shown)
    model = fit(design, found, EVERYBODY)
    (three,) = (piece for piece in design.lattice.pieces if piece.cube == "ABC")
    np.testing.assert_allclose(shown["ABC"][1:, 1:, 1:], model.table(three), atol=agreement.NEARLY * 1000)


def test_a_release_of_nobody_shows_nearly_nobody():
    design = plan(CHOSEN, 1.0)
    shown = displays(design, draw(design, count(CHOSEN, []).counts, Silent()))
    assert shown["abc"][0, 0, 0] == pytest.approx(1, abs=1e-6)  # never none at all: a model of nobody is none


def test_a_population_without_attributes_is_its_total():
    cubes = [Cube("a", (chosen("S", ["s"]),)), Cube("b", (flat("A", "xy"),), (("S", "s"),))]
    people = [frozenset({("S", "s"), ("A", "x")})] * 30 + [frozenset({("S", "_O:s"), ("A", "y")})] * 12
    design = plan(cubes, 1e6)
    shown = displays(design, draw(design, count(cubes, people).counts, Silent()))
    np.testing.assert_allclose(shown["a"], [42, 30, 12], atol=0.1)
    np.testing.assert_allclose(shown["b"], [30, 30, 0], atol=0.1)


def test_levels_of_a_tree_are_told_together():
    age = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old", "oldest"], "_U": []})
    cubes = [Cube("a", (age, AXES["A"])), Cube("b", (chosen("AGE", ["minor"]), AXES["D"]))]
    rng, above = np.random.default_rng(4), {"young": "minor", "teen": "minor", "_U": "_U"}
    people = []
    for person in persons(600, 3):
        band = str(rng.choice(["young", "teen", "prime", "old", "oldest", "_U"], p=[0.05, 0.3, 0.4, 0.1, 0.05, 0.1]))
        group = above.get(band, "adult")
        people.append(person | {("AGE", band), ("AGE", group)} | ({("AGE", "_O:minor")} if group != "minor" else set()))
    raw, design = count(cubes, people), plan(cubes, 0.05)
    found = draw(design, raw.counts, Quick(1))
    shown, cut = displays(design, found), {cube: np.maximum(each, 0) for cube, each in estimates(design, found).items()}
    assert off(raw, shown) < off(raw, cut)
    assert shown["a"][1, 0] == pytest.approx(shown["b"][1, 0], abs=1e-9)
    np.testing.assert_allclose(shown["a"][1], shown["a"][2:4].sum(0), atol=1e-9)


def test_the_same_figures_give_the_same_estimate():
    _, design, (found,) = released(CHOSEN, 0.05, 200, 1)
    one, other = displays(design, found), displays(design, found)
    assert all((one[cube] == other[cube]).all() for cube in one)

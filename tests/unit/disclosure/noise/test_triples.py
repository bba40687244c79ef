"""Noisy margins of three attributes side by side: what a model says of them, and when it is fitted to them at all."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from amana.disclosure.noise import estimate
from amana.disclosure.noise import triples as module
from amana.disclosure.noise.draw import centred, draw
from amana.disclosure.noise.estimate import displays
from amana.disclosure.noise.model import Model, fit
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.seen import Seen
from amana.disclosure.table import Axis, Cube, RawTable
from support.noisy import Quick, count, flat, tree

NOBODY = frozenset()


@pytest.fixture(autouse=True)
def few_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMES", 1.0)


AGE = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old", "oldest"], "_U": []})
PLAIN = flat("AGE", ["young", "teen", "prime"])
SEX, FORM, MEANS = flat("SEX", "fmu"), flat("FORM", "abcd"), flat("MEANS", "yn")
MEMBERS = {"AGE": ("young", "teen", "prime"), "SEX": "fmu", "FORM": "abcd", "MEANS": "yn"}


@cache
def people(number: int) -> list[frozenset[tuple[str, str]]]:
    """Three kinds of case: each answers every question in a way of its own."""
    rng = np.random.default_rng(3)
    kinds = rng.choice(3, number, p=[0.5, 0.3, 0.2])
    answers = []
    for name, codes in MEMBERS.items():
        ways = np.cumsum(rng.dirichlet(np.ones(len(codes)) / 2, 3), axis=1)[kinds]
        lots = (rng.random((number, 1)) > ways[:, :-1]).sum(1)
        answers.append([(name, codes[lot]) for lot in lots.tolist()])
    return [frozenset(each) for each in zip(*answers, strict=True)]


def released(cubes: list[Cube], number: int, rho: float = 1.0, seed: int = 1) -> tuple[RawTable, NoisePlan, dict]:
    raw, design = count(cubes, people(number)), plan(cubes, rho)
    return raw, design, dict(draw(design, raw.counts, Quick(seed)))


def seen(cubes: list[Cube], number: int) -> tuple[NoisePlan, Seen]:
    _, design, found = released(cubes, number)
    attributes = {stem.attribute.name: stem.attribute for piece in design.lattice.pieces for stem in piece.stems}
    return design, Seen(design, found, NOBODY, list(attributes.values()), 100.0)


def of_three(*axes: Axis) -> list[Cube]:
    return [Cube("-".join(axis.dim for axis in each), each) for each in combinations(axes, 3)]


FOUR = of_three(PLAIN, SEX, FORM, MEANS)


def kinds(noisy: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Three kinds: their shares, and the chances of every code in each."""
    rng = np.random.default_rng(2)
    chances = [rng.dirichlet(np.ones(size), 3).T for size in np.diff(noisy.ends)]
    return np.array([0.5, 0.3, 0.2], dtype=np.float32), np.concatenate(chances).astype(np.float32)


@pytest.mark.parametrize("age", [PLAIN, AGE], ids=["plain", "levels"])
def test_it_is_what_the_expected_tables_have_of_their_own(age: Axis):
    """However a triple is laid down, by its first attribute, its second or its third, it is the same residual."""
    design, noisy = seen(of_three(age, SEX, FORM, MEANS), 3000)
    shares, chances = kinds(noisy)
    told = noisy.told(shares, chances)[2]
    piece = design.lattice.pieces[0]
    own = [chances[each.codes].astype(np.float64) for each in noisy.blocks[:3]]
    table = 100.0 * np.einsum("ak,bk,ck,k->abc", *own, shares)
    for name, levels in piece.margins:
        if len(name) == 3:
            finest = piece.stems[0].attribute.partitions[levels[0]]
            cells = np.stack([table[finest == each].sum(0) for each in range(finest.max() + 1)])
            coarse = type(piece)(
                "", NOBODY, (type(piece.stems[0])(piece.stems[0].attribute, levels[0], None, None), *piece.stems[1:])
            )
            slow = piece.named(centred(cells, coarse, levels), levels)
            for at, (row, column) in enumerate(noisy.three.where[name]):
                laid = np.moveaxis(slow, at, 0).reshape(slow.shape[at], -1)
                np.testing.assert_allclose(told[row, column], laid, atol=1e-4)


def test_its_slope_is_that_of_half_the_squares_over_their_variance():
    _, noisy = seen(of_three(PLAIN, SEX, FORM, MEANS), 3000)
    three, (shares, chances) = noisy.three, kinds(noisy)
    rows, persons = noisy.rows(chances), 100 * shares
    off, slope = three.misfit(rows, persons)
    assert three.along(off, off) == pytest.approx(
        sum(float((off[places[0]] ** 2).sum()) / three.variance[name] for name, places in three.where.items()),
        rel=1e-5,
    )
    step = 0.01 * np.random.default_rng(4).normal(size=rows.shape).astype(np.float32)
    up, down = (three.misfit(rows + sign * step, persons)[0] for sign in (1, -1))
    risen = (three.along(up, up) - three.along(down, down)) / 4
    assert risen == pytest.approx(float((slope * persons * step).sum()), rel=0.02)


def test_other_noise_lies_where_the_residuals_do_and_sums_to_nothing():
    _, noisy = seen(FOUR, 3000)
    noise = noisy.three.noise(np.random.default_rng(5), noisy.centres)
    name, (first, second, _) = next(iter(noisy.three.where.items()))
    cells = noise[first].reshape([len(noisy.centres[pair]) for pair in name])
    np.testing.assert_array_equal(noise[second], np.moveaxis(cells, 1, 0).reshape(cells.shape[1], -1))
    for axis in range(3):
        np.testing.assert_allclose(cells.sum(axis), 0, atol=1e-4)
    assert float((cells**2).mean()) == pytest.approx(
        noisy.three.variance[name] * np.prod([1 - 1 / size for size in cells.shape]), rel=0.8
    )
    assert not noise[noisy.three.sure == 0].any()


def test_triples_that_are_few_beside_pairs_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    """Three codes, three, four and two: 23 numbers of pairs, 28 of triples."""
    assert seen(FOUR, 3000)[1].three.where
    monkeypatch.setattr(module, "TIMES", 28.01 / 23)
    assert not seen(FOUR, 3000)[1].three.where
    monkeypatch.setattr(module, "TIMES", 27.99 / 23)
    assert seen(FOUR, 3000)[1].three.where


def test_what_does_not_stand_out_of_its_noise_is_not_fitted():
    assert not seen(FOUR, 0)[1].three.where


def test_too_many_cells_are_not_gone_through_at_each_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LARGEST", 12 * 53 - 1)  # 3 + 3 + 4 + 2 codes; 53 pairs of them
    assert not seen(FOUR, 3000)[1].three.where
    monkeypatch.setattr(module, "LARGEST", 12 * 53)
    assert seen(FOUR, 3000)[1].three.where


def test_many_tables_of_few_codes_and_many_persons_are_closer_for_it(monkeypatch: pytest.MonkeyPatch):
    """Fourteen questions, yes or no: 91 pairs, four times as many triples, noise of some 60 persons on their cells."""
    monkeypatch.setattr(module, "TIMES", 4.0)
    axes = [flat(name, "yn") for name in "ABCDEFGHIJKLMN"]
    rng = np.random.default_rng(6)
    answers = (rng.random((50_000, 14)) < rng.beta(0.3, 0.3, (5, 14))[rng.choice(5, 50_000)]).astype(np.int64)
    cubes, counts = of_three(*axes), {}
    for cube, each in zip(cubes, combinations(range(14), 3), strict=True):
        cells = np.bincount(answers[:, each] @ [4, 2, 1], minlength=8).reshape(2, 2, 2)
        for axis in range(3):
            cells = np.concatenate((cells.sum(axis, keepdims=True), cells), axis)
        counts[cube.id] = cells
    raw, design = RawTable(tuple(cubes), counts, {}), plan(cubes, 0.005)
    found, models = dict(draw(design, counts, Quick(1))), list[Model]()
    monkeypatch.setattr(estimate, "fit", lambda *given: models.append(fit(*given)) or models[-1])
    with_three = off(raw, displays(design, found))
    monkeypatch.setattr(module, "LARGEST", 0)
    assert with_three < 0.9 * off(raw, displays(design, found))
    assert [len(model.absorbed) for model in models] == [3, 2]


def off(raw: RawTable, found: dict[str, np.ndarray]) -> float:
    return sum(float(np.abs(found[cube.id] - raw.counts[cube.id])[1:, 1:, 1:].sum()) for cube in raw.cubes)

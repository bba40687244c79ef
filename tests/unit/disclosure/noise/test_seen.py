"""What a model of hidden kinds says of noisy margins, against counting them out of the tables that it expects."""

from __future__ import annotations

import numpy as np
import pytest

from amana.disclosure.noise.draw import centred, draw
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.seen import MOST_EQUAL, Seen
from amana.disclosure.table import Axis, Cube
from support.noisy import Quick, Silent, count, flat, tree

LEVELS = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old", "oldest"], "_U": []})
CODES = ["young", "teen", "prime"]
PLAIN = flat("AGE", CODES)
SEX = flat("SEX", "fmu")
NOBODY = frozenset()


def seen(age: Axis) -> tuple[Cube, Seen]:
    cube = Cube("a", (age, SEX))
    design = plan([cube], 1.0)
    (piece,) = design.lattice.pieces
    found = draw(design, count([cube], []).counts, Quick(1))
    return cube, Seen(design, found, NOBODY, [stem.attribute for stem in piece.stems], 100.0)


def kinds(noisy: Seen, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Some kinds: their shares, and the chances of every code in each."""
    rng = np.random.default_rng(2)
    sizes = np.diff(noisy.ends)
    chances = np.concatenate([rng.dirichlet(np.ones(size), number).T for size in sizes])
    return rng.dirichlet(np.ones(number)).astype(np.float32), chances.astype(np.float32)


@pytest.mark.parametrize("age", [PLAIN, LEVELS], ids=["plain", "levels"])
def test_it_is_what_the_expected_tables_have_of_their_own(age: Axis):
    cube, noisy = seen(age)
    shares, chances = kinds(noisy, 3)
    _, two, _ = noisy.told(shares, chances)
    (piece,) = plan([cube], 1.0).lattice.pieces
    own, other = (chances[each.codes].astype(np.float64) for each in noisy.blocks)
    table = 100.0 * (own * shares) @ other.T
    group = piece.stems[0].attribute.partitions
    begun = 0
    for level in range(1, len(group)):
        summed = np.stack([table[group[level] == each].sum(0) for each in range(group[level].max() + 1)])
        coarser = type(piece)(
            "", NOBODY, (type(piece.stems[0])(piece.stems[0].attribute, level, None, None), piece.stems[1])
        )
        slow = centred(summed, coarser, (level, 1))
        np.testing.assert_allclose(two[begun : begun + len(slow), noisy.blocks[1].rows], slow, atol=1e-4)
        begun += len(slow)


@pytest.mark.parametrize("age", [PLAIN, LEVELS], ids=["plain", "levels"])
def test_slopes_are_taken_back_as_chances_are_taken_there(age: Axis):
    """Chances moved a little, with their sums kept, and any slope: the change is the same on both sides."""
    _, noisy = seen(age)
    one, other = (kinds(noisy, 3)[1], kinds(noisy, 3)[1][:, ::-1])
    slope = np.random.default_rng(3).normal(size=(len(noisy.one), 3)).astype(np.float32)
    there = ((noisy.rows(one) - noisy.rows(other)) * slope).sum()
    assert there == pytest.approx(((one - other) * noisy.back(slope)).sum(), abs=1e-5)


@pytest.mark.parametrize(
    ("persons", "equal"), [([50, 30, 20], 13.2857), ([34, 33, 33], MOST_EQUAL), ([100, 0, 0], 0.0)]
)
def test_the_more_unequal_a_margin_the_less_sure_it_is_that_codes_are_equal(persons: list[int], equal: float):
    """In parts of all, 50, 30 and 20 differ from a third by 0.0467 in squares: 0.6667 / 0.0467 - 1."""
    assert prior(persons, rho=1e9) == pytest.approx(equal, rel=1e-3, abs=1e-3)


def test_what_noise_makes_unequal_does_not_count():
    """Noise of some 70 persons on each of three codes explains that they differ by 20 or 30 persons out of 100."""
    assert prior([50, 30, 20], rho=1e-4) == MOST_EQUAL


def prior(persons: list[int], rho: float) -> float:
    """How sure the model is that the codes of a plain attribute are equal, of a margin measured without noise."""
    cube = Cube("a", (PLAIN,))
    people = [frozenset({("AGE", code)}) for code, some in zip(CODES, persons, strict=True) for _ in range(some)]
    design = plan([cube], rho)
    (piece,) = design.lattice.pieces
    found = draw(design, count([cube], people).counts, Silent())
    (equal,) = set(Seen(design, found, NOBODY, [piece.stems[0].attribute], 100.0).equal.tolist())
    return equal

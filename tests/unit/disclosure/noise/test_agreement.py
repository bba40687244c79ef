"""Tables that do not agree, made to agree: nowhere below 0, nobody lost, and every sum adds up."""

from __future__ import annotations

import numpy as np
import pytest

from amana.disclosure.noise import agreement
from amana.disclosure.noise.agreement import agreed
from amana.disclosure.noise.draw import summed
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.raking import closure
from amana.disclosure.noise.reconstruct import estimates, leaf_table
from amana.disclosure.table import Cube
from support.noisy import flat, tree

AGE = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old"]})
GROUPS = flat("AGE", ["minor", "adult"])
SEX, FORM = flat("SEX", "fmu"), flat("FORM", "pq")
NOBODY = frozenset()


@pytest.mark.parametrize("rounds", [0, 5])
def test_two_tables_that_differ_on_what_they_share(rounds: int, monkeypatch: pytest.MonkeyPatch):
    """By sex there are 80 minors, of one sex all; by form there are 10: the mean leaves none for the other sexes."""
    monkeypatch.setattr(agreement, "ROUNDS", rounds)
    pieces = plan([Cube("one", (GROUPS, SEX)), Cube("two", (AGE, FORM))], 1.0).lattice.pieces
    margins = closure(NOBODY, pieces)
    one = np.array([[80.0, 1e-6, 1e-6], [5.0, 10.0, 5.0]])  # minor, adult by sex
    two = np.array([[3.0, 3.0], [2.0, 2.0], [45.0, 15.0], [15.0, 15.0]])  # ages by form
    coarse, fine = (("AGE", 1), ("SEX", 1)), (("AGE", 2), ("FORM", 1))
    tables = {name: np.ones(piece.shape) for name, piece in margins.items()} | {coarse: one, fine: two}
    found, filled = agreed(NOBODY, margins, tables)
    told = {name: leaf_table(piece, found) for name, piece in margins.items()}
    assert min(table.min() for table in told.values()) >= 0
    assert (filled > 0) == (rounds == 0)
    for table in told.values():
        assert table.sum() == pytest.approx(100, abs=1e-5)
    for name, levels in margins[coarse].margins[:-1]:
        np.testing.assert_allclose(summed(told[coarse], margins[coarse], levels).ravel(), told[name].ravel(), atol=1e-9)
    np.testing.assert_allclose(told[fine].sum(1)[:2].sum(), told[coarse].sum(1)[0], rtol=0, atol=1e-9)


def test_a_table_that_is_not_measured_is_what_its_margins_say():
    cubes = [Cube("one", (GROUPS, SEX)), Cube("two", (GROUPS,)), Cube("three", (SEX,))]
    design = plan(cubes, 1.0, {"one": 0.0})
    told = {NOBODY: 60.0, "AGE": np.array([10.0, -10.0]), "SEX": np.array([5.0, 0.0, -5.0])}
    found = {name: np.array(told[name[1][0][0] if name[1] else NOBODY]) for name in design.residuals}
    third, half = 1 / 3, 2.5
    by_sex = [
        [60, 25, 20, 15],
        *([all_of, all_of * third + half, all_of * third, all_of * third - half] for all_of in (40, 20)),
    ]
    np.testing.assert_allclose(estimates(design, found)["one"], by_sex)

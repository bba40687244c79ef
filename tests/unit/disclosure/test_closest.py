"""The cell that can be told most closely: set against linear programmes about every cell, and where the search ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from amana.disclosure.audit import audit
from amana.disclosure.checker import closest
from amana.disclosure.checker.page import Page
from amana.disclosure.checker.reading import Interval
from amana.disclosure.table import Axis, Cube, Node, Publication, Status
from support.drawn import Drawing, drawn

# Of 74, 15 are shown, 40 and 8 more stand in rows whose sums are hidden: 11 are left for Morocco, whatever was tried.
LEFT = """
    by  | _T | F | M
    _T  | 74 | x | x
    MAR | x  | x | x
    TUN | x  | x | 40
    EGY | x  | 8 | x
    DZA | 15 | x | x """


def published(*drawings: Drawing, zeros_hidden: bool = True) -> Publication:
    cubes = tuple(each.cube for each in drawings)
    values = {each.cube.id: each.values for each in drawings}
    return Publication(cubes, values, {each.cube.id: each.status for each in drawings}, 5, zeros_hidden)


def told(*drawings: Drawing, zeros_hidden: bool = True) -> Interval | None:
    return audit([published(*drawings, zeros_hidden=zeros_hidden)], closely=True).narrowest


def drawn_by_lot(seed: int) -> Publication:
    """Return a table of two dimensions in which half of what is large is hidden, too."""
    chance = np.random.default_rng(seed)
    shape = chance.integers(2, 5, 2)
    counts = np.pad(chance.choice([0, 2, 3, 8, 12, 20, 40, 90], shape), ((1, 0), (1, 0)))
    counts[0], counts[:, 0] = counts.sum(axis=0), counts.sum(axis=1)
    counts[0, 0] = counts[0, 1:].sum()
    hidden = (counts < 5) | (chance.random(counts.shape) < 0.5)
    hidden[0, 0] = False
    axes = []
    for name, size in zip("AB", shape.tolist(), strict=True):
        nodes = (Node("_T", None), *(Node(f"{name}{each}", (name, f"{name}{each}")) for each in range(size)))
        axes.append(Axis(name, nodes, ((0, tuple(range(1, size + 1))),)))
    status = np.where(hidden, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
    return Publication((Cube("t", tuple(axes)),), {"t": np.where(hidden, 0, counts)}, {"t": status}, 5, True)


def widths(publication: Publication) -> dict[tuple[str, ...], tuple[float, float]]:
    """Return how far each hidden cell can go, by two linear programmes each; in two dimensions that is exact."""
    page = Page([publication])
    (cube,), status, found = publication.cubes, publication.status["t"], {}
    bounds = [
        (0, None) if status[each] == Status.HIDDEN else (publication.values["t"][each],) * 2 for each in cube.indices()
    ]
    for at, index in enumerate(cube.indices()):
        if status[index] == Status.HIDDEN:
            ends = []
            for sign in (1, -1):
                only = sign * (np.arange(page.size) == at).astype(float)
                solved = linprog(only, A_eq=page.equations, b_eq=np.zeros(page.equations.shape[0]), bounds=bounds)
                ends.append(sign * solved.fun if solved.status == 0 else np.inf)
            found[cube.cell_codes(index)] = (ends[0], ends[1])
    return found


def test_what_a_search_happened_to_see_is_not_taken_for_what_is_possible():
    assert told(drawn(LEFT)) == Interval("drawn", ("MAR", "_T"), 0, 11, exact=True)


@pytest.mark.parametrize("seed", range(12))
def test_no_cell_can_be_told_more_closely_by_programmes_about_every_cell(seed: int):
    publication = drawn_by_lot(seed)
    found, ends = audit([publication], closely=True).narrowest, widths(publication)
    assert found is not None
    assert found.exact
    assert (found.lower, found.upper) == pytest.approx(ends[found.codes])
    assert found.upper - found.lower == pytest.approx(min(upper - lower for lower, upper in ends.values()))


@pytest.mark.parametrize("most", [0, 1])
def test_a_search_that_ended_early_says_so(monkeypatch: pytest.MonkeyPatch, most: int):
    monkeypatch.setattr(closest, "_MOST", most)
    found = told(drawn(LEFT))
    assert found is not None
    assert not found.exact
    assert found.upper - found.lower <= 11


def test_what_has_no_upper_end_is_not_named():
    assert told(drawn("by|F|M\nMAR|x|x\nTUN|x|20")) is None


def test_a_rest_that_anybody_may_know_is_not_named():
    """20 registered and 12 identified are 8 who are not, and nobody hides that."""
    everybody = drawn("by|_T|F|M\n_T|60|30|30\nMAR|20|x|x\nTUN|40|x|x", ("AREA", "SEX"), "all")
    identified = drawn("by|_T\n_T|40\nMAR|12\nTUN|28", ("AREA", "SEX"), "identified", where=[("IDENT", "Y")])
    found = told(everybody, identified)
    assert found == Interval("all", ("MAR", "F"), 0, 20, exact=True)

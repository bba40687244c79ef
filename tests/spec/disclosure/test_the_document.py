"""The tables of docs/disclosure.md: drawn here as they are there; figures of noise are what the code has."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from amana.disclosure.attacks.membership import membership
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.reconstruct import variances
from amana.disclosure.table import Cube
from support.documents import Rows, one, read, side_by_side, tables
from support.drawn import words
from support.noisy import flat

DOCUMENT = read("docs/disclosure.md")
CELL = re.compile(r"x|-|\d+")
CODES = {"country": 16, "period": 12, "sex": 4, "age": 8, "citizenship": 40, "exploitation": 9, "sector": 14}
CODES |= {"id_route": 8, "care": 7}
DECLARED = (
    "country sex age", "country exploitation sex", "country age exploitation", "citizenship sex exploitation",
    "country period exploitation", "sector exploitation sex", "country citizenship sex", "country id_route care",
)  # fmt: skip


def drawn_in_the_document() -> Iterator[Rows]:
    """Yield the cells of each table in the chapters on attacks, but for those on noise and those of words."""
    attacks = DOCUMENT.partition("\n## The attacks\n")[2].partition("\n### Against noise\n")[0]
    for head, rows in tables(attacks):
        for table in side_by_side(head, rows):
            cells = [[word for word in row if CELL.fullmatch(word)] for row in table]
            if any(cells):
                yield cells


def drawn_in_a_test() -> Iterator[Rows]:
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "|" in node.value:
                yield words(node.value)


def test_every_table_of_an_attack_is_drawn_in_a_test():
    drawn, tested = list(drawn_in_the_document()), list(drawn_in_a_test())
    assert len(drawn) > 20
    assert [table for table in drawn if table not in tested] == []


@pytest.mark.parametrize(
    ("rho", "right", "named"),
    one(DOCUMENT, "ρ", "right for how many of 1,000 pairs", "named of 1,000, one false alarm in 100"),
)
def test_how_well_the_best_test_does(rho: str, right: str, named: str):
    best = membership(float(rho.removesuffix(" (a coin)")))
    assert (round(1000 * best.auc), round(1000 * best.caught)) == (int(right), int(named))


def test_what_noise_on_margins_costs_in_a_cell_and_saves_in_a_total():
    """A sum over some attributes of the first cube, beside as many independent cells at the same price."""
    (rho,) = map(float, re.findall(r"at ρ ([\d.]+) for a record", DOCUMENT))
    axes = {name: flat(name, [str(code) for code in range(number)]) for name, number in CODES.items()}
    cubes = [Cube(each, tuple(axes[name] for name in each.split())) for each in DECLARED]
    spread = variances(plan(cubes, rho))
    independent = len(cubes) / (2 * rho)
    rows = one(DOCUMENT, "official figure", "here", "sum of independent cells")
    assert len(rows) == 4
    for figure, here, apart in rows:
        kept, _, told = figure.partition(", ")
        for cube, beside in zip(cubes, apart.removesuffix(" by the next cube").split("; "), strict=False):
            over = [at for at, axis in enumerate(cube.axes) if axis.dim not in kept.split(" × ")]
            number = math.prod(CODES[cube.axes[at].dim] for at in over)
            at = tuple(0 if dim in over else slice(1, None) for dim in range(len(cube.axes)))
            assert rounded(np.mean(spread[cube.id][at]), like=here) == here
            assert rounded(number * independent, like=beside) == beside
            assert cube is not cubes[0] or str(number) == told.split()[0].replace("one", "1")


def rounded(variance: float, *, like: str) -> str:
    """Return the standard deviation with as many digits behind the point."""
    return f"{math.sqrt(variance):.{len(like.partition('.')[2])}f}"

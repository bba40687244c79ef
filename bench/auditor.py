"""The auditor: faults caught, exact determinacy of every table of up to three of 16 attributes, 37 readers of 8 cubes.

No peer does this on published cells alone, so that nothing runs beside it. The data are made here: latent classes whose
habits differ by country. The marks are a threshold and complements by a rule of thumb, no suppressor's: what is
measured is how long reading takes, and some of what these marks hide can be derived; that is part of the work.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from random import Random
from time import process_time
from typing import Final

import numpy as np
from beside import machine
from beside.microdata import skewed
from numpy.typing import NDArray

from amana.config import HOME
from amana.disclosure.audit import audit, audit_all
from amana.disclosure.checker.determinacy import determined
from amana.disclosure.checker.page import Page
from amana.disclosure.table import Axis, Cube, Insider, Node, Numbers, Publication

sys.path.append(str(HOME / "tests"))  # the seeded faults are the tests' own
from support.seeded import planted

SIZES: Final = {
    "REF_AREA": 16, "PERIOD": 12, "SEX": 4, "AGE": 8, "CITIZENSHIP": 40, "EXPLOITATION": 9, "ACT": 6, "MEANS": 9,
    "RECRUITER": 8, "SECTOR": 14, "ROUTE": 8, "CARE": 7, "TRANSIT": 12, "DESTINATION": 24, "STATUS": 5, "EDUCATION": 6,
}  # fmt: skip
EIGHT: Final = (
    ("REF_AREA", "SEX", "AGE"),
    ("REF_AREA", "EXPLOITATION", "SEX"),
    ("REF_AREA", "AGE", "EXPLOITATION"),
    ("CITIZENSHIP", "SEX", "EXPLOITATION"),
    ("REF_AREA", "PERIOD", "EXPLOITATION"),
    ("SECTOR", "EXPLOITATION", "SEX"),
    ("REF_AREA", "CITIZENSHIP", "SEX"),
    ("REF_AREA", "ROUTE", "CARE"),
)
K: Final = 5
COMMITTEES: Final = 8
FAULTS: Final = 100

People = Mapping[str, Numbers]


def main() -> None:
    print(machine())
    seeded()
    for persons in (100_000, 1_000_000):
        determinacy(persons)
    for persons in (2_600, 100_000):
        readers(persons)


def seeded() -> None:
    """Plant faults until a hundred leak, as trying every table shows, and print what the checker makes of them."""
    verdicts: Counter[tuple[bool, bool]] = Counter()
    spent = 0.0
    for _, case, leaks in planted(Random(4)):  # noqa: S311 - data of a bench
        begin = process_time()
        passed = audit([*case.past, case.publication], known=case.known, party=case.party).passed
        spent += process_time() - begin
        verdicts[leaks, passed] += 1
        if sum(count for (leaked, _), count in verdicts.items() if leaked) == FAULTS:
            break
    print(f"seeded faults: caught {verdicts[True, False]} of {FAULTS} that leak; refused {verdicts[False, False]} of "
          f"{verdicts[False, True] + verdicts[False, False]} that do not; {spent:.1f} s CPU")  # fmt: skip


def determinacy(persons: int) -> None:
    """Print how long it takes to find what equations alone determine, in all tables of up to three attributes."""
    chance = np.random.default_rng(3)
    publication, page, hidden = marked(list(combinations(SIZES, 3)), people(persons, chance), chance, zeros=False)
    unknown = np.flatnonzero(hidden)
    begin = process_time()
    page = Page([publication])
    linked = process_time()
    found = determined(page.equations[:, unknown], chance)
    print(f"determinacy: {page.cells:,} cells of {persons:,} persons, {len(unknown):,} hidden, {found.sum():,} known; "
          f"{process_time() - linked:.1f} s CPU, and {linked - begin:.1f} s to link the cells")  # fmt: skip


def readers(persons: int) -> None:
    """Print how long it takes to read eight linked cubes as an outsider, as eight committees and as their pairs."""
    chance = np.random.default_rng(3)
    everybody = people(persons, chance)
    publication, _, hidden = marked(EIGHT, everybody, chance, zeros=True)
    insiders = []
    for number in range(COMMITTEES):
        own = {dim: column[everybody["REF_AREA"] == number] for dim, column in everybody.items()}
        counts = {cube.id: count(cube, own) for cube in publication.cubes}
        insiders.append(Insider(f"R{number}", committee=True, counts=counts))
    begin = process_time()
    alone = audit([publication])
    outside = process_time()
    reports = audit_all([publication], insiders)
    print(f"readers: {alone.cells:,} cells of {persons:,} persons, {hidden.sum():,} quantities hidden; outsider "
          f"{outside - begin:.1f} s CPU, {len(reports)} parties together {process_time() - outside:.1f} s; passed by "
          f"{sum(each.passed for each in reports.values())}")  # fmt: skip


# The data.


def people(number: int, chance: np.random.Generator) -> People:
    """Return (number,) codes by attribute: latent classes mixed by country, Zipf's law in each."""
    classes = 14
    country = chance.choice(SIZES["REF_AREA"], number, p=chance.permutation(skewed(SIZES["REF_AREA"], 1.1)))
    mix = np.cumsum(chance.dirichlet(np.full(classes, 0.35), SIZES["REF_AREA"]), axis=1)
    kind = (chance.random(number)[:, None] > mix[country]).sum(axis=1).clip(0, classes - 1)
    found = {"REF_AREA": country}
    for dim, size in list(SIZES.items())[1:]:
        habits = [
            0.75 * chance.permutation(skewed(size, 1.5 + chance.random())) + 0.25 * skewed(size, 1.2)
            for _ in range(classes)
        ]
        reach = np.cumsum(habits, axis=1)[kind]
        found[dim] = (chance.random(number)[:, None] > reach).sum(axis=1).clip(0, size - 1)
    return found


def cube_of(dims: Sequence[str]) -> Cube:
    axes = []
    for dim in dims:
        nodes = (Node("_T", None), *(Node(str(code), (dim, str(code))) for code in range(SIZES[dim])))
        axes.append(Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),)))
    return Cube("-".join(dims).lower(), tuple(axes))


def count(cube: Cube, some: People) -> Numbers:
    """Return the counts of a cube, margins included."""
    shape = [SIZES[axis.dim] for axis in cube.axes]
    flat = np.ravel_multi_index([some[axis.dim] for axis in cube.axes], shape)
    table = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
    for dim in range(len(shape)):
        table = np.concatenate([table.sum(axis=dim, keepdims=True), table], axis=dim)
    return table


def marked(
    ways: Sequence[Sequence[str]], some: People, chance: np.random.Generator, *, zeros: bool
) -> tuple[Publication, Page, NDArray[np.bool_]]:
    """Hide what is small, and in every line that has one mark another cell, until no line has a single one."""
    cubes = tuple(cube_of(dims) for dims in ways)
    counts = {cube.id: count(cube, some) for cube in cubes}
    page = Page([Publication(cubes, counts, {}, K, zeros)])
    truth = np.zeros(page.size, dtype=np.int64)
    for _, cube, grid in page.grids:
        truth[grid] = counts[cube.id]
    hidden = (truth < K) & ((truth > 0) | zeros)
    if zeros:
        _blocks(page, hidden, some)
    entries = page.equations.tocoo()
    while True:
        single = np.bincount(entries.row, hidden[entries.col], page.equations.shape[0]) == 1
        may = single[entries.row] & ~hidden[entries.col] & ((truth[entries.col] > 0) | zeros)
        rank = np.where(may, chance.random(len(may)) + np.log1p(truth[entries.col]) / 2, np.inf)
        best = np.full(page.equations.shape[0], np.inf)
        np.minimum.at(best, entries.row, rank)
        more = may & (rank == best[entries.row])
        if not more.any():
            break
        hidden[entries.col[more]] = True
    status = {cube.id: hidden[grid].astype(np.uint8) for _, cube, grid in page.grids}
    values = {name: np.where(status[name] == 0, table, 0) for name, table in counts.items()}
    return Publication(cubes, values, status, K, zeros), page, hidden


def _blocks(page: Page, hidden: NDArray[np.bool_], some: People) -> None:
    """Hide with each small cell a block that it can exchange persons with: on each axis the most frequent code."""
    partner = {}
    for dim, size in SIZES.items():
        first, second = 1 + np.argsort(-np.bincount(some[dim], minlength=size), kind="stable")[:2]
        partner[dim] = np.array([first, *np.where(np.arange(1, size + 1) == first, second, first)])
    small = hidden.copy()
    for _, cube, grid in page.grids:
        here = np.argwhere(small[grid])
        there = np.stack([partner[axis.dim][here[:, dim]] for dim, axis in enumerate(cube.axes)], axis=1)
        for swapped in product((False, True), repeat=len(cube.axes)):
            hidden[grid[tuple(np.where(swapped, there, here).T)]] = True


if __name__ == "__main__":
    main()

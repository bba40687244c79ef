"""Hiding small counts in linked tables: how many cells, and what it costs, against whom.

Eight linked cubes of made-up registrations (``beside.microdata``), zeros published and nobody but an outsider to fear:
the setting of GaussSuppression. Then zeros hidden like small counts. With ``--full``, the whole standard: eight
committees with an area each, every pair of them, and three organisations inside each, whose caseloads chance draws.

GaussSuppression runs beside us where R has it (R_LIBS says where, as for any script of R); else its row is left out.

    bench/suppression.py --outsider [PERSONS …]        100,000 by default
    bench/suppression.py --full [PERSONS …]        hidden from everybody inside as well, and read by the checker as each
    bench/suppression.py --sixteen [PERSONS …]        the same with sixteen committees, two organisations inside each
    bench/suppression.py --all [PERSONS …]        every table of up to three of the sixteen attributes, an outsider; no
                                                  peer gets that far
    bench/suppression.py --demo [PERIOD …]        the demo's tables of victims as a release hides them, peer left out:
                                                  they count several answers of one person, which it does not know
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from typing import Final

import numpy as np
from beside import Cost, by_turns, machine
from beside.fewest import fewest
from beside.microdata import Rows, made_up
from numpy.typing import NDArray
from scipy.optimize import linprog

from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.prepare import counted
from amana.demo.generate import write_all
from amana.disclosure.audit import AuditReport, Groups, audit, audit_all
from amana.disclosure.checker.determinacy import determined
from amana.disclosure.checker.exchanges import components
from amana.disclosure.checker.page import Page
from amana.disclosure.suppression.at_once.method import protect
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.linked.system import System, link
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import AREA, Axis, Cube, Insider, Node, Publication, RawTable, Rule, Status
from amana.tabulation.tabulate import assemble

HOME: Final = Path(__file__).parents[1]
SIZES: Final = (100_000,)
GAUSS: Final = Path(__file__).parent / "beside" / "gauss.R"
SEED: Final = 7
LEAST: Final = 5  # persons
GOES: Final = 5  # seeds
ASKED: Final = 40  # hidden cells whose intervals are looked at, of very many
CLOSE: Final = 1e-6  # persons: what the solver may be off by
COMMITTEES: Final = 8  # each has two of the sixteen codes of the first attribute as its area; sixteen have one
CASELOADS: Final = (0.3, 0.2, 0.1)  # of a committee's persons, by organisation inside
TABLES: Final = (
    ("country", "sex", "age"),
    ("country", "exploitation", "sex"),
    ("country", "age", "exploitation"),
    ("citizenship", "sex", "exploitation"),
    ("country", "period", "exploitation"),
    ("sector", "exploitation", "sex"),
    ("country", "citizenship", "sex"),
    ("country", "id_route", "care"),
)


def main() -> None:
    print(machine())
    if "--demo" in sys.argv:
        demo([each for each in sys.argv[1:] if each != "--demo"] or ["2022", "2023", "2024"])
        return
    asked = [each for each in sys.argv[1:] if each not in {"--outsider", "--all", "--full", "--sixteen"}]
    if "--all" in sys.argv:
        for number in map(int, asked or (1_000_000,)):
            everything(made_up(number, SEED))
        return
    if "--full" in sys.argv:
        for number in map(int, asked or SIZES):
            full(made_up(number, SEED), COMMITTEES, CASELOADS)
        return
    if "--sixteen" in sys.argv:
        for number in map(int, asked or SIZES):
            full(made_up(number, SEED), 2 * COMMITTEES, CASELOADS[:2])
        return
    for number in map(int, asked or SIZES):
        rows = made_up(number, SEED)
        raw = tabulated(rows)
        print(rows.name)
        published, hidden = (Rule(LEAST, zeros_hidden=each, coalition=0) for each in (False, True))
        measure(raw, published, "zeros published, outsider")
        spread(raw, published)
        print(f"  whoever hides: at least {fewest(link(raw), LEAST):,} cells, so that every small cell may be {LEAST}")
        peer(rows, raw)
        candidate, _ = measure(raw, hidden, "zeros hidden, outsider")
        spread(raw, hidden)
        tells(Publication(raw.cubes, candidate.values, candidate.status, LEAST, zeros_hidden=True), raw)


def full(rows: Rows, committees: int, caseloads: tuple[float, ...]) -> None:
    """Print what the whole standard costs, and how long the checker takes to read it as everybody in turn."""
    raw = inside(rows, committees, caseloads)
    print(f"{rows.name}, {committees} committees in pairs, {len(raw.insiders) - committees} organisations inside")
    candidate, refused = measure(raw, Rule(LEAST, zeros_hidden=True, coalition=2), "zeros hidden, everybody")
    if refused:
        print("  refused: there is nothing to be read")
        return
    page = Publication(raw.cubes, candidate.values, candidate.status, LEAST, zeros_hidden=True)
    kept: list[Mapping[str, AuditReport]] = []
    (cost,) = by_turns(lambda: kept.append(audit_all([page], raw.insiders, groups=Groups(AREA))), runs=1)
    found = {(each.cube, each.codes) for report in kept[0].values() for each in report.findings}
    print(f"  read by the checker as {len(kept[0])} parties in {cost.cpu:.2g} s: {len(found)} cells tell too much")


def inside(rows: Rows, committees: int, caseloads: tuple[float, ...]) -> RawTable:
    """Return the eight cubes with an area for each committee, and what everybody inside knows of them."""
    codes = rows.codes.copy()
    codes[:, 0] //= rows.sizes[0] // committees
    merged = replace(rows, codes=codes, sizes=(committees, *rows.sizes[1:]))
    shares = (1 - sum(caseloads), *caseloads)
    caseload = np.random.default_rng(SEED).choice(len(shares), len(codes), p=shares)
    of = [(f"{area:02}", codes[:, 0] == area) for area in range(committees)]
    committees = [Insider(area, committee=True, counts=counts(merged, mine)) for area, mine in of]
    organisations = [
        Insider(f"{area}/{number}", committee=False, counts=counts(merged, mine & (caseload == number)))
        for area, mine in of
        for number in range(1, len(shares))
    ]
    return replace(tabulated(merged), insiders=(*committees, *organisations))


def everything(rows: Rows) -> None:
    """Print what hiding costs in every table of up to three attributes, and how long it takes to see what is exact."""
    tables = tuple(combinations(rows.names, 3))
    columns = {name: np.ascontiguousarray(rows.codes[:, at], dtype=np.int32) for at, name in enumerate(rows.names)}
    sizes = dict(zip(rows.names, rows.sizes, strict=True))
    axes = {name: axis(name, size) for name, size in sizes.items()}
    cubes = tuple(Cube("-".join(table), tuple(axes[name] for name in table)) for table in tables)
    counts = {}
    for cube, (first, second, third) in zip(cubes, tables, strict=True):
        flat = (columns[first] * sizes[second] + columns[second]) * sizes[third] + columns[third]
        shape = (sizes[first], sizes[second], sizes[third])
        table = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
        counts[cube.id] = with_margins(table)
    raw = RawTable(cubes, counts, {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in cubes})
    print(f"{rows.name}, every table of three")
    candidate, _ = measure(raw, Rule(LEAST, zeros_hidden=True, coalition=0), "zeros hidden, outsider")
    print(f"  {getrusage(RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB at most, rows and tables included")
    page = Page([Publication(cubes, candidate.values, candidate.status, LEAST, zeros_hidden=True)])
    hidden = np.zeros(page.size, dtype=np.bool_)
    for _, cube, grid in page.grids:
        hidden[grid] = candidate.status[cube.id] == Status.HIDDEN
    exact: list[int] = []
    chance = np.random.default_rng(SEED)
    (cost,) = by_turns(lambda: exact.append(int(determined(page.equations[:, hidden], chance).sum())), runs=1)
    print(f"  {exact[0]:,} of {hidden.sum():,} hidden cells are exactly determined by the others; {cost.cpu:.2g} s")
    told: list[int] = []
    (cost,) = by_turns(lambda: told.append(narrow(page, candidate, hidden, chance)), runs=1)
    print(f"  {told[0]} of {ASKED} cells drawn from them tell more than the standard allows; {cost.cpu:.2g} s")


def narrow(page: Page, candidate: Candidate, hidden: NDArray[np.bool_], rng: np.random.Generator) -> int:
    """Return how many of some hidden cells, drawn by chance, cannot be 0 and the least count, nor surely are large.

    Linear programmes over the equations of the checker's page, part by part: no equation joins two parts.
    """
    values, unknown = np.zeros(page.size, dtype=np.int64), np.flatnonzero(hidden)
    for _, cube, grid in page.grids:
        values[grid] = candidate.values[cube.id]
    part, of_line = components(page.equations[:, unknown])
    rest, told = -(page.equations[:, ~hidden] @ values[~hidden]), 0
    for at in rng.choice(len(unknown), ASKED, replace=False).tolist():
        some = np.flatnonzero(part == part[at])
        lines = np.flatnonzero(of_line == part[at])
        matrix, only = page.equations[lines][:, unknown[some]], (some == at).astype(float)
        least = linprog(only, A_eq=matrix, b_eq=rest[lines]).fun
        if least < LEAST - CLOSE:
            bounds = np.stack([0 * only, np.where(only > 0, LEAST, np.inf)], axis=1)
            most = -linprog(-only, A_eq=matrix, b_eq=rest[lines], bounds=bounds).fun
            told += least > CLOSE or most < LEAST - CLOSE
    return told


def demo(periods: list[str]) -> None:
    """Print what a release of the demo's victims shows, by whom it is protected against."""
    documents = Documents(HOME / "policies")
    plan = documents.plan("victims-annual", documents.book())
    with tempfile.TemporaryDirectory() as folder:
        files = [(*path.stem.split("-"), path) for path in write_all(Path(folder))]
        for period in periods:
            mine = [(code, path) for code, flow, year, path in files if (flow, year) == ("VICTIMS", period)]
            parts = [counted(path, About(code, "VICTIMS", period), plan, documents).counts for code, path in mine]
            raw = assemble(parts, plan, tuple(code for code, _ in mine), documents.book())
            print(f"victims of {period}, {len(raw.insiders)} who know some of them")
            print("  {} one-way categories of the region, {} of them below k".format(*one_way(raw)))
            for together in ((0, 1), (1, 1), (2, 1), (2, 2)):
                release(raw, Rule(LEAST, zeros_hidden=True, coalition=together[0], as_persons=together[1]))


def one_way(raw: RawTable) -> tuple[int, int]:
    """Return how many categories the tables have, each counted in its own, and how many are small by themselves."""
    counts = [
        int(np.moveaxis(raw.counts[cube.id], dim, 0)[(node, *[0] * (len(cube.axes) - 1))])
        for cube in raw.cubes
        for dim, axis in enumerate(cube.axes)
        for node in range(len(axis.nodes))
    ]
    return len(counts), sum(count < LEAST for count in counts)


def release(raw: RawTable, rule: Rule) -> None:
    """Print what is shown under one rule, over a few seeds."""
    shown: list[Candidate] = []

    def once(seed: int) -> float:
        rng = Random(seed)  # noqa: S311 - synthetic data
        (cost,) = by_turns(lambda: shown.append(suppress(raw, rule, rng)), runs=1)
        return cost.cpu

    cost = sorted(once(seed) for seed in range(SEED, SEED + GOES))
    cells = sorted(sum(int((each == Status.SHOWN).sum()) for each in one.status.values()) for one in shown)
    every = sum(cube.size for cube in raw.cubes)
    large = sum(int((raw.counts[cube.id] >= LEAST).sum()) for cube in raw.cubes)
    print(
        f"  coalition {rule.coalition}, as_persons {rule.as_persons}: "
        f"{cells[len(cells) // 2]} of {every} cells shown ({cells[0]} to {cells[-1]}), "
        f"{large} are no small ones; {cost[len(cost) // 2]:.2g} s"
    )


def measure(raw: RawTable, rule: Rule, what: str) -> tuple[Candidate, bool]:
    """Print what hiding costs, linking the cells included, and how much is shown; return it, and if it is refused."""
    cost, system, candidate, lost = hide(raw, rule, SEED)
    hidden = chosen(raw, system, candidate)
    small, large = system.truth[: system.cells] < LEAST, system.truth[: system.cells] >= LEAST
    print(
        f"  {what}: {cost.cpu:.2g} s ({cost.wall:.2g} s by the clock); {hidden.sum():,} of {system.cells:,} cells "
        f"hidden, {(hidden & large).sum():,} of them large; shown of the large "
        f"{(~hidden & large).sum() / large.sum():.1%}; of the small, "
        f"{(lost[: system.cells] & small).sum():,} tell more than the standard allows, of the large "
        f"{(lost[: system.cells] & large).sum():,}"
    )
    return candidate, bool(lost.any())


def spread(raw: RawTable, rule: Rule) -> None:
    """Print what hiding costs, and how many cells, by other seeds."""
    goes = [hide(raw, rule, seed) for seed in range(SEED, SEED + GOES)]
    cost = sorted(cost.cpu for cost, *_ in goes)
    cells = sorted(int(chosen(raw, system, candidate).sum()) for _, system, candidate, _ in goes)
    told = sorted(int(lost.sum()) for *_, lost in goes)
    print(
        f"  by {GOES} seeds, the median and both ends: {cost[GOES // 2]:.2g} s ({cost[0]:.2g} to {cost[-1]:.2g}); "
        f"{cells[GOES // 2]:,} cells hidden ({cells[0]:,} to {cells[-1]:,}), {told[GOES // 2]} of which tell more than "
        f"the standard allows ({told[0]} to {told[-1]})"
    )


def hide(raw: RawTable, rule: Rule, seed: int) -> tuple[Cost, System, Candidate, NDArray[np.bool_]]:
    """Return what hiding costs, linking the cells included, what is hidden, and (n + 1,) what it does not protect."""
    kept: list[tuple[System, Candidate, NDArray[np.bool_]]] = []

    def once() -> None:
        system = link(raw)
        rng = Random(seed)  # noqa: S311 - synthetic data
        kept.append((system, *protect(raw, system, rule, rng)))

    (cost,) = by_turns(once, runs=1)
    return (cost, *kept[-1])


def chosen(raw: RawTable, system: System, candidate: Candidate) -> NDArray[np.bool_]:
    """Return (cells,) what is hidden."""
    hidden = np.zeros(system.cells, dtype=np.bool_)
    for cube in raw.cubes:
        hidden[system.numbers[cube.id]] = candidate.status[cube.id] == Status.HIDDEN
    return hidden


def peer(rows: Rows, raw: RawTable) -> None:
    """Print what GaussSuppression hides in the same tables, zeros published, what that costs, and what it leaves."""
    rscript = shutil.which("Rscript")
    asked = [str(rscript), "-e", "library(GaussSuppression)"]
    if rscript is None or subprocess.run(asked, check=False, capture_output=True).returncode:
        print("  GaussSuppression: not on this machine")
        return
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "counts.csv", Path(folder) / "cells.csv"
        write_leaves(rows, given)
        tables = ";".join(",".join(table) for table in TABLES)
        command = [rscript, str(GAUSS), str(given), tables, str(LEAST), str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        cells = list(csv.DictReader(made.open(newline="")))
    hidden = [cell for cell in cells if cell["suppressed"] == "TRUE"]
    large = sum(int(cell["freq"]) >= LEAST for cell in hidden)
    print(
        f"  GaussSuppression, the same: {float(done.stdout):.2g} s; {len(hidden):,} of {len(cells):,} cells hidden, "
        f"{large:,} of them large; it promises that no cell is exactly known, and no interval"
    )
    status = marked(raw, {cell["cell"] for cell in hidden})
    values = {name: np.where(marks == Status.HIDDEN, 0, raw.counts[name]) for name, marks in status.items()}
    (read,) = by_turns(lambda: tells(Publication(raw.cubes, values, status, LEAST, zeros_hidden=False), raw), runs=1)
    print(f"  ({read.cpu:.2g} s to find that out)")


def marked(raw: RawTable, hidden: set[str]) -> dict[str, NDArray[np.uint8]]:
    """Return where the peer hides what. hidden: cells as ``gauss.R`` writes them: ``age=03 country=01``."""
    found = {}
    for cube in raw.cubes:
        names = {AREA: "country"}
        keys = ([(names.get(dim, dim), code) for dim, code in cube.cell_key(index)] for index in cube.indices())
        marks = [" ".join(sorted(f"{dim}={code}" for dim, code in key)) in hidden for key in keys]
        found[cube.id] = np.where(marks, Status.HIDDEN, Status.SHOWN).astype(np.uint8).reshape(cube.shape)
    return found


def tells(publication: Publication, raw: RawTable) -> None:
    """Print of how many hidden cells of a publication the checker proves more than the standard allows.

    It stops proving once the verdict is clear, so that these are the least there are.
    """
    index = {
        cube.id: dict(zip(map(cube.cell_codes, cube.indices()), cube.indices(), strict=True)) for cube in raw.cubes
    }
    kinds: Counter[str] = Counter()
    for each in audit([publication]).findings:
        count = raw.counts[each.cube][index[each.cube][each.codes]]
        if each.upper is not None and each.upper < LEAST:
            kinds["small for certain"] += 1
        elif each.lower is not None and 1 < each.lower < LEAST:
            kinds[f"{'small' if count < LEAST else 'large'}, and more than one for certain"] += 1
        else:
            kinds["not looked at any more"] += 1
    told = "; ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items())) or "none"
    print(f"  read by the checker, hidden cells that tell more than the standard allows: {told}")


def tabulated(rows: Rows) -> RawTable:
    """Return the eight cubes of the rows."""
    axes = {
        name: axis(AREA if name == "country" else name, size) for name, size in zip(rows.names, rows.sizes, strict=True)
    }
    cubes = tuple(Cube("-".join(table), tuple(axes[name] for name in table)) for table in TABLES)
    everybody = np.ones(len(rows.codes), dtype=np.bool_)
    absent = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in cubes}
    return RawTable(cubes, counts(rows, everybody), absent)


def axis(dim: str, size: int) -> Axis:
    """Return a total and its parts."""
    nodes = (Node("_T", None), *(Node(f"{each:02}", (dim, f"{each:02}")) for each in range(size)))
    return Axis(dim, nodes, ((0, tuple(range(1, size + 1))),))


def counts(rows: Rows, who: NDArray[np.bool_]) -> dict[str, NDArray[np.int64]]:
    """Count some of the rows by every table, margins first."""
    return {"-".join(table): with_margins(leaves(rows, table, who)) for table in TABLES}


def leaves(rows: Rows, table: tuple[str, ...], who: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count some of the rows by the codes of one table."""
    places = [rows.names.index(name) for name in table]
    shape = tuple(rows.sizes[place] for place in places)
    flat = np.ravel_multi_index(tuple(rows.codes[who][:, places].T), shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)


def with_margins(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the table with its total before the parts of every axis."""
    for place in range(table.ndim):
        table = np.concatenate([table.sum(axis=place, keepdims=True), table], axis=place)
    return table


def write_leaves(rows: Rows, path: Path) -> tuple[str, ...]:
    """Write what a peer starts from: every combination of the attributes of the tables that occurs, and its count.

    Returns the columns, ``freq`` last.
    """
    names = tuple(dict.fromkeys(name for table in TABLES for name in table))
    found, times = np.unique(rows.codes[:, [rows.names.index(name) for name in names]], axis=0, return_counts=True)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow([*names, "freq"])
        out.writerows(
            [*(f"{code:02}" for code in codes), int(count)] for codes, count in zip(found, times, strict=True)
        )
    return (*names, "freq")


if __name__ == "__main__":
    main()

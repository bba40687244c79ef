"""Categories that are nearly empty: how many of those that the demo's plans publish hold fewer than k in the region.

What is rolled up is rolled up by the plan (docs/disclosure.md, "Why nothing is rolled up by counting"); this counts
what is left: every code of every axis but the committees', once, with whatever the table is filtered by. Cells below k,
which are hidden one by one, are counted beside it. Synthetic data: of a hub's own nobody may know.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from beside import machine

from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.prepare import counted
from amana.config import HOME
from amana.demo.generate import write_all
from amana.disclosure.table import AREA, RawTable
from amana.plans.plan import Plan
from amana.tabulation.tabulate import assemble

ASKED: Final = (  # plan, dataflow, period, k: the region's floor, and what some agreement asks for
    ("victims-annual", "VICTIMS", "2022", 5),
    ("victims-annual", "VICTIMS", "2023", 5),
    ("victims-annual", "VICTIMS", "2024", 5),
    ("children-annual", "CHILDREN", "2024", 12),
)


def main() -> None:
    print(machine())
    documents = Documents(HOME / "policies")
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(write_all(Path(folder)))
        for name, dataflow, period, least in ASKED:
            mine = [path for path in files if path.name.endswith(f"{dataflow}-{period}.csv")]
            report(
                table(mine, documents.plan(name, documents.book()), period, documents), f"{dataflow} {period}", least
            )


def table(files: list[Path], plan: Plan, period: str, documents: Documents) -> RawTable:
    """Return the true counts of all committees together."""
    abouts = [About(path.name.partition("-")[0], plan.dataflow, period) for path in files]
    parts = [counted(path, about, plan, documents).counts for path, about in zip(files, abouts, strict=True)]
    return assemble(parts, plan, [about.committee for about in abouts], documents.book())


def report(raw: RawTable, what: str, least: int) -> None:
    """Print how many categories are below k in the region, and how many cells."""
    categories = {}
    for cube in raw.cubes:
        for dim, axis in enumerate(cube.axes):
            for node in range(1, len(axis.nodes) if axis.dim != AREA else 0):
                at = tuple(node if each == dim else 0 for each in range(len(cube.axes)))
                if not raw.absent[cube.id][at]:
                    categories[cube.cell_key(at)] = int(raw.counts[cube.id][at])
    small = sum(count < least for count in categories.values())
    cells = sum(int((~raw.absent[cube.id]).sum()) for cube in raw.cubes)
    below = sum(int((raw.counts[cube.id][~raw.absent[cube.id]] < least).sum()) for cube in raw.cubes)
    print(f"{what}, k = {least}: {small} of {len(categories)} categories below it, {below} of {cells} cells")


if __name__ == "__main__":
    main()

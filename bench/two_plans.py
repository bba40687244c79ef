"""Two plans about the demo's victims, one after the other: what the second may show beside the first.

The tables of the yearly plan are published in two goes. Each is cleared as a release is, against every two committees
and every organisation, with the checker and all attacks as the gate. Beside us: the same engine when it is not told of
the tables that stand, which is what it was; and all tables in one release, which is the most that two can come to.

    bench/two_plans.py [PERIOD] [--seed NUMBER]

2023 by default; seed 7, by which what is hidden is drawn.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from time import process_time
from typing import Final

from beside import machine

from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.prepare import counted
from amana.demo.generate import write_all
from amana.disclosure.clear import clear
from amana.disclosure.table import ClearedTable, ClearingRefused, Publication, RawTable, Rule, Status
from amana.tabulation.tabulate import assemble

HOME: Final = Path(__file__).parents[1]
RULE: Final = Rule(5, zeros_hidden=True, coalition=2)
SEED: Final = 7
SECOND: Final = (  # the tables of the plan that come later
    ("area-ict", "area-reported-by", "area-status"),
    ("citizenship-sex",),
    ("area-form",),
    ("form-sex-age", "sex-age"),
)


def main() -> None:
    print(machine())
    words = sys.argv[1:]
    seed = int(words.pop(words.index("--seed") + 1)) if "--seed" in words else SEED
    period = next((each for each in words if not each.startswith("--")), "2023")
    whole = _raw(period)
    names = [cube.id for cube in whole.cubes]
    one, seconds = _cleared(whole, (), seed)
    if one is None:
        raise SystemExit("all tables in one release: refused")
    print(f"victims of {period}, all tables in one release: {_shown(one, names)} cells shown, {seconds:.1f} s")
    for later in SECOND:
        earlier = [name for name in names if name not in later]
        first, _ = _cleared(_only(whole, earlier), (), seed)
        if first is None:
            raise SystemExit("the first plan: refused")
        page = Publication(first.cubes, first.values, first.status, RULE.least_count, RULE.zeros_hidden, frozenset())
        blind, _ = _cleared(_only(whole, later), (page,), seed)
        told, seconds = _cleared(replace(whole, standing=frozenset(earlier)), (page,), seed)
        cells = sum(cube.size for cube in whole.cubes if cube.id in later)
        print(
            f"  {', '.join(later)} later: {_said(told, later)} of {cells} cells shown, {seconds:.1f} s; not told of "
            f"what stands: {_said(blind, later)}; of these tables in one release with all others: {_shown(one, later)}",
            flush=True,
        )


def _raw(period: str) -> RawTable:
    documents = Documents(HOME / "policies")
    plan = documents.plan("victims-annual", documents.book())
    with tempfile.TemporaryDirectory() as folder:
        files = {path.stem.split("-")[0]: path for path in write_all(Path(folder)) if f"VICTIMS-{period}" in path.stem}
        about = {code: About(code, "VICTIMS", period) for code in files}
        parts = [counted(path, about[code], plan, documents).counts for code, path in sorted(files.items())]
    return assemble(parts, plan, tuple(sorted(files)), documents.book())


def _only(raw: RawTable, names: Sequence[str]) -> RawTable:
    insiders = tuple(replace(one, counts={name: one.counts[name] for name in names}) for one in raw.insiders)
    tables = ({name: each[name] for name in names} for each in (raw.counts, raw.absent, raw.lone))
    counts, absent, lone = tables
    return RawTable(tuple(cube for cube in raw.cubes if cube.id in names), counts, absent, insiders, lone)  # type: ignore[arg-type]


def _cleared(raw: RawTable, past: Sequence[Publication], seed: int) -> tuple[ClearedTable | None, float]:
    """Return the table as it may be published, None where it may not, and what that took, seconds of CPU."""
    begun = process_time()
    try:
        return clear(raw, RULE, Random(seed), past=past), process_time() - begun  # noqa: S311 - synthetic data
    except ClearingRefused:
        return None, process_time() - begun


def _shown(table: ClearedTable, names: Sequence[str]) -> int:
    return sum(int((table.status[name] == Status.SHOWN).sum()) for name in names)


def _said(table: ClearedTable | None, names: Sequence[str]) -> str:
    return "refused" if table is None else str(_shown(table, names))


if __name__ == "__main__":
    main()

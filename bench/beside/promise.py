"""GaussSuppression with an interval promise of its own, beside itself without: what the promise costs it.

It is asked for what our standard asks of an outsider with zeros published: each small count may be as little as 1 and
as much as the least count (``gauss.R`` with a solver). Its programmes let a hidden cell be 0, ours do not.

    python bench/beside/promise.py [PERSONS] [--tables 1] [--limit SECONDS OF CPU] [--solver Rglpk]
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from suppression import GAUSS, LEAST, SEED, TABLES, write_leaves

from beside.microdata import made_up


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("persons", type=int, nargs="?", default=5_000)
    parser.add_argument("--tables", type=int, default=len(TABLES), help="how many of the eight, the first ones")
    parser.add_argument("--limit", type=int, default=1_800)
    parser.add_argument("--solver", default="Rglpk", choices=("Rglpk", "lpSolve"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "counts.csv", Path(folder) / "cells.csv"
        write_leaves(made_up(asked.persons, SEED), given)
        tables = ";".join(",".join(table) for table in TABLES[: asked.tables])
        for what, more in (("no cell exactly known", []), (f"intervals from 1 to {LEAST}", [asked.solver])):
            command = ["Rscript", str(GAUSS), str(given), tables, str(LEAST), str(made), *more]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (asked.limit, asked.limit)),
            )  # fmt: skip
            if done.returncode:
                print(f"{what}: not ended after {asked.limit} s of CPU, or failed: {done.stderr[-200:]}", flush=True)
                continue
            cells = list(csv.DictReader(made.open(newline="")))
            hidden = [cell for cell in cells if cell["suppressed"] == "TRUE"]
            large = sum(int(cell["freq"]) >= LEAST for cell in hidden)
            seconds = float(done.stdout.split()[-1])
            told = f"{len(hidden):,} of {len(cells):,} cells hidden, {large:,} of them large"
            print(f"{what}: {seconds:.2g} s; {told}; {done.stderr.strip()}", flush=True)


if __name__ == "__main__":
    main()

"""A million records from the file to the vault: opened, validated, searched for identifiers, and stored encrypted.

The file is a canonical CSV of 30 columns. The peer does a part of it: pyarrow reads the same file block by block and
writes plain Parquet, judging nothing, encrypting nothing, and leaving the texts as they are. Each run is a process of
its own, so that its memory can be told: the peak of what it had resident, libraries included.

``--rows 10000000`` takes the same figures for ten million records; the file is then 1.4 GB, written first.
"""

# ruff: noqa: PLC0415 - each run loads what it needs and no more, so that the memory told is its own

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from beside import machine

ROWS: Final = 1_000_000
RUNS: Final = 3
PERIOD: Final = "2024"
OURS: Final = "ours"
PLAIN: Final = "pyarrow, CSV to plain Parquet"

Told = dict[str, float]  # rows; wall and cpu, seconds; peak, bytes


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=ROWS)
    asked.add_argument("--run", choices=(OURS, PLAIN))
    asked.add_argument("--file", type=Path)
    said = asked.parse_args()
    if said.run:
        print(json.dumps(one_run(said.run, said.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(make(Path(folder) / "victims.csv", said.rows), RUNS if said.rows <= ROWS else 1)


def compare(file: Path, runs: int) -> None:
    print(machine())
    taken: dict[str, list[Told]] = {OURS: [], PLAIN: []}
    for _ in range(runs):
        for name, told in taken.items():
            words = [sys.executable, __file__, "--run", name, "--file", str(file)]
            told.append(json.loads(subprocess.run(words, check=True, capture_output=True).stdout.splitlines()[-1]))
    for name, told in taken.items():
        rows, wall, cpu = (median(one[fact] for one in told) for fact in ("rows", "wall", "cpu"))
        peak = max(one["peak"] for one in told) / 1e6
        print(
            f"{name}: {rows:,.0f} records of {file.stat().st_size / rows:.0f} bytes in {wall:.1f} s"
            f" ({rows / wall:,.0f} a second), {cpu:.1f} s of CPU ({rows / cpu:,.0f} a second);"
            f" peak memory {peak:,.0f} MB"
        )
    ratio = median(one["cpu"] for one in taken[OURS]) / median(one["cpu"] for one in taken[PLAIN])
    print(f"ours costs {ratio:.1f} times the CPU of reading and writing alone")


def one_run(name: str, file: Path) -> Told:
    """Do it once; libraries are loaded before the clock starts."""
    work = ours if name == OURS else plain
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        rows, start, before = work(file, Path(folder))
        wall, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"rows": rows, "wall": wall, "cpu": cpu, "peak": peak}


def make(file: Path, rows: int) -> Path:
    from beside.people import write_sound

    from amana.codebook.load import load

    return write_sound(file, rows, load())


def ours(file: Path, folder: Path) -> tuple[int, float, float]:
    from beside.contribution import COMMITTEE, DATAFLOW

    from amana.codebook.load import load
    from amana.config import HOME
    from amana.identifiers import recognisers
    from amana.validation.judge import judge
    from amana.vault.keys import KeyStore
    from amana.vault.records import HoldingFacts
    from amana.vault.secret import new_secret
    from amana.vault.writing import writing

    book, known = load(), recognisers.load(HOME / "policies" / "identifiers.toml")
    (folder / "root.key").write_text(new_secret())
    (folder / "root.key").chmod(0o600)
    keys = KeyStore(folder / "keys", folder / "root.key")
    start, before = time.perf_counter(), time.process_time()
    key_id = keys.make(COMMITTEE)
    facts = HoldingFacts("hld_bench", COMMITTEE, DATAFLOW, PERIOD, book.digest)
    with writing(facts, folder, "sealed", keys=keys, key_id=key_id, pseudonym_key=b"k" * 32) as vault:
        about = {"dataflow": DATAFLOW, "committee": COMMITTEE, "period": PERIOD}
        judged = judge(file, **about, book=book, recognisers=known, keep=vault)
        if not judged.accepted:
            raise SystemExit(f"the file was refused: {judged.findings}")
        stored = vault.settle()
    if "presidio_analyzer" in sys.modules:
        raise SystemExit("presidio was loaded for a sound file")
    return stored.rows, start, before


def plain(file: Path, folder: Path) -> tuple[int, float, float]:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv

    start, before = time.perf_counter(), time.process_time()
    with file.open(encoding="utf-8") as opened:
        names = opened.readline().strip().split(",")
    texts = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    rows = 0
    with csv.open_csv(file, convert_options=texts) as reader, pq.ParquetWriter(folder / "plain", reader.schema) as out:
        for batch in reader:
            out.write_batch(batch)
            rows += batch.num_rows
    return rows, start, before


if __name__ == "__main__":
    main()

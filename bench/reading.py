"""Reading a million rows of thirty columns: our checked blocks beside the standard library and beside bare Arrow.

The standard library's csv.reader is what reading used to stand on: strict, row by row, into the same frames. Bare
pyarrow.csv reads the same cells in batches and checks nothing: no encodings, no controls, no lengths, no row numbers
once a row is skipped. What we cost beyond it is the price of the checks. Peak memory is that of a fresh process that
does nothing but read; it must not grow with the file. A workbook is read beside calamine alone, which judges nothing.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

import polars as pl
import pyarrow as pa
import xlsxwriter
from beside import by_turns, compare, machine
from pyarrow import csv as arrow
from python_calamine import CalamineWorkbook

from amana.reading.limits import BLOCK_ROWS
from amana.reading.open import open_file

ROWS: Final = 1_000_000
RUNS: Final = 3
MANY: Final = 5_000_000
SHEET: Final = 50_000
DRAWN: Final = 20_000  # rows made one by one
COLUMNS: Final = 30
CODES: Final = ("MAR", "IDENT", "_U", "1", "0", "F", "M", "Y12T17", "EXP_BEG", "ORIENTAL")
NAMES: Final = [f"COLUMN_{at}" for at in range(COLUMNS)]


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        million, sheet = written(folder / "million", ROWS), workbook(folder / "sheet")
        print(f"{ROWS:,} rows x {COLUMNS} columns, {million.stat().st_size / 1e6:,.0f} MB")
        ours, library, bare = by_turns(
            lambda: read(million), lambda: by_library(million), lambda: by_arrow(million), runs=RUNS
        )
        compare("CSV beside csv.reader", ours, library)
        compare("CSV beside pyarrow.csv, unchecked", ours, bare)
        print(f"CSV: {ROWS / ours.cpu:,.0f} rows for a second of CPU")
        ours, bare = by_turns(lambda: read(sheet), lambda: by_calamine(sheet), runs=RUNS)
        compare(f"XLSX of {SHEET:,} rows beside calamine, unchecked", ours, bare)
        print(f"XLSX: {SHEET / ours.cpu:,.0f} rows for a second of CPU")
        for path, rows in ((million, ROWS), (written(folder / "many", MANY), MANY), (sheet, SHEET)):
            print(f"peak memory over {rows:,} rows ({path.name}): {peak(path):,.0f} MiB")


def drawn() -> list[list[str]]:
    """Return some rows: a pseudonym and codes."""
    rng = Random(7)  # noqa: S311 - synthetic data, not a secret
    return [[f"{rng.getrandbits(128):032x}", *rng.choices(CODES, k=COLUMNS - 1)] for _ in range(DRAWN)]


def written(path: Path, rows: int) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(drawn())
    body = text.getvalue().encode()
    with path.open("wb") as file:
        file.write((",".join(NAMES) + "\r\n").encode())
        for _ in range(rows // DRAWN):
            file.write(body)
    return path


def workbook(path: Path) -> Path:
    rows = drawn()
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, NAMES)
        for row in range(SHEET):
            sheet.write_row(row + 1, 0, rows[row % DRAWN])
    return path


def read(path: Path) -> int:
    with open_file(path) as opened:
        return sum(len(block) for block in opened.blocks())


def by_library(path: Path) -> int:
    schema = dict.fromkeys(NAMES, pl.String)
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, strict=True)
        next(lines)
        return sum(pl.DataFrame(chunk, schema=schema, orient="row").height for chunk in chunks(lines))


def chunks(lines: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    while chunk := list(islice(lines, BLOCK_ROWS)):
        yield chunk


def by_arrow(path: Path) -> int:
    texts = arrow.ConvertOptions(column_types=dict.fromkeys(NAMES, pa.string()), strings_can_be_null=False)
    with arrow.open_csv(path, arrow.ReadOptions(use_threads=False, block_size=4 << 20), None, texts) as batches:
        return sum(pl.DataFrame(pl.from_arrow(batch)).height for batch in batches)


def by_calamine(path: Path) -> int:
    with CalamineWorkbook.from_path(path) as book:
        return len(book.get_sheet_by_index(0).to_python())


def peak(path: Path) -> float:
    """Return the largest resident size, in MiB, of a process that reads the file."""
    told = subprocess.run([sys.executable, __file__, str(path)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(Path(sys.argv[1]))
        status = Path("/proc/self/status").read_text(encoding="ascii")  # ru_maxrss would count the parent's pages too
        print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
    else:
        main()

"""Looking for direct identifiers in a million cells: our scan beside presidio reading every cell.

The file is like the demo's, with identifiers pasted into cells at random, as a hurried clerk would. The peer is
presidio's own batch engine with the very recognisers that the scan uses, so that only the way of asking differs. It
reads a sample of the cells, and its time is scaled up; it reads every planted cell, so what it finds is not scaled.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Final

import polars as pl
from beside import by_turns, compare, machine
from beside.contribution import COMMITTEE, DATAFLOW, rows_and_columns, write_csv
from presidio_analyzer import BatchAnalyzerEngine

from amana.codebook.load import load
from amana.config import HOME
from amana.demo.synthetic.registry import Row
from amana.findings import Finding, letter
from amana.identifiers import recognisers
from amana.identifiers.engine import Reader
from amana.identifiers.scan import scan
from amana.reading.batch import Batch, read_csv

CELLS: Final = 1_000_000
EACH: Final = 30  # identifiers planted of each kind
SAMPLE: Final = 2_000  # cells that the peer reads
DISTINCT: Final = 1_000  # distinct values that it reads; most are pseudonyms, which cost it more
RUNS: Final = 3

Place = tuple[int, str]  # file row, column's letter
KINDS: Final[dict[str, Callable[[Random], str]]] = {
    "e-mail": lambda rng: f"person{rng.randrange(10**6)}@example.ma",
    "telephone, international": lambda rng: f"+212 6{rng.randrange(10**8):08}",
    "telephone, national": lambda rng: f"06{rng.randrange(10**8):08}",
    "telephone, Arabic digits": lambda rng: arabic(f"06{rng.randrange(10**8):08}"),
    "telephone in a sentence": lambda rng: f"voir dossier, tél. 06 {rng.randrange(10**8):08}",
    "identity card (MAR)": lambda rng: f"bk{rng.randrange(10**6):06}",
    "identity number (EGY)": lambda rng: (
        f"2{rng.randrange(70, 99)}0112{rng.choice(['01', '21'])}{rng.randrange(10**5):05}"
    ),
    "bank account": lambda rng: iban(rng.randrange(10**20)),
    "passport beside the word": lambda rng: f"جواز السفر {rng.choice('ABEK')}{rng.randrange(10**7):07}",
    "account name": lambda rng: f"@person_{rng.randrange(10**6)}",
    "date of birth": lambda rng: f"{rng.randrange(1, 28)}/{rng.randrange(1, 12)}/{rng.randrange(1960, 2015)}",
    "date, Arabic digits": lambda rng: arabic(f"{rng.randrange(1, 28)}/{rng.randrange(1, 12)}/2009"),
    "name of a person": lambda rng: rng.choice(["Fatima Zahra", "محمد", "Aminata K."]),
}


def main() -> None:
    rng = Random(7)  # noqa: S311  synthetic data, not a secret
    book = load()
    known = recognisers.load(HOME / "policies" / "identifiers.toml")
    rows, columns = rows_and_columns(CELLS // 84, book)
    rows = rows[: CELLS // len(columns)]
    with tempfile.TemporaryDirectory() as folder:
        sound = read_csv(write_csv(Path(folder) / "sound.csv", rows, columns), DATAFLOW, book)
        planted = plant(rows, columns, rng)
        batch = read_csv(write_csv(Path(folder) / "victims.csv", rows, columns), DATAFLOW, book)
    cells = batch.frame.height * batch.frame.width
    distinct = [value for name in batch.frame.columns for value in batch.frame[name].unique()]
    unplanted = [(row, name) for row in batch.rows for name in batch.frame.columns if (row, name) not in planted]
    sample, some = rng.sample(unplanted, SAMPLE), rng.sample(distinct, DISTINCT)
    peer = BatchAnalyzerEngine(Reader(known, COMMITTEE)._engine)  # noqa: SLF001 - the engine without our reading around it

    print(machine())
    print(f"{cells:,} cells ({batch.frame.height:,} rows), {len(distinct):,} distinct values, {len(planted)} planted")
    print(
        f"presidio reads {SAMPLE:,} cells, and {DISTINCT:,} of the distinct values; its times are scaled up from there"
    )
    ours, untouched, every, once = by_turns(
        lambda: scan(batch, book, known, COMMITTEE),
        lambda: scan(sound, book, known, COMMITTEE),
        lambda: hits(peer, texts(batch, sample)),
        lambda: hits(peer, some),
        runs=RUNS,
    )
    compare("scan", ours, every.times(cells / SAMPLE), "presidio on every cell")
    compare("scan", ours, once.times(len(distinct) / DISTINCT), "presidio on each value once")
    print(
        f"the same file before anything was planted: ours {untouched.cpu:.2g} s, because presidio is not asked at all"
    )

    found = places(scan(batch, book, known, COMMITTEE))
    in_order = list(planted)
    theirs = {place for place, hit in zip(in_order, hits(peer, texts(batch, in_order)), strict=True) if hit}
    tell(planted, found, theirs)
    print(f"cells named although nothing was planted: ours {len(found - planted.keys())} of {cells:,}, ", end="")
    print(f"presidio {sum(hits(peer, texts(batch, sample)))} of the {SAMPLE:,} it read")


def plant(rows: list[Row], columns: list[str], rng: Random) -> dict[Place, str]:
    """Paste the identifiers into cells at random and return where each kind is."""
    spots = iter(rng.sample(range(len(rows) * len(columns)), EACH * len(KINDS)))
    planted = {}
    for kind, make in KINDS.items():
        for _ in range(EACH):
            row, column = divmod(next(spots), len(columns))
            rows[row][columns[column]] = make(rng)
            planted[row + 2, letter(column)] = kind  # the header is row 1
    return planted


def arabic(digits: str) -> str:
    return digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


def iban(account: int) -> str:
    """Return a Tunisian account number with its check digits (ISO 13616): T is 29, N is 23."""
    return f"TN{98 - int(f'{account:020}292300') % 97:02}{account:020}"


def texts(batch: Batch, places: Iterable[Place]) -> list[str]:
    lookup = {name: batch.frame[name] for name in batch.frame.columns}
    return [lookup[column][row - 2] for row, column in places]


def hits(peer: BatchAnalyzerEngine, cells: list[str]) -> list[bool]:
    """Return, for each cell, whether presidio names anything in it."""
    return [bool(results) for results in peer.analyze_iterator(cells, "xx")]


def places(findings: Iterable[Finding]) -> set[Place]:
    """Return every cell that the findings name; planted ones are so few in a column that no finding cuts its list."""
    return {(row, finding.letter) for finding in findings for row in finding.facts.get("rows", ())}


def tell(planted: dict[Place, str], ours: set[Place], theirs: set[Place]) -> None:
    mine = Counter(kind for place, kind in planted.items() if place in ours)
    other = Counter(kind for place, kind in planted.items() if place in theirs)
    drawn = [{"planted": kind, "of": EACH, "ours": mine[kind], "presidio": other[kind]} for kind in KINDS]
    drawn.append({"planted": "all", "of": len(planted), "ours": mine.total(), "presidio": other.total()})
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(pl.DataFrame(drawn))


if __name__ == "__main__":
    main()

"""Undoing pseudonyms that were made without a key: our probe beside trying the same spaces with hashlib, one by one.

The pseudonyms are sound (random), which is the dear case: everything is tried, and nothing found. The tables of numbers
and dates are made once per process; both ways of making them are timed, and then the probe of a file with them.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from random import Random
from typing import Final

import polars as pl
from beside import by_turns, compare, machine

from amana.codebook.load import load
from amana.codebook.model import Codebook
from amana.reading.sheet import Block
from amana.validation.batch import Batch
from amana.validation.probing import Probe
from amana.validation.spaces import DIGEST_BYTES, table

ROWS: Final = 1_000_000
BLOCK: Final = 50_000
FORMS: Final = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d%m%Y", "%m/%d/%Y")


def main() -> None:
    book = load()
    rng = Random(7)  # noqa: S311 - synthetic data
    blocks = [pl.Series("PSEUDONYM", [rng.randbytes(32).hex() for _ in range(BLOCK)]) for _ in range(ROWS // BLOCK)]
    print(machine())
    ours, peer = by_turns(lambda: tables(("sha256",)), lambda: one_by_one("sha256"), runs=3)
    compare("numbers and dates under SHA-256, for pseudonyms of 64 digits", ours, peer, "hashlib")
    (cost,) = by_turns(lambda: tables(tuple(DIGEST_BYTES)), runs=3)
    print(f"under all three, for pseudonyms of 32 digits: {cost.cpu:.2g} s")
    (cost,) = by_turns(lambda: probe(blocks, book), runs=3)
    print(f"a sound file of {ROWS:,} rows, tables made: {cost.cpu:.2g} s")


def tables(digests: tuple[str, ...]) -> None:
    """Make the tables anew."""
    table.cache_clear()
    for digest in digests:
        for space in ("numbers", "dates"):
            table(space, digest)


def one_by_one(digest: str) -> list[bytes]:
    """Digest the same texts the obvious way."""
    texts = [f"{number:0{width}}" for width in range(1, 7) for number in range(10**width)]
    texts += [f"{number:0{width}}" for width in range(7, 11) for number in range(100_000)]
    days = [date(1900, 1, 1) + timedelta(days=number) for number in range((date(2031, 1, 1) - date(1900, 1, 1)).days)]
    texts += [day.strftime(form) for form in FORMS for day in days]
    made = getattr(hashlib, digest)
    return sorted(made(text.encode()).digest()[:8] for text in texts)


def probe(blocks: list[pl.Series], book: Codebook) -> None:
    """Probe a file."""
    watch = Probe(book.dataflow("VICTIMS"), book)
    for place, cells in enumerate(blocks):
        frame = cells.to_frame()
        rows = pl.int_range(2 + place * BLOCK, 2 + (place + 1) * BLOCK, dtype=pl.Int64, eager=True)
        watch.see(Batch("VICTIMS", frame, rows, {"PSEUDONYM": "A"}))
        watch.see_beside(Block(frame.rename({"PSEUDONYM": "A"}), rows))
    if list(watch.findings()):
        raise SystemExit("a random pseudonym was undone")


if __name__ == "__main__":
    main()

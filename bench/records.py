"""A million records at rest: encrypted Parquet with keyed pseudonyms beside plain Parquet of the same columns.

Told twice, because two things are added. Without pseudonyms, what is added is encryption (and a safe write: sync,
then rename). With them, every pseudonym also becomes its HMAC-SHA-256 on the way in, one by one; the peer stores the
32 bytes as they came. The rows are the demo's, drawn a million times with replacement.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from beside import by_turns, compare, machine
from beside.contribution import COMMITTEE, DATAFLOW, rows_and_columns, write_csv

from amana.codebook.load import load
from amana.codebook.records import Records
from amana.reading.open import open_file
from amana.validation.columns import of_sheet
from amana.validation.encode import encode
from amana.vault.keys import KeyStore
from amana.vault.records import HoldingFacts, read_records
from amana.vault.secret import new_secret
from amana.vault.writing import write_records

RECORDS: Final = 1_000_000
PERSONS: Final = 2_000  # made one by one
RUNS: Final = 3
PERIOD: Final = "2024"
FACTS: Final = HoldingFacts("hld_bench", COMMITTEE, DATAFLOW, PERIOD, "0" * 64)


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        codes = without_names(folder)
        rng = Random(7)  # noqa: S311  synthetic data, not a secret
        named = replace(codes, pseudonyms=tuple(rng.randbytes(32).hex() for _ in range(RECORDS)))
        keys = key_store(folder)
        beside_plain(folder, "codes and flags", codes, keys)
        beside_plain(folder, "codes, flags and pseudonyms", named, keys)


def without_names(folder: Path) -> Records:
    """Return a million records of codes and flags."""
    book = load()
    rows, columns = rows_and_columns(PERSONS, book)
    asked = [name for name in columns if name in rows[0]]
    with open_file(write_csv(folder / "victims.csv", rows, asked)) as opened:
        batch = of_sheet(opened.sheet, DATAFLOW, book).batch(next(opened.blocks()))
    few = encode(batch, book, COMMITTEE, PERIOD)
    drawn = np.random.default_rng(7).integers(0, len(few), RECORDS)
    return replace(
        few,
        columns={name: column[drawn] for name, column in few.columns.items()},
        flags={name: flag[drawn] for name, flag in few.flags.items()},
        pseudonyms=None,
        links={},
    )


def key_store(folder: Path) -> KeyStore:
    root = folder / "root.key"
    root.write_text(new_secret())
    root.chmod(0o600)
    return KeyStore(folder / "keys", root)


def beside_plain(folder: Path, what: str, records: Records, keys: KeyStore) -> None:
    key_id = keys.make(COMMITTEE)
    sealed, plain = folder / "sealed.parquet", folder / "plain.parquet"

    def write_ours() -> None:
        write_records(records, FACTS, folder, sealed.name, keys=keys, key_id=key_id, pseudonym_key=b"k" * 32)

    def write_plain() -> None:
        arrays = {name: pa.array(values) for name, values in (*records.columns.items(), *records.flags.items())}
        if records.pseudonyms is not None:
            arrays["PSEUDONYM"] = pa.array([bytes.fromhex(one) for one in records.pseudonyms], pa.binary(32))
        pq.write_table(pa.table(arrays), plain)

    def read_plain() -> None:
        table = pq.read_table(plain)
        for name in (*records.columns, *records.flags):
            table[name].to_numpy()
        if records.pseudonyms is not None:
            tuple(one.hex() for one in table["PSEUDONYM"].to_pylist())

    ours, peer = by_turns(write_ours, write_plain, runs=RUNS)
    compare(f"write {what}", ours, peer, "plain Parquet")
    ours, peer = by_turns(lambda: read_records(sealed, FACTS, keys, key_id), read_plain, runs=RUNS)
    compare(f"read {what}", ours, peer, "plain Parquet")
    sizes = sealed.stat().st_size, plain.stat().st_size
    print(
        f"size of {what}: ours {sizes[0] / 1e6:.1f} MB, plain {sizes[1] / 1e6:.1f} MB, {sizes[0] / sizes[1]:.3f} times"
    )


if __name__ == "__main__":
    main()

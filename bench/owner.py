"""A million records, and what their owner asks: a hundred persons taken out, and a better file compared with the first.

The peer does the same with plain Parquet held whole: pyarrow filters and writes, polars joins on the pseudonym and
compares every column. Ours is encrypted, goes row group by row group, and puts the new file safely on the disk.
"""

from __future__ import annotations

import resource
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from beside import by_turns, compare, machine

from amana.codebook.records import Records
from amana.vault.keys import KeyStore
from amana.vault.records import HoldingFacts, pseudonymise
from amana.vault.rewrite import Source, rewrite, without
from amana.vault.secret import new_secret
from amana.vault.writing import write_records
from amana.worker.difference import compared

RECORDS: Final = 1_000_000
COLUMNS: Final = 29
LEAVE: Final = 100  # persons
KEY: Final = b"k" * 32
FACTS: Final = HoldingFacts("hld_bench", "MAR", "VICTIMS", "2024", "0" * 64)


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "root.key").write_text(new_secret())
        (folder / "root.key").chmod(0o600)
        keys = KeyStore(folder / "keys", folder / "root.key")
        old = drawn()
        first, better = stored(folder, "old", old, keys), stored(folder, "new", changed(old), keys)
        take_out(folder, first, old, keys)
        ours, peer = by_turns(lambda: compared(first, better), lambda: joined(folder), runs=3)
        compare("compare two versions", ours, peer, "polars, plain Parquet")
        told = compared(first, better)
        print(
            f"told: {told.added} added, {told.removed} removed, {told.changed} changed, by {sorted(told.parts or {})}"
        )
    print(f"memory at the most, the peer's and the making of the data with it: {_peak():.2f} GB")


def drawn() -> Records:
    rng, chance = np.random.default_rng(7), Random(7)  # noqa: S311  synthetic data, not a secret
    columns = {f"V{number:02}": rng.integers(0, 12, RECORDS).astype(np.int16) for number in range(COLUMNS)}
    names = tuple(chance.randbytes(32).hex() for _ in range(RECORDS))
    return Records("VICTIMS", "MAR", "2024", columns, {}, names, {}, frozenset(columns) | {"PSEUDONYM"})


def changed(old: Records) -> Records:
    """Return the same with ten thousand persons gone, as many new, and three columns changed for every hundredth."""
    chance, names = Random(8), list(old.pseudonyms or ())  # noqa: S311  as above
    for place in range(0, RECORDS, 100):
        names[place] = chance.randbytes(32).hex()
    columns = {name: column.copy() for name, column in old.columns.items()}
    for name in list(columns)[:3]:
        columns[name][50::100] = (columns[name][50::100] + 1) % 12
    return replace(old, columns=columns, pseudonyms=tuple(names))


def stored(folder: Path, name: str, records: Records, keys: KeyStore) -> Source:
    key_id = keys.make("MAR")
    write_records(records, FACTS, folder, name, keys=keys, key_id=key_id, pseudonym_key=KEY)
    plain = {column: pa.array(values) for column, values in records.columns.items()}
    plain["PSEUDONYM"] = pa.array([bytes.fromhex(one) for one in records.pseudonyms or ()], pa.binary())
    pq.write_table(pa.table(plain), folder / f"{name}.parquet")
    return Source(folder / name, FACTS, keys, key_id)


def take_out(folder: Path, source: Source, records: Records, keys: KeyStore) -> None:
    leaving = list(records.pseudonyms or ())[: LEAVE * 1000 : 1000]
    macs = [one.hex() for one in pseudonymise(KEY, "MAR", "VICTIMS", "PSEUDONYM", leaving)]
    key_id = keys.make("MAR")
    wanted = pa.array([bytes.fromhex(one) for one in leaving], pa.binary())

    def ours() -> None:
        if rewrite(source, without(macs), replace(FACTS, holding="hld_after"), "after", key_id).rows != RECORDS - LEAVE:
            raise AssertionError("somebody is left, or somebody too many is gone")

    def peer() -> None:
        table = pq.read_table(folder / "old.parquet")
        pq.write_table(table.filter(pc.invert(pc.is_in(table["PSEUDONYM"], value_set=wanted))), folder / "plain-after")

    compare(f"take {LEAVE} persons out", *by_turns(ours, peer, runs=3), "pyarrow, plain Parquet")


def joined(folder: Path) -> int:
    old, new = (pl.read_parquet(folder / f"{name}.parquet") for name in ("old", "new"))
    both = old.join(new, on="PSEUDONYM", how="inner", suffix="_new")
    return sum(int((both[name] != both[f"{name}_new"]).sum()) for name in old.columns if name != "PSEUDONYM")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()

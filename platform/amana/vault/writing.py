"""Write records as they come: one encrypted row group after another, in a file that has no name until it is whole.

Until ``settle`` the file is a draft, ``.<name>.draft``: no row names it, and a sweep may remove it with its key once
the attempt that its name tells is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from amana import durable
from amana.codebook.records import Records
from amana.faults import point
from amana.vault.keys import KeyStore
from amana.vault.records import HoldingFacts, StoredFile, as_table, sealed_for


class Writing:
    """A file of records being written; it takes blocks of one batch, all with the same columns, in order."""

    def __init__(
        self, facts: HoldingFacts, folder: Path, name: str, *, keys: KeyStore, key_id: str, pseudonym_key: bytes
    ) -> None:
        """Begin ``folder/name``. The key is not asked for before the first block.

        name:          unique to the attempt, e.g. ``bat_….2.key_…``.
        pseudonym_key: 32 bytes; pseudonyms and links are stored as its HMAC only.
        """
        self.facts = facts
        self._path = folder / name
        self._draft = self._path.with_name(f".{name}.draft")
        self._keys, self._key_id, self._pseudonym_key = keys, key_id, pseudonym_key
        self._writer: pq.ParquetWriter | None = None
        self._rows = 0

    def add(self, records: Records) -> None:
        """Write the next block as a row group of its own. Raises KeyMissing, KeyUnusable."""
        table = as_table(records, self.facts, self._pseudonym_key)
        writer = self._writer or self._begin(table.schema)
        writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._rows += table.num_rows
        point("vault.row_group_written")

    def settle(self) -> StoredFile:
        """Give the file its name; on return it survives a power cut. At least one block was added."""
        if self._writer is None:
            raise ValueError("a file of no block at all was to be stored")
        self._writer.close()
        durable.sync_file(self._draft)
        point("vault.records_drafted")
        self._draft.rename(self._path)
        durable.sync_folder(self._path.parent)
        point("vault.records_stored")
        return StoredFile(self._path.name, self._key_id, self._rows)

    def give_up(self) -> None:
        """Destroy the draft, if there is one; a settled file stays."""
        try:
            if self._writer is not None:
                self._writer.close()
        finally:
            durable.destroy(self._draft)

    def _begin(self, schema: pa.Schema) -> pq.ParquetWriter:
        sealed = sealed_for(self._keys, self._key_id)
        self._draft.touch(durable.OWNER_ONLY, exist_ok=False)
        self._writer = pq.ParquetWriter(self._draft, schema, encryption_properties=sealed)
        return self._writer


@contextmanager
def writing(
    facts: HoldingFacts, folder: Path, name: str, *, keys: KeyStore, key_id: str, pseudonym_key: bytes
) -> Iterator[Writing]:
    """Yield a file to write into; unless it was settled, nothing of it is left afterwards."""
    begun = Writing(facts, folder, name, keys=keys, key_id=key_id, pseudonym_key=pseudonym_key)
    try:
        yield begun
    finally:
        begun.give_up()


def write_records(
    records: Records, facts: HoldingFacts, folder: Path, name: str, *, keys: KeyStore, key_id: str, pseudonym_key: bytes
) -> StoredFile:
    """Write one block as ``folder/name``; on return the file survives a power cut. Raises KeyMissing, KeyUnusable."""
    with writing(facts, folder, name, keys=keys, key_id=key_id, pseudonym_key=pseudonym_key) as begun:
        begun.add(records)
        return begun.settle()

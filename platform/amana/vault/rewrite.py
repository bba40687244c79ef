"""Rewrite a holding: the same records but for some persons, under another key; the old file is left to be destroyed.

A person is known here only by the HMAC under which her pseudonym rests, 64 hex characters as ``read_records`` gives
it. One row group is held at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from amana import canonical, durable
from amana.codebook.records import Records, join
from amana.faults import point
from amana.vault.keys import KeyStore
from amana.vault.records import (
    CODED,
    FLAG,
    META,
    PSEUDONYM,
    HoldingFacts,
    StoredFile,
    as_records,
    opened,
    said,
    sealed_for,
)
from amana.vault.secret import SECRET_BYTES

Change = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Source:
    """A file of the vault, what it must say of itself, and the key that it is under."""

    path: Path
    facts: HoldingFacts
    keys: KeyStore = field(repr=False)
    key_id: str


def columns_of(source: Source) -> tuple[str, ...]:
    """Return the names of the file's columns, as they rest. Raises KeyMissing, HoldingUnreadable."""
    with opened(source.path, source.keys, source.key_id) as file:
        said(file.schema_arrow, source.facts)
        return tuple(file.schema_arrow.names)


def column_of(source: Source, name: str) -> pa.ChunkedArray:
    """Return one column of the file. Raises KeyMissing, HoldingUnreadable."""
    with opened(source.path, source.keys, source.key_id) as file:
        return file.read(columns=[name])[name]


def persons_in(source: Source, persons: Collection[str]) -> frozenset[str]:
    """Return which of the persons are in the file. Raises KeyMissing, HoldingUnreadable."""
    wanted = _wanted(persons)
    found: set[str] = set()
    for group in _groups(source, [PSEUDONYM]):
        for column in group.filter(_are(group, wanted)).columns:
            found |= {value.hex() for value in column.to_pylist()}
    return frozenset(found)


def records_of(source: Source, persons: Collection[str]) -> Records:
    """Return the persons' own records, in the order of the file. Raises KeyMissing, HoldingUnreadable."""
    wanted = _wanted(persons)
    parts = [as_records(group.filter(_are(group, wanted)), source.facts) for group in _groups(source)]
    return join(parts)


def rewrite(source: Source, change: Change, facts: HoldingFacts, name: str, key_id: str) -> StoredFile:
    """Write what ``change`` makes of each row group beside the source, as ``name``, under the key ``key_id``.

    facts: what the new file says of itself. On return it survives a power cut; the source is as it was.
    Raises KeyMissing, KeyUnusable, HoldingUnreadable.
    """
    path = source.path.with_name(name)
    draft = path.with_name(f".{name}.draft")
    rows = 0
    try:
        with opened(source.path, source.keys, source.key_id) as file:
            now_said = {**said(file.schema_arrow, source.facts), "facts": vars(facts)}
            schema = file.schema_arrow.with_metadata({META: canonical.encode(now_said)})
            sealed = sealed_for(source.keys, key_id)
            with pq.ParquetWriter(draft, schema, encryption_properties=sealed) as writer:
                for number in range(file.num_row_groups):
                    kept = change(file.read_row_group(number))
                    rows += kept.num_rows
                    writer.write_table(kept.replace_schema_metadata(schema.metadata))
        draft.chmod(durable.OWNER_ONLY)
        durable.sync_file(draft)
        point("vault.rewrite_drafted")
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    durable.sync_folder(path.parent)
    point("vault.rewritten")
    return StoredFile(name, key_id, rows)


def without(persons: Collection[str]) -> Change:
    """Return the change that leaves these persons out."""
    wanted = _wanted(persons)
    return lambda group: group.filter(pc.invert(_are(group, wanted)))


def put_right(corrected: Records) -> Change:
    """Return the change that gives each person of ``corrected`` her new values, in every row of hers.

    corrected: pseudonyms as HMACs; only its coded columns and flags are taken, and only where the file has them.
    """
    place = {bytes.fromhex(person): number for number, person in enumerate(corrected.pseudonyms or ())}
    values: dict[str, Any] = {CODED + name: column for name, column in corrected.columns.items()}
    values |= {FLAG + name: column for name, column in corrected.flags.items()}
    wanted = _wanted(corrected.pseudonyms or ())

    def change(group: pa.Table) -> pa.Table:
        rows = np.flatnonzero(_are(group, wanted).to_numpy(zero_copy_only=False))
        new = [place[value.as_py()] for value in group[PSEUDONYM].take(rows)] if rows.size else []
        return _with(group, values, rows, np.array(new, dtype=np.int64))

    return change


def _with(group: pa.Table, values: Mapping[str, Any], rows: Any, new: Any) -> pa.Table:  # noqa: ANN401 - arrays
    for number, column in enumerate(group.schema):
        if column.name in values and len(rows):
            cells = group[column.name].to_numpy().copy()
            cells[rows] = values[column.name][new]
            group = group.set_column(number, column, pa.array(cells, column.type))
    return group


def _wanted(persons: Collection[str]) -> pa.Array:
    return pa.array([bytes.fromhex(person) for person in persons], pa.binary(SECRET_BYTES))


def _are(group: pa.Table, wanted: pa.Array) -> pa.Array:
    """Return (n,) whether each row is one of the wanted persons'; where pseudonyms were left behind, none is."""
    if PSEUDONYM not in group.column_names:
        return pa.array(np.zeros(group.num_rows, dtype=np.bool_))
    return pc.is_in(group[PSEUDONYM].combine_chunks(), value_set=wanted)


def _groups(source: Source, columns: list[str] | None = None) -> Iterator[pa.Table]:
    with opened(source.path, source.keys, source.key_id) as file:
        said(file.schema_arrow, source.facts)
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=columns)

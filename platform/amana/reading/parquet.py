"""Parquet with flat columns, batch by batch. A row number is the place of the record in the file; the first is 1.

Texts stay dictionaries until their length is known: a file of a few bytes can say one long text a million times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
from pyarrow import compute, types
from pyarrow.parquet import ParquetFile

from amana.findings import Finding, letter
from amana.reading.gate import Gate
from amana.reading.heading import sheet_named
from amana.reading.limits import BLOCK_ROWS, Limits
from amana.reading.opened import Opened
from amana.reading.sheet import Block
from amana.reading.tally import Tally
from amana.reading.texts import text_of
from amana.reading.unreadable import FileUnreadable, unreadable

_TEXTS: Final = 256 << 20  # bytes of one column of one batch, written out
_BROKEN: Final = (pa.ArrowException, OSError, ValueError, OverflowError, NotImplementedError, TypeError, KeyError)
_SCALARS: Final = (
    types.is_boolean,
    types.is_integer,
    types.is_floating,
    types.is_decimal,
    types.is_date,
    types.is_time,
    types.is_timestamp,
    types.is_null,
)


def read(path: Path, limits: Limits) -> Opened:
    """Return the records of the file. Raises FileUnreadable where it is damaged, too large, or has other columns."""
    try:
        with ParquetFile(path) as file:
            schema, metadata = file.schema_arrow, file.metadata
            groups = [metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups)]
            rows = metadata.num_rows
            names = [name.encode().decode() for name in schema.names]
    except _BROKEN as fault:
        raise unreadable("structure.damaged") from fault
    if rows > limits.rows:
        raise unreadable("structure.rows_limit", limit=limits.rows)
    if max(groups, default=0) > limits.inflated:
        raise unreadable("structure.inflated", limit=limits.inflated >> 20)
    sheet = sheet_named(names, limits)
    _refuse_types(schema)
    texts = [name for name, kind in zip(names, schema.types, strict=True) if _is_text(kind)]

    def start(tally: Tally) -> Iterator[Block]:
        return _blocks(path, texts, Gate(sheet, limits, tally))

    return Opened("parquet", sheet, start)


def _refuse_types(schema: pa.Schema) -> None:
    faults = []
    for at, kind in enumerate(schema.types):
        if types.is_nested(kind):
            faults.append(Finding("structure.nested_column", letter=letter(at)))
        elif not _is_text(kind) and not any(is_one(kind) for is_one in _SCALARS):
            faults.append(Finding("structure.column_type", letter=letter(at)))
    if faults or not schema.types:
        raise FileUnreadable(faults or [Finding("structure.empty")])


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _blocks(path: Path, texts: Sequence[str], gate: Gate) -> Iterator[Block]:
    row = 1
    for batch in _batches(path, texts):
        frame = _frame(batch)
        numbers = pl.Series("row", range(row, row + batch.num_rows), dtype=pl.Int64)
        row += batch.num_rows
        yield from gate.blocks(frame, numbers)
    gate.end()


def _batches(path: Path, texts: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        with ParquetFile(path, read_dictionary=list(texts), page_checksum_verification=True) as file:
            for batch in file.iter_batches(batch_size=BLOCK_ROWS, use_threads=False):
                batch.validate(full=True)
                yield batch
    except _BROKEN as fault:
        raise unreadable("structure.damaged") from fault


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    try:
        columns = {letter(at): _texts(column, letter(at)) for at, column in enumerate(batch.columns)}
    except _BROKEN as fault:
        raise unreadable("structure.damaged") from fault
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _texts(column: pa.Array, place: str) -> pl.Series:
    kind = column.type
    if types.is_dictionary(kind):
        longest = compute.max(compute.binary_length(column.dictionary)).as_py() or 0
        if longest * len(column) > _TEXTS:
            raise unreadable("structure.cell_length", letter=place, limit=_TEXTS // len(column))
        column = column.dictionary_decode()
    if _is_text(kind):
        return pl.Series(values=pl.from_arrow(column.cast(pa.large_string()))).fill_null("")
    if types.is_integer(kind):
        return pl.Series(values=pl.from_arrow(column)).cast(pl.String).fill_null("")
    if types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    return pl.Series(values=[text_of(value) for value in column.to_pylist()], dtype=pl.String)

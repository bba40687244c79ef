"""Encode an accepted batch: texts become positions in the codebook's lists. A cell that has no position stops it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.codebook.model import OBS_VALUE, Codebook, Kind, Variable
from amana.codebook.records import STORED_FLAG, Records, join
from amana.validation.ages import IN_ORDER, stored
from amana.validation.batch import Batch


@dataclass(frozen=True)
class Observations:
    """The rows of a table-only dataflow: the dimensions as records without persons, and how many units each counts.

    values: (n,) int64, >= 0.
    """

    cells: Records
    values: NDArray[np.int64] = field(compare=False)


def encode(batch: Batch, book: Codebook, committee: str, period: str) -> Records:
    """Return the batch as records of ``committee`` and ``period``.

    Raises ValueError, without a value in it, when a cell has no code: only what the rules accepted is encoded.
    """
    flow = book.dataflow(batch.dataflow)
    present = [one for one in flow.variables if _is_collected(one, batch, book)]
    coded = [one for one in present if one.kind is Kind.CODED]
    multi = [code for one in present if one.kind is Kind.MULTI for code in book.list_of(one).storable]
    pseudonyms = [one.id for one in present if one.kind is Kind.PSEUDONYM]
    return Records(
        dataflow=batch.dataflow,
        committee=committee,
        period=period,
        columns={one.id: _positions(batch, one, book) for one in coded},
        flags={code: _numbers(batch.cells(code), STORED_FLAG, pl.UInt8).astype(np.uint8) for code in multi},
        pseudonyms=tuple(batch.cells(pseudonyms[0])) if pseudonyms else None,
        links={one.id: tuple(batch.cells(one.id)) for one in present if one.kind is Kind.LINK},
        collected=frozenset(one.id for one in present),
    )


def encode_table(batch: Batch, book: Codebook, committee: str, period: str) -> Observations:
    """Return the batch of a table-only dataflow. Raises ValueError as ``encode`` does."""
    values = batch.cells(OBS_VALUE).cast(pl.Int64, strict=False)
    if values.null_count():
        raise ValueError("a cell of OBS_VALUE is no count")
    return Observations(encode(batch, book, committee, period), values.to_numpy())


def join_tables(blocks: Sequence[Observations]) -> Observations:
    """Return the rows of all blocks of one file, of which there is at least one, in their order."""
    return Observations(join([one.cells for one in blocks]), np.concatenate([one.values for one in blocks]))


def _is_collected(variable: Variable, batch: Batch, book: Codebook) -> bool:
    names = book.list_of(variable).storable if variable.kind is Kind.MULTI else (variable.id,)
    return all(name in batch for name in names)


def _positions(batch: Batch, variable: Variable, book: Codebook) -> NDArray[np.int16]:
    codes = book.list_of(variable)
    position = {code: place for place, code in enumerate(codes.storable)}
    said = {cell: position[code] for cell, code in stored(codes).items()} if variable.id in IN_ORDER else position
    return _numbers(batch.cells(variable.id), said, pl.Int16).astype(np.int16)


def _numbers(cells: pl.Series, said: Mapping[str, int], kind: type[pl.DataType]) -> NDArray[np.int64]:
    numbers = cells.replace_strict(list(said), list(said.values()), default=None, return_dtype=kind)
    if numbers.null_count():
        raise ValueError("a cell without a code reached the encoder")
    return numbers.cast(pl.Int64).to_numpy()

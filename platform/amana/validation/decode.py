"""Decode records: positions become the codebook's texts again, for the owner who asks what is held of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from amana.codebook.model import Codebook
from amana.codebook.records import STORED_FLAG, Records

_SAID: Final[Mapping[int, str]] = {value: cell for cell, value in STORED_FLAG.items()}


def decode(records: Records, book: Codebook) -> pl.DataFrame:
    """Return (n, columns) String: the canonical columns that the batch carries, but for pseudonyms and links.

    The reverse of ``amana.validation.encode.encode`` as far as it can be: an age comes back as the band it was stored
    as, and who a person is, or which event is hers, is not stored at all.
    """
    flow = book.dataflow(records.dataflow)
    columns: dict[str, Any] = {}
    for variable in flow.variables:
        if variable.id in records.columns:
            codes = book.list_of(variable).storable
            columns[variable.id] = [codes[place] for place in records.columns[variable.id]]
    for code, flags in records.flags.items():
        columns[code] = [_SAID[int(flag)] for flag in flags]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))

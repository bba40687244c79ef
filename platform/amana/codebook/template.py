"""The canonical CSV of a dataflow: its header, and an example file with three invented rows."""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from amana.codebook.load import FOLDER
from amana.codebook.model import UNKNOWN, Codebook, Column, Dataflow, Kind, Variable

_EXAMPLES: Final = "examples.toml"


def render(dataflow: Dataflow, book: Codebook) -> str:
    """Return the header row alone: the canonical columns in order, comma-separated, ended by one newline."""
    return _lines([[column.name for column in dataflow.columns(book)]])


def example(dataflow: Dataflow, book: Codebook, folder: Path = FOLDER) -> str:
    """Return the header and three invented rows that a committee may copy: every cell is valid.

    Pseudonyms and links are hashes of their own place in the file; they belong to nobody.
    """
    columns = dataflow.columns(book)
    rows = tomllib.loads((folder / _EXAMPLES).read_text(encoding="utf-8"))[dataflow.id]
    cells = [[_cell(column, row, place, dataflow, book) for column in columns] for place, row in enumerate(rows)]
    return _lines([[column.name for column in columns], *cells])


def _cell(column: Column, row: Mapping[str, object], place: int, dataflow: Dataflow, book: Codebook) -> str:
    yes = row.get("yes", ())
    if column.code is not None:
        return "1" if isinstance(yes, Sequence) and column.code in yes else "0"
    if column.name in row:
        return str(row[column.name])
    variable = dataflow.variable(column.variable)
    if variable.kind in {Kind.PSEUDONYM, Kind.LINK}:
        return hashlib.sha256(f"example {column.name} {place}".encode()).hexdigest()
    return _not_known(variable, book)


def _not_known(variable: Variable, book: Codebook) -> str:
    storable = book.list_of(variable).storable
    return UNKNOWN if UNKNOWN in storable else variable.residual or storable[0]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

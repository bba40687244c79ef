"""A slice as CSV, with the columns of SDMX-CSV: OBS_VALUE is empty where there is no figure, and the status says why.

Runs in: web.
Sees: a slice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from amana.codebook.model import Codebook
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import Slice
from amana.dissemination.words import CONF_STATUS, code_label

MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may run: OWASP, CSV injection


def render_csv(slice_: Slice, book: Codebook, language: str | None = None) -> bytes:
    """Return the slice as UTF-8 CSV (RFC 4180). The number of rows is ``len(slice_.rows)``.

    language: adds a ``<dimension>_LABEL`` column beside each dimension; None gives codes only.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    labels = [f"{dim}_LABEL" for dim in slice_.dims] if language else []
    writer.writerow(["DATAFLOW", PERIOD, *slice_.dims, *labels, "OBS_VALUE", "OBS_STATUS", "CONF_STATUS"])
    writer.writerows([_safe(cell) for cell in line] for line in _lines(slice_, book, language))
    return stream.getvalue().encode("utf-8")


def _lines(slice_: Slice, book: Codebook, language: str | None) -> Iterator[list[str]]:
    for row in slice_.rows:
        pairs = zip(slice_.dims, row.codes, strict=True)
        labels = [code_label(slice_.dataflow, dim, code, book, language) for dim, code in pairs] if language else []
        value = "" if row.value is None else str(row.value)
        yield [slice_.dataflow, row.period, *row.codes, *labels, value, row.status, CONF_STATUS[row.status]]


def _safe(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula: an apostrophe in front makes it a text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

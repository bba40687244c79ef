"""A slice as CSV, with the columns of SDMX-CSV: OBS_VALUE is empty where there is no figure, and the status says why.

An estimated count (status E) has the ends of its 95 % interval beside it; what was not measured (status O) has no value
and no ends, only the smoothed figure. For Excel there is another kind: it finds the
columns by itself where it is set to French, and reads letters and numbers right.

Runs in: web.
Sees: a slice.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from amana.codebook.model import Codebook
from amana.dissemination.indicators import Told, told
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import Row, Slice
from amana.dissemination.words import CONF_STATUS, label_in, mark

_BOM: Final = "\ufeff"  # by which Excel knows UTF-8
_POINT: Final = {
    "en": "."
}  # of decimals, as Excel is set where French or Arabic is read in North and West Africa: a comma
_SOURCE: Final = ("VINTAGE", "RELEASE", "LEAST_COUNT", "MARK")
MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
_NUMBER: Final = re.compile(r"-?[0-9]+([.,][0-9]+)?")  # an estimate may be below 0
_SPREAD: Final = ("LOWER_95", "UPPER_95", "DISPLAY")  # of an estimate: the ends of its interval, a smoothed figure
_ENDS: Final = ("", "_LOWER", "_UPPER", "_STATUS")  # of a share or a change
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may run: OWASP, CSV injection


def render_csv(slice_: Slice, book: Codebook, language: str | None = None) -> bytes:
    """Return the slice as UTF-8 CSV (RFC 4180). The number of rows is ``len(slice_.rows)``.

    language: adds a ``<dimension>_LABEL`` column beside each dimension; None gives codes only.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_header(slice_, language))
    writer.writerows([_safe(cell) for cell in line] for line in _lines(slice_, book, language))
    return stream.getvalue().encode("utf-8")


def render_for_excel(slice_: Slice, book: Codebook, language: str) -> bytes:
    """Return the same for Excel set to a language: a byte order mark, semicolons, its decimal sign.

    Beside the columns of ``render_csv`` stand the vintage, the release, the threshold and the mark in words.
    """
    stream, point = io.StringIO(_BOM), _POINT.get(language, ",")
    stream.seek(0, io.SEEK_END)
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow([*_header(slice_, language), *_SOURCE])
    sources = {source.period: source for source in slice_.sources}
    for row, line in zip(slice_.rows, _lines(slice_, book, language), strict=True):
        source = sources[row.period]
        least = "" if source.least_count is None else str(source.least_count)
        cells = [cell.replace(".", point) if _NUMBER.fullmatch(cell) else cell for cell in line]
        more = [str(source.vintage), source.release, least, mark(row.status, language)]
        writer.writerow([_safe(cell) for cell in (*cells, *more)])
    return stream.getvalue().encode("utf-8")


def _header(slice_: Slice, language: str | None) -> list[str]:
    labels = [f"{dim}_LABEL" for dim in slice_.dims] if language else []
    spreads = _SPREAD if any(row.spread for row in slice_.rows) else ()
    more = [f"{name.upper()}{end}" for name in slice_.indicators for end in _ENDS]
    return ["DATAFLOW", PERIOD, *slice_.dims, *labels, "OBS_VALUE", "OBS_STATUS", "CONF_STATUS", *spreads, *more]


def _lines(slice_: Slice, book: Codebook, language: str | None) -> Iterator[list[str]]:
    estimated = any(row.spread for row in slice_.rows)
    for row in slice_.rows:
        pairs = zip(slice_.dims, row.codes, strict=True)
        labels = [label_in(slice_, dim, code, book, language) for dim, code in pairs] if language else []
        value = "" if row.value is None else str(row.value)
        said = [slice_.dataflow, row.period, *row.codes, *labels, value, row.status, CONF_STATUS[row.status]]
        more = [cell for name in slice_.indicators for cell in _indicator(told(getattr(row, name)))]
        yield [*said, *(_ends(row) if estimated else ()), *more]


def _indicator(said: Told | None) -> list[str]:
    return ["" if each is None else str(each) for each in vars(said).values()] if said else [""] * len(_ENDS)


def _ends(row: Row) -> tuple[str, ...]:
    spread = row.spread
    low, high, display = (spread.low, spread.high, spread.display) if spread else (None, None, None)
    return tuple("" if each is None else str(each) for each in (low, high, display))


def _safe(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula: an apostrophe in front makes it a text."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell

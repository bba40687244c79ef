"""From the names that were found to the sheet that is handed on: within bounds, readable, without unnamed columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from amana.findings import Finding, Severity, at_rows, letter
from amana.reading.header import Heading, Lines
from amana.reading.limits import Limits
from amana.reading.sheet import Sheet
from amana.reading.unreadable import unreadable

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def above(lines: Lines, heading: Heading, sheet: Sheet) -> Sequence[Finding]:
    """Return one warning with the rows above the header that hold something: they are taken for titles and not read."""
    rows = [at + 1 for at, line in enumerate(lines[: heading.first]) if any(cell.strip() for cell in line)]
    return (at_rows(Finding("structure.titles", Severity.WARNING, sheet=sheet.place), rows),) if rows else ()


def sheet_of(
    heading: Heading, limits: Limits, *, name: str | None = None, position: int = 1, top: int = 1, left: int = 0
) -> Sheet:
    """Return the sheet under this heading, whose line 0 is row ``top`` and whose first name is column ``left``.

    A heading whose last line is -1 stands in no row: the file says its names elsewhere.

    Raises FileUnreadable for too many columns, and for a name that is too long or holds what cannot be seen.
    """
    header_row = top + heading.last
    row = header_row or None
    named = [(letter(left + at), text) for at, text in enumerate(heading.names) if text]
    sheet = Sheet(name, tuple(text for _, text in named), header_row, tuple(place for place, _ in named), position)
    if len(heading.names) > limits.columns:
        raise unreadable("structure.columns_limit", row, sheet=sheet.place, limit=limits.columns)
    for place, text in named:
        if _FORBIDDEN.search(text):
            raise unreadable("structure.control", row, sheet=sheet.place, letter=place)
        if _DIRECTION.search(text):
            raise unreadable("structure.direction", row, sheet=sheet.place, letter=place)
        if len(text) > limits.header:
            raise unreadable(
                "structure.cell_length", row, sheet=sheet.place, letter=place, limit=limits.header, rows=[row]
            )
    return sheet

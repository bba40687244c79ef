"""From the names that were found to the sheet that is handed on: within bounds, readable, without unnamed columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from amana.findings import Finding, Severity, at_rows, letter
from amana.reading.characters import CONTROLS, DIRECTION
from amana.reading.header import Heading, Lines
from amana.reading.limits import Limits
from amana.reading.sheet import Sheet
from amana.reading.unreadable import unreadable

_NOWHERE: Final = -1  # the line before the first: a heading there stands in no row


def above(lines: Lines, heading: Heading, sheet: Sheet) -> Sequence[Finding]:
    """Return one warning with the rows above the header that hold something: they are taken for titles and not read."""
    rows = [at + 1 for at, line in enumerate(lines[: heading.first]) if any(cell.strip() for cell in line)]
    return (at_rows(Finding("structure.titles", Severity.WARNING, sheet=sheet.place), rows),) if rows else ()


def sheet_named(names: Sequence[str], limits: Limits) -> Sheet:
    """Return the sheet of a file that names its columns elsewhere than in a row. Raises FileUnreadable, as below."""
    return sheet_of(Heading(_NOWHERE, _NOWHERE, tuple(names)), limits)


def sheet_of(
    heading: Heading, limits: Limits, *, name: str | None = None, position: int = 1, top: int = 1, left: int = 0
) -> Sheet:
    """Return the sheet under this heading, whose line 0 is row ``top`` and whose first name is column ``left``.

    Raises FileUnreadable for too many columns, and for a name that is too long or holds what cannot be seen.
    """
    header_row = top + heading.last
    row = header_row or None
    named = [(letter(left + at), text) for at, text in enumerate(heading.names) if text]
    sheet = Sheet(name, tuple(text for _, text in named), header_row, tuple(place for place, _ in named), position)
    if len(heading.names) > limits.columns:
        raise unreadable("structure.columns_limit", row, sheet=sheet.place, limit=limits.columns)
    for place, text in named:
        if re.search(CONTROLS, text):
            raise unreadable("structure.control", row, sheet=sheet.place, letter=place)
        if re.search(DIRECTION, text):
            raise unreadable("structure.direction", row, sheet=sheet.place, letter=place)
        if len(text) > limits.header:
            raise unreadable(
                "structure.cell_length", row, sheet=sheet.place, letter=place, limit=limits.header, rows=[row]
            )
    return sheet

"""Dates as files write them: the year of a case, and an age on a day. Only ever at work inside a cell's meaning."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from amana.identifiers.fold import plain

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[t ].*)?")
_YEAR: Final = re.compile(r"(\d{4})(?:\.0)?")


def day(cell: str) -> date | None:
    """Return the day in a cell, year first or day first; None when there is none."""
    said = plain(cell).strip()
    if (found := _ISO.fullmatch(said)) is not None:
        year, month, number = found.groups()
    elif (found := _DAY_FIRST.fullmatch(said)) is not None:
        number, month, year = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def year(cell: str) -> str | None:
    """Return the year (``YYYY``) of a cell that holds a year or a date."""
    found = _YEAR.fullmatch(plain(cell).strip())
    if found is not None:
        return found[1]
    on = day(cell)
    return f"{on.year:04}" if on else None


def age(born: str, on: str) -> str | None:
    """Return the completed years between two dates in cells; None when either is none, or the second comes first."""
    birth, then = day(born), day(on)
    if birth is None or then is None or then < birth:
        return None
    return str(then.year - birth.year - ((then.month, then.day) < (birth.month, birth.day)))

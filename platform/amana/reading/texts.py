"""A typed value as the text that a person would have typed."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Final

Value = str | bool | int | float | Decimal | dt.date | dt.datetime | dt.time | dt.timedelta | None
_EXACT: Final = 1 << 53  # whole numbers that a float tells apart


def text_of(value: Value) -> str:
    """Return the text of one cell.

    Numbers carry no ending they were not given (3.0 is "3"); yes and no are "1" and "0", as in the canonical file;
    dates are ISO 8601, without a time where it is midnight; durations are hours:minutes:seconds; nothing is "".
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return _moment(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return "" if value is None else str(value)


def number(value: float) -> str:
    """Return the shortest text of a number that reads back as itself; not a number is no value."""
    if math.isnan(value):
        return ""
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)


def _moment(value: dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.timedelta):
        return _duration(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat()


def _duration(value: dt.timedelta) -> str:
    whole = round(value.total_seconds())
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    return f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"

"""Which years a contribution may be about: from the dataflow's first plausible one to the present."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

from amana.codebook.model import Dataflow
from amana.errors import AmanaError


class PeriodImplausible(AmanaError):
    """The period lies before anything of the kind was counted, or in a year that has not begun."""

    code = "codebook.period_implausible"
    status = 400
    exit = 65


def check_period(flow: Dataflow, period: str, now: datetime) -> None:
    """Raise PeriodImplausible, which does not repeat it, unless the year of ``period`` can be meant.

    period: well formed, ``YYYY`` or ``YYYY-Qn``.
    """
    if not flow.first_period <= int(period[:4]) <= now.year:
        raise PeriodImplausible(first=flow.first_period, last=now.year)


def last_day(period: str) -> date:
    """Return the last day of a period, ``YYYY`` or ``YYYY-Qn``: as on that day a committee lies in a sub-region."""
    year, _, quarter = period.partition("-Q")
    month = 3 * int(quarter) if quarter else 12
    return date(int(year), month, monthrange(int(year), month)[1])

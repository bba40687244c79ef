"""What excuses an entry for which nothing is told: an order in the log itself, given at the end of retention.

Whoever edits the database may delete what is told of an event, and may even journal an order to do so, which the
sequencer then signs. So an order excuses only what was older than its own term, and no term under a year is taken; and
since its date is whatever was written into it, it counts as given no later than the reader's own day. Whoever knows the
policy brings its term.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

from amana.audit.events import event
from amana.audit.events.log import DetailsErasureOrdered
from amana.audit.events.vocabulary import parse
from amana.audit.tlog.leaf import Detail
from amana.errors import Malformed

LEAST_DAYS: Final = 365  # a shorter term excuses nothing
_DAY: Final = timedelta(days=1) // timedelta(microseconds=1)


class Bare(NamedTuple):
    """An entry without details: its index, its event and when that was made (microseconds since 1970)."""

    idx: int
    event_id: str
    at: int


def excused_until(detail: Detail, now: int | None = None, term: int = LEAST_DAYS) -> int:
    """Return before which instant (microseconds since 1970) a told event excuses missing details; 0 where it does not.

    detail: of an entry of the log, already held against the entry's commitment.
    now:    the reader's time (microseconds since 1970): an order from more than a day after it excuses nothing; None
            where the reader has no clock.
    term:   days for which the reader knows that details are kept: a shorter term excuses nothing.
    """
    if detail.kind != DetailsErasureOrdered.kind or (now is not None and detail.at > now + _DAY):
        return 0
    try:
        order = parse(detail.kind, detail.facts)
    except (Malformed, TypeError):  # written by somebody else than us
        return 0
    return _granted(order, detail.at, max(term, LEAST_DAYS))


def _granted(order: event.Event, at: int, term: int) -> int:
    if not isinstance(order, DetailsErasureOrdered) or type(order.until) is not int or type(order.days) is not int:
        return 0
    kept = order.days >= term and order.until <= at - order.days * _DAY
    return order.until if kept else 0

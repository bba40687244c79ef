"""Which events are asked for: the closed set of filters, and the hours at which people are expected to work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Hours:
    """When people are expected at work, in UTC.

    opens, closes: hours of the day, opens <= hour < closes is within; rest: days of the week off, 0 is Sunday.
    """

    opens: int
    closes: int
    rest: frozenset[int]


@dataclass(frozen=True)
class Filter:
    """Which events: each field that is set must match; ``since`` <= at < ``until``.

    country: the event concerns it, alone or among others. subject: the event is about it, or names it as a fact.
    kinds:   any of these. outside: at no hour of work.
    changed: only events that are not about the same as the event of their kind before: policies that are new.
    """

    actor: str | None = None
    organisation: str | None = None
    country: str | None = None
    dataflow: str | None = None
    purpose: str | None = None
    outcome: str | None = None
    kind: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    outside: Hours | None = None
    changed: bool = False

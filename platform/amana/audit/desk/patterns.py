"""Unusual patterns in the log, each by one simple rule that can be said in a sentence, with a number from the policies.

A flag is a reason to look, not an accusation: it says which rule, who or what, when, and which events are behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, func, select, type_coerce

from amana.audit.desk.actors import newcomers, returned
from amana.audit.desk.matching import DAY, HOUR, is_outside
from amana.audit.desk.query import count_events
from amana.audit.events.event import REFUSED
from amana.audit.events.refusals import SignInsFailed
from amana.audit.events.vocabulary import parse
from amana.audit.events.wanted import READS, Filter, Hours
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog.leaf import instant
from amana.db import Reading
from amana.errors import Malformed

MOST: Final = 20  # flags of one rule that are told, the latest first
_COUNTED: Final = 1000  # reads; beyond, as many
_A_DAY: Final = timedelta(days=1)
_AN_HOUR: Final = timedelta(hours=1)
_REFUSAL: Final = "request.refused"
_FAILURE: Final = SignInsFailed.kind
_READ: Final = event_detail.c.kind.in_(READS)


@dataclass(frozen=True)
class Thresholds:
    """From which number on a pattern is flagged: see ``policies/questions.toml``."""

    reads_in_a_day: int
    reads_outside_hours: int
    refusals_in_a_day: int
    failures_of_an_account: int
    failures_in_an_hour: int
    newcomer_reads: int
    silent_days: int


@dataclass(frozen=True)
class Flag:
    """One place where a rule applies. number: events, or days of silence; behind: the events that show it."""

    rule: str
    number: int
    behind: Filter


@dataclass(frozen=True)
class Search:
    """Where to look: what is journalled from ``since`` on, outside which hours, from which numbers on."""

    since: datetime
    hours: Hours
    thresholds: Thresholds


Rule = Callable[[Reading, Search], Iterator[Flag]]


def flags(reading: Reading, rule: str, search: Search) -> tuple[Flag, ...]:
    """Return where a rule applies, the latest first, ``MOST`` at most."""
    return tuple(islice(RULES[rule](reading, search), MOST))


def _bulk(reading: Reading, search: Search) -> Iterator[Flag]:
    crowd = _Crowd(_READ, event_detail.c.actor, DAY, search.thresholds.reads_in_a_day)
    for actor, start, times in crowd.find(reading, search.since):
        yield Flag("bulk", times, Filter(actor=actor, kinds=READS, since=start, until=start + _A_DAY))


def _night(reading: Reading, search: Search) -> Iterator[Flag]:
    """Yield who read between closing and opening; a night, or a day of rest, lasts from opening to opening."""
    hours, least = search.hours, search.thresholds.reads_outside_hours
    outside = _READ & is_outside(event_detail.c.at, hours)
    crowd = _Crowd(outside, event_detail.c.actor, DAY, least, hours.opens * HOUR)
    for actor, start, times in crowd.find(reading, search.since):
        yield Flag("night", times, Filter(actor=actor, kinds=READS, outside=hours, since=start, until=start + _A_DAY))


def _insisting(reading: Reading, search: Search) -> Iterator[Flag]:
    crowd = _Crowd(event_detail.c.kind == _REFUSAL, event_detail.c.actor, DAY, search.thresholds.refusals_in_a_day)
    for actor, start, times in crowd.find(reading, search.since):
        yield Flag("insisting", times, Filter(actor=actor, kind=_REFUSAL, since=start, until=start + _A_DAY))


def _guessing(reading: Reading, search: Search) -> Iterator[Flag]:
    tried: Counter[tuple[int, str]] = Counter()
    for hour, told in _failed(reading, search.since):
        for account, times in zip(told.accounts, told.failures, strict=False):
            tried[hour, account] += times
    for (hour, account), times in _latest(tried, search.thresholds.failures_of_an_account):
        start = instant(hour * HOUR)
        yield Flag("guessing", times, Filter(subject=account, kind=_FAILURE, since=start, until=start + _AN_HOUR))


def _spraying(reading: Reading, search: Search) -> Iterator[Flag]:
    tried: Counter[tuple[int, str]] = Counter()
    for hour, told in _failed(reading, search.since):
        tried[hour, ""] += told.times
    for (hour, _), times in _latest(tried, search.thresholds.failures_in_an_hour):
        start = instant(hour * HOUR)
        failed = Filter(kind=_FAILURE, outcome=REFUSED, since=start, until=start + _AN_HOUR)
        yield Flag("spraying", times, failed)


def _failed(reading: Reading, since: datetime) -> Iterator[tuple[int, SignInsFailed]]:
    """Yield what is told of failed sign-ins, each with the hour of the clock (since 1970) in which it was told.

    What somebody has filled with other things than ours is passed over: ``amana audit verify`` names it.
    """
    told = select(type_coerce(event_detail.c.at, BigInteger).label("at"), event_detail.c.details)
    refused = (event_detail.c.kind == _FAILURE, event_detail.c.outcome == REFUSED, event_detail.c.at >= since)
    for row in reading.execute(told.where(*refused)):
        if (counted := _counted(row.details)) is not None:
            yield row.at // HOUR, counted


def _counted(facts: bytes) -> SignInsFailed | None:
    try:
        told = parse(_FAILURE, facts)
    except Malformed:
        return None
    if isinstance(told, SignInsFailed) and _are(int, (told.times,)) and _are(int, told.failures):
        return told if _are(str, told.accounts) else None
    return None


def _are(kind: type, values: object) -> bool:
    return isinstance(values, tuple) and all(type(one) is kind for one in values)


def _latest(counted: Counter[tuple[int, str]], least: int) -> list[tuple[tuple[int, str], int]]:
    """Return the counts from ``least`` on, the latest hour first, in it the highest."""
    crowds = [one for one in counted.items() if one[1] >= least]
    return sorted(crowds, key=lambda one: (-one[0][0], -one[1], one[0][1]))[:MOST]


def _hasty(reading: Reading, search: Search) -> Iterator[Flag]:
    least = search.thresholds.newcomer_reads
    for actor, first in newcomers(reading, search.since):
        behind = Filter(actor=actor, kinds=READS, since=first, until=first + _A_DAY)
        if (times := count_events(reading, behind, max(least, _COUNTED)).number) >= least:
            yield Flag("hasty", times, behind)


def _returning(reading: Reading, search: Search) -> Iterator[Flag]:
    for one in returned(reading, search.since):
        if (silence := one.at - one.before) >= timedelta(days=search.thresholds.silent_days):
            yield Flag("returning", silence.days, Filter(actor=one.actor, since=one.at))


RULES: Final[dict[str, Rule]] = {
    "bulk": _bulk,
    "night": _night,
    "insisting": _insisting,
    "guessing": _guessing,
    "spraying": _spraying,
    "hasty": _hasty,
    "returning": _returning,
}


@dataclass(frozen=True)
class _Crowd:
    """At least ``least`` events of one somebody or something within one span of the clock.

    span: microseconds; spans begin with the clock's, ``shift`` microseconds later.
    """

    which: ColumnElement[bool]
    by: ColumnElement[Any]
    span: int
    least: int
    shift: int = 0

    def find(self, reading: Reading, since: datetime) -> Iterator[tuple[str, datetime, int]]:
        """Yield (who or what, start of the span, how many), the latest first."""
        start, times = (type_coerce(event_detail.c.at, BigInteger) - self.shift) // self.span, func.count()
        told = select(self.by.label("by"), start.label("start"), times.label("times"))
        within = told.where(self.which, event_detail.c.at >= since).group_by(self.by, start)
        crowds = within.having(times >= self.least).order_by(start.desc(), times.desc(), self.by).limit(MOST)
        for row in reading.execute(crowds):
            yield row.by, instant(int(row.start) * self.span + self.shift), row.times

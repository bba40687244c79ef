"""Questions that auditors ask again and again, saved: each is a filter, and one asks who acted for the first time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from amana.audit.desk.actors import newcomers
from amana.audit.desk.query import Count, Doer, Page, Told, count_events, read_doers, read_events
from amana.audit.events.event import REFUSED
from amana.audit.events.wanted import ACCESS, READS, Filter, Hours
from amana.db import Reading

COUNTED: Final = 1000  # answers; beyond, "more than"
DOERS: Final = 5000  # newest events of which it is told who did them
_NEWCOMERS: Final = 100  # on the one page that they have
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Saved:
    """A question with a name. by_whom: the answer begins with who did it, how often; of_country: it needs a country."""

    id: str
    wanted: Filter
    by_whom: bool = False
    of_country: bool = False
    outside_hours: bool = False
    newcomers: bool = False


QUESTIONS: Final = {
    saved.id: saved
    for saved in (
        Saved("country", Filter(kinds=READS), by_whom=True, of_country=True),
        Saved("refusals", Filter(outcome=REFUSED)),
        Saved("outside_hours", Filter(kinds=READS), by_whom=True, outside_hours=True),
        Saved("first_time", Filter(), newcomers=True),
        Saved("most_reads", Filter(kinds=READS), by_whom=True),
        Saved("sign_ins", Filter(kind="sign_in.failed", outcome=REFUSED)),
        Saved("policies", Filter(kind="policy.loaded", changed=True)),
        Saved("access", Filter(kinds=ACCESS)),
        Saved("auditors", Filter(kind="events.read"), by_whom=True),
    )
}


@dataclass(frozen=True)
class Asked:
    """What a saved question leaves open: since when, until when, about which country, outside which hours."""

    since: datetime
    until: datetime | None
    country: str | None
    hours: Hours


@dataclass(frozen=True)
class Answer:
    """How many events answer, one page of them, and who did them where the question asks for it."""

    count: Count
    page: Page
    doers: tuple[Doer, ...]


def put(saved: Saved, asked: Asked) -> Filter:
    """Return the events that a saved question asks for."""
    country = asked.country if saved.of_country else None
    outside = asked.hours if saved.outside_hours else None
    return replace(saved.wanted, since=asked.since, until=asked.until, country=country, outside=outside)


def count(reading: Reading, saved: Saved, asked: Asked) -> Count:
    """Return how many events answer a question, exactly up to ``COUNTED``."""
    if saved.newcomers:
        return Count(len(newcomers(reading, asked.since, asked.until)), is_all=True)
    return count_events(reading, put(saved, asked), COUNTED)


def answer(reading: Reading, saved: Saved, asked: Asked, after: str | None, limit: int) -> Answer:
    """Return the answer to a question, from ``after`` on. Raises Malformed when that is no place in it."""
    if saved.newcomers:
        return _first_acts(reading, asked)
    wanted = put(saved, asked)
    doers = read_doers(reading, wanted, DOERS) if saved.by_whom and after is None else ()
    return Answer(count_events(reading, wanted, COUNTED), read_events(reading, wanted, after, limit), doers)


def _first_acts(reading: Reading, asked: Asked) -> Answer:
    """Return one page of first acts: of the newest newcomers, all of whom are counted."""
    found = newcomers(reading, asked.since, asked.until)
    firsts = [_first_act(reading, actor, at) for actor, at in found[:_NEWCOMERS]]
    return Answer(Count(len(found), is_all=True), Page(tuple(firsts), None), ())


def _first_act(reading: Reading, actor: str, at: datetime) -> Told:
    return read_events(reading, Filter(actor=actor, since=at, until=at + _INSTANT), limit=1).events[0]

"""What an auditor reads: events by filter, page by page, each with its place in the log.

Reads as the role ``auditor_reader``, which can write nothing. The caller journals the reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, func, select

from amana import canonical, ids
from amana.audit.desk.altered import altered
from amana.audit.desk.matching import GLANCE, Matching, Place, Question, match
from amana.audit.events.wanted import Filter
from amana.audit.log.tables import log_entry
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog import leaf
from amana.canonical import Json
from amana.db import Reading
from amana.errors import Malformed, NotFound

PAGE: Final = 50  # events
_MOST: Final = 500  # events on one page, whatever is asked


@dataclass(frozen=True)
class Told:
    """An event as the log tells it.

    index: None while no checkpoint covers it.
    facts: None when somebody has damaged them; one such row must not hide the others from the auditor.
    altered: what is told is not what the log has committed to.
    """

    event_id: str
    index: int | None
    at: datetime
    kind: str
    actor: str
    role: str
    organisation: str
    outcome: str
    clause: str | None
    country: str | None
    dataflow: str | None
    purpose: str | None
    subject: str | None
    facts: Mapping[str, Json] | None
    altered: bool = False


@dataclass(frozen=True)
class Page:
    """Events, newest first; ``after`` asks for the next page, None on the last.

    looked_to: None, or how far back was looked when a page is not full and there may be more: ``after`` goes on there.
    """

    events: tuple[Told, ...]
    after: str | None
    looked_to: datetime | None = None


@dataclass(frozen=True)
class Count:
    """How many events there are; when not ``is_all``, at least so many."""

    number: int
    is_all: bool


@dataclass(frozen=True)
class Doer:
    """Somebody who did what was asked about: how often, first and last."""

    actor: str
    role: str
    organisation: str
    times: int
    first: datetime
    last: datetime


_WHO: Final = ("actor", "role", "organisation")
_COLUMNS: Final = tuple(field.name for field in fields(Told) if field.name not in {"index", "facts", "altered"})


def read_events(reading: Reading, wanted: Filter, after: str | None = None, limit: int = PAGE) -> Page:
    """Return one page of the events that match, newest first.

    after: the ``after`` of the page before. Raises Malformed when it is not one.
    limit: events on the page; below 1 and above 500 the nearer of the two is taken.
    """
    count = max(1, min(limit, _MOST))
    behind = _place(after) if after is not None else None
    for look in (GLANCE, None):
        found = match(reading, wanted, behind, count + 1, look=look, told=(*_COLUMNS, "details"))
        rows = reading.execute(_joined(found, count + 1)).mappings().all()
        if len(rows) > count or found.floor is None:
            break
    events = _held(reading, map(_told, rows[:count]))
    if len(rows) > count:
        return Page(events, _cursor(events[-1].at, events[-1].event_id))
    if found.floor is not None:
        return Page(events, _cursor(found.floor, ""), found.floor)
    return Page(events, None)


def count_events(reading: Reading, wanted: Filter, most: int) -> Count:
    """Return how many events match; beyond ``most``, or so far back that it would take long, at least how many."""
    found = match(reading, wanted, None, most + 1)
    some = found.select(found.events.c.at).limit(most + 1).subquery()
    number = int(reading.execute(select(func.count()).select_from(some)).scalar_one())
    return Count(min(number, most), number <= most and found.floor is None)


def read_doers(reading: Reading, wanted: Filter, most: int) -> tuple[Doer, ...]:
    """Return who did what matches, most often first: among the newest ``most`` events."""
    for look in (most + most // 4, None):
        found = match(reading, wanted, None, most, look=look, told=_WHO)
        doers = tuple(Doer(*row) for row in reading.execute(_grouped(found, most)))
        if found.floor is None or sum(one.times for one in doers) >= most:
            break
    return doers


def read_event(reading: Reading, event_id: str) -> Told:
    """Return one event. Raises NotFound."""
    entry = select(log_entry.c.idx).where(log_entry.c.event_id == event_id).scalar_subquery().label("index")
    columns = (event_detail.c[name] for name in (*_COLUMNS, "details"))
    query = select(entry, *columns).where(event_detail.c.event_id == event_id)
    row = reading.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(what="event")
    return _held(reading, [_told(row)])[0]


def _grouped(found: Matching, most: int) -> Question:
    """Return the question for who did the newest events, how often, first and last."""
    some = found.newest(*(found.events.c[name] for name in (*_WHO, "at"))).limit(most).subquery()
    times, who = func.count(), tuple(some.c[name] for name in _WHO)
    spans = (func.min(some.c.at), func.max(some.c.at))
    return select(*who, times, *spans).group_by(*who).order_by(times.desc(), some.c.actor)


def _joined(found: Matching, most: int) -> Question:
    """Return the question for the newest events, each with its place in the log: asked of these alone."""
    told = found.events.c
    page = found.newest(told.details, *(told[name] for name in _COLUMNS)).limit(most).subquery("page")
    entry = select(log_entry.c.idx).where(log_entry.c.event_id == page.c.event_id).scalar_subquery()
    return select(entry.label("index"), *page.c).order_by(page.c.at.desc(), page.c.event_id.desc())


def _told(row: RowMapping) -> Told:
    values = dict(row)
    return Told(facts=_facts(values.pop("details")), **values)


def _held(reading: Reading, events: Iterable[Told]) -> tuple[Told, ...]:
    """Return the events, each held against its entry in the log."""
    told = tuple(events)
    others = altered(reading, [one.event_id for one in told])
    return tuple(replace(one, altered=one.event_id in others) for one in told)


def _facts(raw: object) -> Mapping[str, Json] | None:
    """Return facts; None where somebody with every right has put anything else, also a text where bytes belong."""
    try:
        facts = canonical.decode(raw) if isinstance(raw, bytes) else None
    except Malformed:
        return None
    return facts if isinstance(facts, dict) else None


def _cursor(at: datetime, event_id: str) -> str:
    return f"{leaf.microseconds(at)}.{event_id}"


def _place(cursor: str) -> Place:
    at, _, event_id = cursor.partition(".")
    is_named = not event_id or ids.is_id(event_id, "evt")
    if not at.isdecimal() or len(at) > len("9007199254740991") or not is_named:
        raise Malformed(format="page cursor")
    return leaf.instant(int(at)), event_id

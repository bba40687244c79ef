"""Readings of statistics, kept until they are counted by month; then only the counts remain.

A reading is kept in the transaction of its event, with its organisation, for as long as policy lets counts wait: an
hour, say. Counted, it is a number beside a committee, a month, a purpose and a class of organisations, in the company
that ``crowd`` finds for it. Nothing here ever knows a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Row, delete, exists, func, select

from amana.audit.events.event import Event
from amana.audit.events.readers import StatisticsRead
from amana.audit.outbox import crowd
from amana.audit.outbox.crowd import OWN, Place, Reader
from amana.audit.outbox.tables import reading, reading_month
from amana.audit.tlog.leaf import EPOCH
from amana.db import Reading, Transaction, upsert

LIMIT: Final = 300  # readings counted in one transaction: some 15 ms of CPU, so that nobody waits for it

Key = tuple[str, str, str, str]  # committee, month, purpose, class

_KEY: Final = ("committee", "month", "purpose", "class")
_ADD: Final = upsert(reading_month, lambda more: {"reads": reading_month.c.reads + more.reads})


@dataclass(frozen=True)
class Home:
    """Where a reader comes from: the class of an organisation, and the committee that it is, if it is one."""

    class_: str
    committee: str | None


@dataclass(frozen=True)
class Count:
    """How often statistics that include a committee's data were read. month: YYYY-MM (UTC); reads >= 1.

    purpose, class_: ``several`` where too few organisations stand behind one; class_ ``own`` for the committee itself.
    """

    month: str
    purpose: str
    class_: str
    reads: int


def countries(event: Event) -> str | None:
    """Return the committees whose figures were read, joined by commas; None for what is not to be counted."""
    return ",".join(event.countries) or None if isinstance(event, StatisticsRead) else None


def mark(now: datetime, every: timedelta) -> datetime:
    """Return the last mark of the calendar, as of which counts stand. every: divides a day."""
    return EPOCH + (now - EPOCH) // every * every


def are_waiting(tx: Reading, until: datetime) -> bool:
    """Return whether readings before ``until`` are still to be counted."""
    return bool(tx.execute(select(exists().where(reading.c.at < until))).scalar_one())


def count_next(
    tx: Transaction, until: datetime, homes: Mapping[str, Home], readers: Collection[Reader], least: int
) -> int:
    """Add the oldest readings before ``until`` to the counts, forget them, and return how many they were.

    homes:   by organisation, of everybody who may have read.
    readers: who can read now; whoever did read counts as one of them.
    least:   organisations behind each count. A reading that finds no such company is forgotten uncounted.
    """
    oldest = select(reading.c.event_id).where(reading.c.at < until).order_by(reading.c.at).limit(LIMIT)
    rows = tx.execute(delete(reading).where(reading.c.event_id.in_(oldest)).returning(*reading.c)).all()
    able = frozenset(readers) | {_reader(row, homes) for row in rows}
    counted: Counter[Key] = Counter()
    company: dict[str, Mapping[Place, Place]] = {}
    for row in rows:
        for committee in row.countries.split(","):
            if committee not in company:
                company[committee] = crowd.places(able, committee, least)
            counted.update(_key(row, committee, homes, company[committee]))
    if counted:
        named = [dict(zip(_KEY, key, strict=True)) | {"reads": reads} for key, reads in sorted(counted.items())]
        tx.execute(_ADD[tx.dialect.name], named)
    return len(rows)


def of_committee(tx: Reading, committee: str, since: str, until: str) -> tuple[Count, ...]:
    """Return a committee's counts of these months, both included (YYYY-MM), newest month first."""
    month, class_ = reading_month.c.month, reading_month.c["class"]
    mine = (reading_month.c.committee == committee, month >= since, month <= until)
    query = select(month, reading_month.c.purpose, class_.label("class_"), reading_month.c.reads).where(*mine)
    rows = tx.execute(query.order_by(month.desc(), reading_month.c.purpose, class_)).mappings()
    return tuple(Count(**row) for row in rows)


def stands_at(tx: Reading, now: datetime, every: timedelta) -> datetime:
    """Return the mark up to which every reading is in the counts; never the instant of a reading that still waits."""
    oldest = tx.execute(select(func.min(reading.c.at))).scalar_one()
    last = mark(now, every)
    return last if oldest is None else min(last, mark(oldest, every))


def _reader(row: Row[*tuple[object, ...]], homes: Mapping[str, Home]) -> Reader:
    home = homes[row.organisation]
    return Reader(row.organisation, home.class_, home.committee, row.purpose)


def _key(
    row: Row[*tuple[object, ...]], committee: str, homes: Mapping[str, Home], company: Mapping[Place, Place]
) -> tuple[Key, ...]:
    home, month = homes[row.organisation], row.at.strftime("%Y-%m")
    if home.committee == committee:
        return ((committee, month, row.purpose, OWN),)
    place = company.get((row.purpose, home.class_))
    return () if place is None else ((committee, month, *place),)

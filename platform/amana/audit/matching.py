"""Events that match, as SQL whose work for one page is bounded, however long the log is and whatever is asked.

One filter leads: its index gives events in order of time. The others are tried on what it gives, on ``LOOK`` events at
most; when these are too few to fill a page, the page says how far back it looked, and the next one goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    exists,
    or_,
    select,
    type_coerce,
    union_all,
)

from amana.audit.tables import event_detail, event_mention
from amana.audit.wanted import Filter, Hours
from amana.db import Reading

LOOK: Final = 20_000  # events that one page may look at
GLANCE: Final = 1_000  # of them, those that are looked at first: most pages are full by then
_MENTIONED: Final = ("subject", "country")
_LEADING: Final = ("subject", "actor", "purpose", "organisation", "country", "kind", "outcome", "dataflow")
HOUR: Final = 3_600_000_000  # microseconds
DAY: Final = 24 * HOUR
_THURSDAY: Final = 4  # 1 January 1970; 0 is Sunday
_ALL: Final = 1 << 40  # no limit; but a subquery that has one is not merged into the question around it
_TOLD: Final = tuple(column for column in event_detail.c if column.name != "salt")

Place = tuple[datetime, str]
Question = Select[*tuple[Any, ...]]
Condition = Callable[[Subquery], ColumnElement[bool]]


@dataclass(frozen=True)
class Matching:
    """Events that match, unordered; ``floor``: nothing older was looked at, None when everything was."""

    events: Subquery
    conditions: tuple[ColumnElement[bool], ...]
    floor: datetime | None

    def select(self, *columns: ColumnElement[Any]) -> Question:
        """Return the question for these columns of ``events``."""
        return select(*columns).where(*self.conditions)

    def newest(self, *columns: ColumnElement[Any]) -> Question:
        """Return the same question, newest events first."""
        return self.select(*columns).order_by(self.events.c.at.desc(), self.events.c.event_id.desc())


def match(reading: Reading, wanted: Filter, behind: Place | None, enough: int, look: int | None = None) -> Matching:
    """Return the events that match ``wanted``.

    behind: only those older than this place; an empty event id stands for all events of its instant.
    enough: how many newest ones are needed; more need not be among them.
    look:   on how many events the filters are tried that do not lead, ``LOOK`` at most.
    """
    arms, asked = _arms(wanted), _rest(wanted)
    arms = [arm.within(wanted, behind) for arm in arms]
    floor = _floor(reading, arms, min(look or LOOK, LOOK)) if asked else None
    parts = [arm.above(floor) if asked else arm.newest(enough) for arm in arms]
    found = (union_all(*(select(part) for part in parts)) if len(parts) > 1 else select(parts[0])).subquery("e")
    return Matching(found, tuple(condition(found) for condition in asked), floor)


@dataclass(frozen=True)
class _Arm:
    """One range of one index, in order of time: what the leading filter selects."""

    question: Question
    at: ColumnElement[datetime]
    event_id: ColumnElement[str]

    def within(self, wanted: Filter, behind: Place | None) -> _Arm:
        question = self.question
        if wanted.since is not None:
            question = question.where(self.at >= wanted.since)
        if wanted.until is not None:
            question = question.where(self.at < wanted.until)
        if behind is not None:
            older = or_(self.at < behind[0], self.event_id < behind[1])
            question = question.where(self.at <= behind[0], older)
        return _Arm(question, self.at, self.event_id)

    def floor(self, look: int) -> Question:
        return self.question.with_only_columns(self.at).order_by(self.at.desc()).offset(look - 1).limit(1)

    def above(self, floor: datetime | None) -> Subquery:
        question = self.question if floor is None else self.question.where(self.at >= floor)
        return question.limit(_ALL).subquery()

    def newest(self, enough: int) -> Subquery:
        return self.question.order_by(self.at.desc(), self.event_id.desc()).limit(enough).subquery()


def _arms(wanted: Filter) -> list[_Arm]:
    lead = _lead(wanted)
    if lead in _MENTIONED:
        joined = event_mention.join(event_detail, event_mention.c.event_id == event_detail.c.event_id)
        question = select(*_TOLD).select_from(joined).where(event_mention.c.word == getattr(wanted, lead))
        return [_Arm(question, event_mention.c.at, event_mention.c.event_id)]
    kinds = wanted.kinds if lead == "kinds" else ()
    of_kinds = [event_detail.c.kind == kind for kind in kinds]
    conditions = of_kinds or ([event_detail.c[lead] == getattr(wanted, lead)] if lead else [])
    questions = [select(*_TOLD).where(condition) for condition in conditions] or [select(*_TOLD)]
    return [_Arm(question, event_detail.c.at, event_detail.c.event_id) for question in questions]


def _lead(wanted: Filter) -> str:
    """Return the name of the filter that leads: the first that is set, in the order of how few events it lets by."""
    for name in _LEADING:
        if name == "outcome" and wanted.kinds:
            return "kinds"
        if getattr(wanted, name) is not None:
            return name
    return ""


def _rest(wanted: Filter) -> list[Condition]:
    """Return what is still to be asked of each event that the leading filter gives."""
    lead = _lead(wanted)
    return [*_equal(wanted, lead), *_special(wanted, lead)]


def _equal(wanted: Filter, lead: str) -> Iterator[Condition]:
    for name in _LEADING:
        value = getattr(wanted, name)
        if value is not None and name != lead:
            yield partial(_names if name in _MENTIONED else _has, name, value)


def _special(wanted: Filter, lead: str) -> Iterator[Condition]:
    if wanted.kinds and lead != "kinds":
        yield partial(_is_one_of, wanted.kinds)
    if wanted.outside is not None:
        yield partial(_is_outside, wanted.outside)
    if wanted.changed:
        yield _is_news


def _floor(reading: Reading, arms: list[_Arm], look: int) -> datetime | None:
    """Return the instant before which nothing is looked at, so that ``look`` events are looked at, in all arms."""
    reached = [reading.execute(arm.floor(look // len(arms))).scalar() for arm in arms]
    return max((at for at in reached if at is not None), default=None)


def _names(_name: str, word: str, events: Subquery) -> ColumnElement[bool]:
    mention = event_mention.alias()
    return exists().where(mention.c.word == word, mention.c.at == events.c.at, mention.c.event_id == events.c.event_id)


def _has(name: str, value: str, events: Subquery) -> ColumnElement[bool]:
    return events.c[name] == value


def _is_one_of(kinds: tuple[str, ...], events: Subquery) -> ColumnElement[bool]:
    return events.c.kind.in_(kinds)


def _is_outside(hours: Hours, events: Subquery) -> ColumnElement[bool]:
    return is_outside(events.c.at, hours)


def is_outside(at: ColumnElement[datetime], hours: Hours) -> ColumnElement[bool]:
    """Return the condition that an instant is in no hour of work."""
    instant = type_coerce(at, BigInteger)
    hour, day = instant // HOUR % 24, (instant // DAY + _THURSDAY) % 7
    return or_(hour < hours.opens, hour >= hours.closes, day.in_(sorted(hours.rest)))


def _is_news(events: Subquery) -> ColumnElement[bool]:
    before = event_detail.alias("before")
    earlier = select(before.c.subject).where(before.c.kind == events.c.kind, before.c.at < events.c.at)
    return events.c.subject.is_distinct_from(
        earlier.order_by(before.c.at.desc(), before.c.event_id.desc()).limit(1).scalar_subquery()
    )

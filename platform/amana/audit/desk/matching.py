"""Events that match, as SQL whose work for one page is bounded, however long the log is and whatever is asked.

One filter leads: its index gives events in order of time. The others are tried on what it gives, on ``LOOK`` events at
most; when these are too few to fill a page, the page says how far back it looked, and the next one goes on there. No
more of an event is read than is asked of it: to count what the leading filter selects, its index is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
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
    true,
    type_coerce,
    union_all,
)

from amana.audit.events.wanted import Filter, Hours
from amana.audit.outbox.tables import event_detail, event_mention
from amana.db import Reading

LOOK: Final = 20_000  # events that one page may look at
GLANCE: Final = 1_000  # of them, those that are looked at first: most pages are full by then
_MENTIONED: Final = ("subject", "country")
_LEADING: Final = ("subject", "actor", "purpose", "organisation", "country", "kind", "outcome", "dataflow")
HOUR: Final = 3_600_000_000  # microseconds
DAY: Final = 24 * HOUR
_THURSDAY: Final = 4  # 1 January 1970; 0 is Sunday
_ALL: Final = 1 << 40  # no limit; but a subquery that has one is not merged into the question around it
_PLACE: Final = ("at", "event_id")  # what every page is ordered by

# How a mention's event is found. SQLite looks by its instant, since events of one time lie together on the disk, and is
# kept from looking by its id, each of which lies somewhere else. PostgreSQL expects hardly any event to match both.
_SAME: Final = {
    "sqlite": (
        event_mention.c.at == event_detail.c.at,
        event_mention.c.event_id == event_detail.c.event_id.concat(""),
    ),
    "postgresql": (event_mention.c.event_id == event_detail.c.event_id,),
}

Place = tuple[datetime, str]
Question = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class _Condition:
    """What is still asked of each event that the leading filter gives; ``reads``: the columns that it looks at."""

    of: Callable[[Subquery], ColumnElement[bool]]
    reads: tuple[str, ...]


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


def match(
    reading: Reading,
    wanted: Filter,
    behind: Place | None,
    enough: int,
    *,
    look: int | None = None,
    told: Collection[str] = (),
) -> Matching:
    """Return the events that match ``wanted``.

    behind: only those older than this place; an empty event id stands for all events of its instant.
    enough: how many are needed, the newest when any of them is told; more need not be among them.
    look:   on how many events the filters are tried that do not lead, ``LOOK`` at most.
    told:   columns of an event that will be asked for, beside its instant; none where events are only counted.
    """
    asked = _rest(wanted)
    needed = {"at", *(_PLACE if told else ()), *told, *(name for condition in asked for name in condition.reads)}
    names = sorted(needed)
    arms = [arm.within(wanted, behind) for arm in _arms(reading, wanted, names)]
    floor = _floor(reading, arms, min(look or LOOK, LOOK)) if asked else None
    parts = [arm.above(floor) if asked else arm.newest(enough) if told else arm.some(enough) for arm in arms]
    found = (union_all(*(select(part) for part in parts)) if len(parts) > 1 else select(parts[0])).subquery("e")
    return Matching(found, tuple(condition.of(found) for condition in asked), floor)


@dataclass(frozen=True)
class _Arm:
    """One range of one index, in order of time: what the leading filter selects.

    places: the question for where these events are in time.
    told:   what is to be known of each, and how it is found from there.
    """

    places: Question
    at: ColumnElement[datetime]
    event_id: ColumnElement[str]
    told: tuple[ColumnElement[Any], ...]
    joined: tuple[ColumnElement[bool], ...] = ()

    def within(self, wanted: Filter, behind: Place | None) -> _Arm:
        places = self.places
        if wanted.since is not None:
            places = places.where(self.at >= wanted.since)
        if wanted.until is not None:
            places = places.where(self.at < wanted.until)
        if behind is not None:
            older = or_(self.at < behind[0], self.event_id < behind[1])
            places = places.where(self.at <= behind[0], older)
        return replace(self, places=places)

    def floor(self, look: int) -> Question:
        return self.places.order_by(self.at.desc()).offset(look - 1).limit(1)

    def above(self, floor: datetime | None) -> Subquery:
        question = self._question if floor is None else self._question.where(self.at >= floor)
        return question.limit(_ALL).subquery()

    def newest(self, enough: int) -> Subquery:
        return self._question.order_by(self.at.desc(), self.event_id.desc()).limit(enough).subquery()

    def some(self, enough: int) -> Subquery:
        return self._question.limit(enough).subquery()

    @property
    def _question(self) -> Question:
        return self.places.with_only_columns(*self.told).where(*self.joined)


def _arms(reading: Reading, wanted: Filter, names: Collection[str]) -> list[_Arm]:
    lead, there = _lead(wanted), event_detail.c
    if lead in _MENTIONED:
        return [_mentioned(reading, getattr(wanted, lead), names)]
    kinds = wanted.kinds if lead == "kinds" else ()
    of_kinds = [there.kind == kind for kind in kinds]
    conditions = of_kinds or [there[lead] == getattr(wanted, lead) if lead else true()]
    told = tuple(there[name] for name in names)
    return [_Arm(select(there.at).where(condition), there.at, there.event_id, told) for condition in conditions]


def _mentioned(reading: Reading, word: str, names: Collection[str]) -> _Arm:
    """Return the events that name a word; what a mention does not say is asked of the event, one seek for each."""
    here, there = event_mention.c, event_detail.c
    told = tuple((here if name in _PLACE else there)[name] for name in names)
    joined = () if set(names) <= set(_PLACE) else _SAME[reading.dialect.name]
    return _Arm(select(here.at).where(here.word == word), here.at, here.event_id, told, joined)


def _lead(wanted: Filter) -> str:
    """Return the name of the filter that leads: the first that is set, in the order of how few events it lets by."""
    for name in _LEADING:
        if name == "outcome" and wanted.kinds:
            return "kinds"
        if getattr(wanted, name) is not None:
            return name
    return ""


def _rest(wanted: Filter) -> list[_Condition]:
    """Return what is still to be asked of each event that the leading filter gives."""
    lead = _lead(wanted)
    return [*_equal(wanted, lead), *_special(wanted, lead)]


def _equal(wanted: Filter, lead: str) -> Iterator[_Condition]:
    for name in _LEADING:
        value = getattr(wanted, name)
        if value is not None and name != lead:
            is_mentioned = name in _MENTIONED
            of = partial(_names, value) if is_mentioned else partial(_has, name, value)
            yield _Condition(of, _PLACE if is_mentioned else (name,))


def _special(wanted: Filter, lead: str) -> Iterator[_Condition]:
    if wanted.kinds and lead != "kinds":
        yield _Condition(partial(_is_one_of, wanted.kinds), ("kind",))
    if wanted.outside is not None:
        yield _Condition(partial(_is_outside, wanted.outside), ("at",))
    if wanted.changed:
        yield _Condition(_is_news, ("kind", "at", "subject"))


def _floor(reading: Reading, arms: list[_Arm], look: int) -> datetime | None:
    """Return the instant before which nothing is looked at, so that ``look`` events are looked at, in all arms."""
    reached = select(*(arm.floor(look // len(arms)).scalar_subquery() for arm in arms))
    return max((at for at in reading.execute(reached).one() if at is not None), default=None)


def _names(word: str, events: Subquery) -> ColumnElement[bool]:
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

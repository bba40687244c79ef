"""What an auditor's pages and API share: a question is asked of the policy, journalled, and only then of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final

from amana.audit.desk import patterns, query, questions
from amana.audit.desk.patterns import RULES, Flag, Search, Thresholds
from amana.audit.desk.query import Count, Doer, Page, Told
from amana.audit.desk.questions import QUESTIONS, Answer, Asked, Saved
from amana.audit.events.auditors import EventsRead
from amana.audit.events.wanted import GROUPS, WORDS, Filter, Hours
from amana.audit.log import receipt
from amana.audit.tlog import proof
from amana.audit.tlog.proof import Proof
from amana.clock import rfc3339
from amana.db import Reading
from amana.errors import NotFound
from amana.policy.decide import Resource
from amana.web import facts, guard, known
from amana.web.hub import hub
from amana.web.refusals import RequestMalformed

THE_LOG: Final = Resource("events", "log")
COUNTED: Final = questions.COUNTED
_BEHIND: Final = 3  # events shown with a flag


@dataclass(frozen=True)
class Flagged:
    """A rule and where it applies."""

    rule: str
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class Seen:
    """A flag and the newest events behind it."""

    flag: Flag
    events: tuple[Told, ...]


@dataclass(frozen=True)
class Shown:
    """A rule and where it applies, with events."""

    rule: str
    seen: tuple[Seen, ...]


def hours() -> Hours:
    """Return the hours of work, as the policies have them."""
    said = hub().policies.questions
    return Hours(said.opens, said.closes, said.rest)


def thresholds() -> Thresholds:
    """Return from which number on a pattern is flagged, as the policies have it."""
    said = hub().policies.questions
    return Thresholds(**{field.name: getattr(said, field.name) for field in fields(Thresholds)})


def numbers() -> dict[str, object]:
    """Return what the sentences of the rules say: thresholds and hours, as the policies have them."""
    said = hours()
    return {**asdict(thresholds()), "opens": f"{said.opens:02}:00", "closes": f"{said.closes:02}:00"}


def filter_of(said: Mapping[str, object]) -> Filter:
    """Return the filter behind what was asked for: words, ``group``, ``hours`` (outside), ``since``, ``until``.

    Raises RequestMalformed for a group or hours that there are not.
    """
    wanted = Filter(**{name: value for name, value in said.items() if name in {*WORDS, "since", "until"}})  # type: ignore[arg-type]
    if (group := said.get("group")) is not None:
        if group not in GROUPS:
            raise RequestMalformed(fields=["group"])
        wanted = replace(wanted, kinds=GROUPS[str(group)])
    if (outside := said.get("hours")) is not None:
        if outside != "outside":
            raise RequestMalformed(fields=["hours"])
        wanted = replace(wanted, outside=hours())
    return wanted


def words_of(wanted: Filter) -> dict[str, str]:
    """Return a filter as what was asked for: the pair of ``filter_of``."""
    told = {name: getattr(wanted, name) for name in WORDS}
    told |= {name: rfc3339(at) if (at := getattr(wanted, name)) else None for name in ("since", "until")}
    told["group"] = next((name for name, kinds in GROUPS.items() if kinds == wanted.kinds), None)
    told["hours"] = "outside" if wanted.outside else None
    return {name: text for name, text in told.items() if text is not None}


def read_page(wanted: Filter, after: str | None, limit: int) -> Page:
    """Return one page of events, newest first, once it is journalled that it is read, and through which filters.

    A filter that is no word of ours is journalled as ``unknown``: it may be somebody's name.
    """
    note(known.filters(words_of(wanted)))
    with hub().auditor.read() as reading:
        return query.read_events(reading, wanted, after, limit)


def read_counted(wanted: Filter, after: str | None, limit: int) -> tuple[Page, Count]:
    """Return the same, and how many events match in all, exactly up to ``COUNTED``."""
    page = read_page(wanted, after, limit)
    with hub().auditor.read() as reading:
        return page, query.count_events(reading, wanted, COUNTED)


def read_one(event: str) -> tuple[Told, Proof | None]:
    """Return one event, and its proof once a checkpoint covers it. Raises NotFound."""
    note({"event": known.subject(event) or known.UNKNOWN})
    house = hub()
    with house.auditor.read() as reading:
        told = query.read_event(reading, event)
        if told.index is None:
            return told, None
        return told, receipt.receipt_of(reading, event, house.panel, house.now())


def take_proof(event: str) -> str:
    """Return the text of an event's ``.tlog-proof``. Raises NotFound, or ReceiptPending while nothing covers it."""
    note({"proof": known.subject(event) or known.UNKNOWN})
    house = hub()
    with house.auditor.read() as reading:
        query.read_event(reading, event)
        return proof.render(receipt.receipt_of(reading, event, house.panel, house.now()))


def saved(name: str) -> Saved:
    """Return a saved question. Raises NotFound."""
    if name not in QUESTIONS:
        raise NotFound(what="question")
    return QUESTIONS[name]


def asked(question: Saved, country: str | None, days: int | None) -> Asked:
    """Return what a saved question is asked about: the last ``days`` days, those of the policies when None."""
    policy, now = hub().policies.questions, hub().now()
    back = days or (policy.country_days if question.of_country else policy.days)
    return Asked(now - timedelta(days=back), None, country, hours())


def put(question: Saved, told: Asked, after: str | None, limit: int) -> Answer:
    """Return the answer to a saved question, once it is journalled that it is put."""
    country = {"country": known.committee(told.country) or known.UNKNOWN} if told.country else {}
    note({"question": question.id, "since": rfc3339(told.since), **country})
    with hub().auditor.read() as reading:
        return questions.answer(reading, question, told, after, limit)


def count_all() -> tuple[dict[str, Count], tuple[Flagged, ...]]:
    """Return how much there is to each saved question that needs no country, and what is flagged."""
    note({"question": facts.ALL, "pattern": facts.ALL})
    with hub().auditor.read() as reading:
        needing_none = (one for one in QUESTIONS.values() if not one.of_country)
        counts = {one.id: questions.count(reading, one, asked(one, None, None)) for one in needing_none}
        return counts, _flagged(reading, None)


def flagged(days: int | None) -> tuple[Flagged, ...]:
    """Return every rule and where it applies in the last days, once it is journalled that it is asked."""
    note({"pattern": facts.ALL})
    with hub().auditor.read() as reading:
        return _flagged(reading, days)


def seen(days: int | None) -> tuple[Shown, ...]:
    """Return the same, each flag with the newest events behind it."""
    note({"pattern": facts.ALL})
    with hub().auditor.read() as reading:
        return tuple(
            Shown(
                one.rule,
                tuple(Seen(flag, query.read_events(reading, flag.behind, limit=_BEHIND).events) for flag in one.flags),
            )
            for one in _flagged(reading, days)
        )


def doers(wanted: Filter) -> tuple[Doer, ...]:
    """Return who did what matches, most often first; ``read_page`` has journalled the question."""
    with hub().auditor.read() as reading:
        return query.read_doers(reading, wanted, questions.DOERS)


def reads_of(release: str) -> Filter | None:
    """Return the reads of statistics about a release's subject while it was the newest, or None if it never was.

    A read names its subject and periods, not the release: those of other periods are among them.
    """
    published = Filter(subject=release, kind="release.published")
    ended = Filter(subject=release, kinds=("release.superseded", "release.withdrawn"))
    with hub().auditor.read() as reading:
        begun = query.read_events(reading, published, limit=1).events
        over = query.read_events(reading, ended, limit=1).events
    if not begun:
        return None
    return Filter(
        kind="statistics.read", dataflow=begun[0].dataflow, since=begun[0].at, until=over[0].at if over else None
    )


def search_since(days: int | None) -> datetime:
    """Return from when on patterns are searched."""
    return hub().now() - timedelta(days=days or hub().policies.questions.days)


def _flagged(reading: Reading, days: int | None) -> tuple[Flagged, ...]:
    search = Search(search_since(days), hours(), thresholds())
    return tuple(Flagged(rule, patterns.flags(reading, rule, search)) for rule in RULES)


def note(told: Mapping[str, str]) -> None:
    """Journal what is read of the log, once the policy says that it may be. Raises AccessRefused."""
    guard.ask("read_events", THE_LOG)
    guard.note(EventsRead(dict(told)))

"""What an auditor's pages ask of a log, as they ask it: a page and its count, saved questions, rules for patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from amana.audit.desk import patterns, questions
from amana.audit.desk.patterns import RULES, Search, Thresholds
from amana.audit.desk.query import PAGE, Page, count_events, read_events
from amana.audit.desk.questions import COUNTED, QUESTIONS, Answer, Asked, Saved
from amana.audit.events.wanted import Filter, Hours
from amana.db import Database

HOURS: Final = Hours(6, 19, frozenset({6}))
THRESHOLDS: Final = Thresholds(200, 20, 10, 5, 40, 50, 90)
DAYS, COUNTRY_DAYS = 7, 30  # how far back is asked: policies/questions.toml
COUNTRY: Final = "MAR"


def asked(now: datetime, saved: Saved) -> Asked:
    days = COUNTRY_DAYS if saved.of_country else DAYS
    return Asked(now - timedelta(days=days), None, COUNTRY, HOURS)


def search(now: datetime) -> Search:
    return Search(now - timedelta(days=DAYS), HOURS, THRESHOLDS)


def page(auditor: Database, wanted: Filter) -> Page:
    with auditor.read() as reading:
        return read_events(reading, wanted)


def counted_page(auditor: Database, wanted: Filter) -> None:
    """Do what the page does: with a filter, it says how many events match."""
    page(auditor, wanted)
    if wanted != Filter():
        with auditor.read() as reading:
            count_events(reading, wanted, COUNTED)


def ask(auditor: Database, saved: Saved, told: Asked) -> Answer:
    with auditor.read() as reading:
        return questions.answer(reading, saved, told, None, PAGE)


def look(auditor: Database, rule: str, where: Search) -> object:
    with auditor.read() as reading:
        return patterns.flags(reading, rule, where)


def overview(auditor: Database, now: datetime) -> None:
    """Do what the page does on which an auditor begins: count the answers, and apply every rule."""
    with auditor.read() as reading:
        for saved in QUESTIONS.values():
            if not saved.of_country:
                questions.count(reading, saved, asked(now, saved))
        for rule in RULES:
            patterns.flags(reading, rule, search(now))


def pages(filters: Mapping[str, Filter], now: datetime) -> Iterator[tuple[str, Callable[[Database], object]]]:
    """Yield each page of an auditor by its name."""
    for name, wanted in filters.items():
        yield f"page filtered by {name}", partial(counted_page, wanted=wanted)
    for saved in QUESTIONS.values():
        yield f"question {saved.id}", partial(ask, saved=saved, told=asked(now, saved))
    yield "all questions counted, all patterns", partial(overview, now=now)

"""Saved questions on both databases: each finds what it asks for and nothing else, and says how much there is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from amana import ids
from amana.audit.desk import questions
from amana.audit.desk.questions import QUESTIONS, Asked
from amana.audit.events import vocabulary
from amana.audit.events.accounts import PersonAdded, SignedIn
from amana.audit.events.auditors import EventsRead
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor, Event
from amana.audit.events.processes import PolicyLoaded
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused, SignInsFailed
from amana.audit.events.wanted import ACCESS, READS, Hours
from amana.audit.outbox import journal
from support.databases import TestDatabase
from support.log import NOON, SALMA, WrittenLog

HEDI = Actor("per_hedi", "member", "police-tun")
ADAMA = Actor("per_adama", "auditor", "audit-office")
WEB = Actor("web", "process", "hub")
HOURS = Hours(6, 19, frozenset())
WEEK_AGO, NIGHT = NOON - timedelta(days=7), NOON.replace(hour=2)
READ = StatisticsRead("CHILDREN", "area-sex", ("MAR", "TUN"), ("2022",), "planning", "json")
STORY: list[tuple[Event, Actor, object]] = [
    (PolicyLoaded("one"), WEB, NOON - timedelta(days=9)),
    (SignedIn("password"), SALMA, NOON - timedelta(days=8)),
    (PolicyLoaded("one"), WEB, NOON - timedelta(days=6)),
    (BatchRead("bat_1", "MAR"), SALMA, NIGHT),
    (READ, HEDI, NIGHT),
    (READ, HEDI, NOON),
    (StatisticsRead("CHILDREN", "area", ("TUN",), ("2022",), "planning", "json"), HEDI, NOON),
    (RequestRefused("read_batch", "policy.refused", "region.default-deny", "bat_1", "MAR"), HEDI, NOON),
    (SignInsFailed("eleven", "noon", 1, ("0" * 64,), (1,), 0), Actor("worker", "process", "hub"), NOON),
    (PolicyLoaded("two"), WEB, NOON),
    (PersonAdded(ids.new("per"), "member", "police-tun"), Actor("operator-shell", "process", "hub"), NOON),
    (EventsRead({"kind": "statistics.read"}), ADAMA, NOON),
]
FOUND = {
    "country": [3, 4, 5],
    "refusals": [7, 8],
    "outside_hours": [3, 4],
    "first_time": [4, 8, 10, 11],
    "most_reads": [3, 4, 5, 6],
    "sign_ins": [8],
    "policies": [9],
    "access": [10],
    "auditors": [11],
}
DOERS = {
    "country": [("per_hedi", 2), ("per_salma", 1)],
    "outside_hours": [("per_hedi", 1), ("per_salma", 1)],
    "most_reads": [("per_hedi", 3), ("per_salma", 1)],
    "auditors": [("per_adama", 1)],
}


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(database, tmp_path)
    with log.web.write() as tx:
        log.written += [journal.append(tx, event, by, at) for event, by, at in STORY]  # type: ignore[arg-type]
    return log


def test_each_question_has_an_answer_here():
    assert QUESTIONS.keys() == FOUND.keys()
    assert DOERS.keys() == {saved.id for saved in QUESTIONS.values() if saved.by_whom}


def test_what_is_asked_about_is_in_the_vocabulary():
    assert {*READS, *ACCESS} <= vocabulary.WORDS.keys()


def test_each_question_finds_its_events_in_the_last_week_and_who_did_them(log: WrittenLog):
    asked = Asked(WEEK_AGO, None, "MAR", HOURS)
    with log.auditor.read() as reading:
        for name, saved in QUESTIONS.items():
            told = questions.answer(reading, saved, asked, None, 50)
            assert sorted(log.written.index(event.event_id) for event in told.page.events) == FOUND[name], name
            assert told.count == questions.count(reading, saved, asked), name
            assert told.count == questions.Count(len(FOUND[name]), is_all=True), name
            assert [(one.actor, one.times) for one in told.doers] == DOERS.get(name, []), name


def test_the_country_is_asked_about_only_where_the_question_is_about_one(log: WrittenLog):
    asked = Asked(WEEK_AGO, NOON, "TUN", HOURS)
    with log.auditor.read() as reading:
        of_country = questions.answer(reading, QUESTIONS["country"], asked, None, 50)
        of_all = questions.answer(reading, QUESTIONS["most_reads"], asked, None, 50)
    assert [log.written.index(event.event_id) for event in of_country.page.events] == [4]
    assert of_all.count.number == 2


def test_newcomers_stay_newcomers_only_until_the_end_that_is_asked_for(log: WrittenLog):
    asked = Asked(NOON - timedelta(days=10), NOON - timedelta(days=7), None, HOURS)
    with log.auditor.read() as reading:
        told = questions.answer(reading, QUESTIONS["first_time"], asked, None, 50)
    assert [(event.actor, event.kind) for event in told.page.events] == [
        ("per_salma", "signed.in"),
        ("web", "policy.loaded"),
    ]


def test_the_second_page_goes_on_and_does_not_say_again_who_did_it(log: WrittenLog):
    saved, asked = QUESTIONS["most_reads"], Asked(WEEK_AGO, None, None, HOURS)
    with log.auditor.read() as reading:
        first = questions.answer(reading, saved, asked, None, 3)
        second = questions.answer(reading, saved, asked, first.page.after, 3)
    assert [len(one.page.events) for one in (first, second)] == [3, 1]
    assert [bool(one.doers) for one in (first, second)] == [True, False]

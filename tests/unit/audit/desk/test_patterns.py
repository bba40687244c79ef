"""Each rule fires where its sentence says so, and one event fewer, or a moment later, it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from amana.audit.desk import patterns
from amana.audit.desk.patterns import RULES, Flag, Search, Thresholds
from amana.audit.desk.query import read_events
from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor, Event
from amana.audit.events.refusals import RequestRefused, SignInsFailed
from amana.audit.events.wanted import Hours
from amana.audit.outbox import journal
from amana.audit.outbox.tables import event_detail
from amana.db import Reading
from support.databases import TestDatabase
from support.log import NOON

HEDI = Actor("per_hedi", "member", "police-tun")
WORKER = Actor("worker", "process", "hub")
SEARCH = Search(NOON - timedelta(days=7), Hours(6, 19, frozenset({0})), Thresholds(5, 3, 4, 3, 6, 2, 90))
MORNING = NOON.replace(hour=0)
NIGHT = NOON.replace(hour=22)  # the night from Saturday to Sunday, which is a day of rest
Moments = Sequence[datetime]
Written = list[tuple[Event, Actor, datetime]]


def each(start: datetime, apart: timedelta, times: int) -> Moments:
    return [start + apart * number for number in range(times)]


def reads(at: Moments, by: Actor = HEDI) -> Written:
    return [(BatchRead("bat_1", "MAR"), by, moment) for moment in at]


def refusals(at: Moments, by: Actor = HEDI) -> Written:
    return [(RequestRefused("read_batch", "policy.refused", None), by, moment) for moment in at]


def failures(*counts: tuple[datetime, dict[str, int]]) -> Written:
    return [(failed(counted), WORKER, at) for at, counted in counts]


def failed(counted: dict[str, int]) -> SignInsFailed:
    named = tuple(account * 64 for account in counted), tuple(counted.values())
    return SignInsFailed("earlier", "now", sum(counted.values()), *named, 0)


def long_known(by: Actor = HEDI, days: int = 30) -> Written:
    return [(SignedOut(), by, NOON - timedelta(days=days))]


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CASES: list[tuple[str, str, Written, int]] = [
    ("bulk", "five reads on one day", long_known() + reads(each(MORNING, HOUR, 5)), 5),
    ("bulk", "four reads on one day", long_known() + reads(each(MORNING, HOUR, 4)), 0),
    ("bulk", "four before midnight, four after", long_known() + reads(each(MORNING - HOUR * 4, HOUR, 8)), 0),
    ("bulk", "five on one day by two", long_known() + reads(each(MORNING, HOUR, 3)) + reads([NOON] * 2, WORKER), 0),
    ("bulk", "five on one day two weeks ago", reads(each(MORNING - timedelta(days=14), HOUR, 5)), 0),
    ("night", "three between closing and opening", reads(each(NIGHT, HOUR * 2, 3)), 3),
    ("night", "two at night and one after breakfast", reads([NIGHT - timedelta(days=2)] * 2 + [NOON]), 0),
    ("night", "two in one night and one in the next", reads([*each(NIGHT, HOUR, 2), NIGHT + HOUR * 24]), 0),
    ("night", "three at noon on the day of rest", reads([NOON + timedelta(days=1)] * 3), 3),
    ("insisting", "four refusals on one day", refusals(each(MORNING, HOUR, 4)), 4),
    ("insisting", "three refusals on one day", refusals(each(MORNING, HOUR, 3)), 0),
    ("guessing", "three failures told at one mark", failures((NOON, {"0": 3})), 3),
    (
        "guessing",
        "one, then two, within an hour",
        failures((NOON, {"0": 1}), (NOON + 50 * MINUTE, {"0": 2, "1": 1})),
        3,
    ),
    ("guessing", "two in one hour, one in the next", failures((NOON, {"0": 2}), (NOON + HOUR, {"0": 1})), 0),
    ("guessing", "three failures, each of another account", failures((NOON, {"0": 1, "1": 1, "2": 1})), 0),
    ("guessing", "an hour in which nothing failed", failures((NOON, {})), 0),
    ("spraying", "six failures in an hour", failures((NOON, {"0": 2}), (NOON + MINUTE, {"1": 1, "2": 3})), 6),
    ("spraying", "five failures in an hour", failures((NOON, {"0": 2}), (NOON + MINUTE, {"1": 3})), 0),
    ("hasty", "a newcomer's two reads", reads(each(NOON, HOUR * 23, 2)), 2),
    ("hasty", "a newcomer's second read after a day", reads(each(NOON, HOUR * 24, 2)), 0),
    ("hasty", "two reads of somebody known", long_known() + reads(each(NOON, HOUR, 2)), 0),
    ("returning", "an act after ninety days", long_known(days=90) + reads([NOON]), 90),
    ("returning", "an act after eighty-nine days", long_known(days=89) + reads([NOON]), 0),
    ("returning", "a first act", reads([NOON]), 0),
]


class _Undone(Exception):
    """Ends a transaction without a trace, so that one database serves all cases."""


def flagged(database: TestDatabase, rule: str, written: Written) -> tuple[tuple[Flag, ...], list[str], list[str]]:
    """The flags of a rule in a log that holds nothing else, the events behind them, and all events."""
    with pytest.raises(_Undone), database.as_role("owner").write() as tx:
        told = [journal.append(tx, event, by, at) for event, by, at in written]
        flags = patterns.flags(Reading(tx), rule, SEARCH)
        behind = [event.event_id for flag in flags for event in read_events(Reading(tx), flag.behind).events]
        raise _Undone
    return flags, behind, told


def test_every_rule_fires_here_and_does_not():
    for rule in RULES:
        assert {bool(number) for name, _, _, number in CASES if name == rule} == {True, False}, rule


def test_each_rule_fires_where_its_sentence_says_so_and_shows_the_events_behind(database: TestDatabase):
    for rule, what, written, number in CASES:
        flags, behind, told = flagged(database, rule, written)
        assert [(flag.rule, flag.number) for flag in flags] == ([(rule, number)] if number else []), (rule, what)
        by_events = rule not in {"returning", "guessing", "spraying"}  # the others count days, or what an event counts
        assert len(behind) == number or (not by_events and bool(behind) == bool(number)), (rule, what)
        assert set(behind) <= set(told), (rule, what)


def test_the_latest_flag_comes_first_and_there_are_not_too_many(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(patterns, "MOST", 2)
    days = [MORNING - timedelta(days=number) for number in range(4)]
    flags, _, _ = flagged(database, "bulk", [one for day in days for one in reads(each(day, MINUTE, 5))])
    assert [flag.behind.since for flag in flags] == days[:2]


def test_an_auditor_may_look_for_patterns(database: TestDatabase):
    with database.as_role("auditor_reader").read() as reading:
        assert [patterns.flags(reading, rule, SEARCH) for rule in RULES] == [()] * len(RULES)


@pytest.mark.parametrize(
    "change",
    [{"times": "6"}, {"failures": "6"}, {"failures": ("6",)}, {"accounts": (6,)}],
    ids=str,
)
def test_facts_that_somebody_edited_flag_nothing_and_hide_nothing(database: TestDatabase, change: dict[str, Any]):
    edited = replace(failed({"0": 6}), **change)
    for rule in ("guessing", "spraying"):
        flags, _, _ = flagged(database, rule, [*failures((NOON, {"1": 6})), (edited, WORKER, NOON + MINUTE)])
        assert [flag.number for flag in flags] == [6]


def test_what_is_no_fact_of_ours_flags_nothing(sqlite: TestDatabase):
    who = {"actor": "worker", "role": "process", "organisation": "hub", "outcome": "refused"}
    with sqlite.as_role("owner").write() as tx:
        row = {"event_id": "evt_x", "kind": "sign_in.failed", "at": NOON, "salt": b"", "details": b"{}", **who}
        tx.execute(insert(event_detail).values(row))
    with sqlite.as_role("auditor_reader").read() as reading:
        assert patterns.flags(reading, "guessing", SEARCH) == ()

"""What the auditor's page shows, and how it turns its pages, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from amana.audit.events import Actor, BatchRefused, RequestRefused, SignedOut, StatisticsRead
from amana.audit.query import Filter, read_event, read_events
from amana.errors import Malformed, NotFound
from support.databases import TestDatabase
from support.log import NOON, SALMA, WrittenLog

HEDI = Actor("per_hedi", "member", "police-tun")


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(database, tmp_path)
    log.write(BatchRefused("bat_1", "MAR", "VICTIMS", "2022", ("age.plausible",)))
    log.write(RequestRefused("read_batch", "policy.refused", "region.default-deny", "bat_1", "MAR", "VICTIMS"), by=HEDI)
    log.write(StatisticsRead("CHILDREN", "area-sex", ("TUN",), ("2022",), "planning", "json"), by=HEDI)
    log.sequence()
    log.write(SignedOut())
    return log


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), [3, 2, 1, 0]),
        (Filter(actor="per_hedi"), [2, 1]),
        (Filter(organisation=SALMA.organisation), [3, 0]),
        (Filter(country="MAR"), [1, 0]),
        (Filter(dataflow="CHILDREN"), [2]),
        (Filter(purpose="planning"), [2]),
        (Filter(outcome="refused"), [1, 0]),
        (Filter(kind="signed.out"), [3]),
        (Filter(subject="bat_1"), [1, 0]),
        (Filter(since=NOON + timedelta(seconds=2)), [3, 2]),
        (Filter(until=NOON + timedelta(seconds=2)), [1, 0]),
        (Filter(outcome="refused", actor="per_hedi"), [1]),
        (Filter(kind="nothing"), []),
    ],
)
def test_each_filter_finds_its_events_newest_first(log: WrittenLog, wanted: Filter, found: list[int]):
    with log.auditor.read() as reading:
        page = read_events(reading, wanted)
    assert [log.written.index(told.event_id) for told in page.events] == found
    assert page.after is None


def test_pages_follow_each_other_without_gap_or_repetition(log: WrittenLog):
    seen, after, pages = [], None, 0
    while pages == 0 or (after is not None and pages < 9):
        with log.auditor.read() as reading:
            page = read_events(reading, Filter(), after, limit=1)
        seen += [told.event_id for told in page.events]
        after, pages = page.after, pages + 1
    assert seen == log.written[::-1]
    assert pages == 4


def test_an_event_tells_everything_and_its_place(log: WrittenLog):
    with log.auditor.read() as reading:
        refused = read_event(reading, log.written[1])
        waiting = read_event(reading, log.written[3])
    assert (refused.index, waiting.index) == (1, None)
    assert (refused.at, refused.clause, refused.role) == (NOON + timedelta(seconds=1), "region.default-deny", "member")
    assert refused.facts is not None
    assert refused.facts["action"] == "read_batch"


def test_an_unknown_event_is_not_found(log: WrittenLog):
    with log.auditor.read() as reading, pytest.raises(NotFound):
        read_event(reading, "evt_unknown")


@pytest.mark.parametrize("cursor", ["", "x.evt_" + "a" * 26, "1.evt_short", "1" * 17 + ".evt_" + "a" * 26])
def test_what_is_no_page_cursor_is_refused(log: WrittenLog, cursor: str):
    with log.auditor.read() as reading, pytest.raises(Malformed):
        read_events(reading, Filter(), cursor)


@pytest.mark.parametrize("damage", ["broken", "[]"])
def test_one_damaged_event_does_not_hide_the_others(log: WrittenLog, damage: str):
    with log.database.as_role("owner").write() as tx:
        row = {"event_id": "evt_1", "kind": "k", "at": 1, "actor": "a", "role": "r", "organisation": "o"}
        row |= {"outcome": "done", "salt": b"s", "details": damage.encode()}
        named = ", ".join(row)
        tx.execute(text(f"INSERT INTO event_detail ({named}) VALUES ({', '.join(':' + name for name in row)})"), row)
    with log.auditor.read() as reading:
        page = read_events(reading, Filter())
    assert [told.facts is None for told in page.events] == [False, False, False, False, True]

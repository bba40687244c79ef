"""What the auditor's page shows, and how it turns its pages, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from amana import ids
from amana.audit.desk import matching
from amana.audit.desk.query import Count, count_events, read_doers, read_event, read_events
from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRefused
from amana.audit.events.event import Actor
from amana.audit.events.processes import PolicyLoaded
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.events.vault import RecordsStored
from amana.audit.events.wanted import Filter, Hours
from amana.audit.outbox import journal
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
        (Filter(country="TUN"), [2]),
        (Filter(country="TUN", dataflow="VICTIMS"), []),
        (Filter(country="MAR", subject="bat_1", organisation="police-tun"), [1]),
        (Filter(kinds=("signed.out", "batch.refused")), [3, 0]),
        (Filter(kinds=("signed.out", "batch.refused"), outcome="refused"), [0]),
        (Filter(kinds=("signed.out", "batch.refused"), actor="per_salma"), [3, 0]),
        (Filter(kinds=("signed.out", "batch.refused"), until=NOON), []),
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


@pytest.mark.parametrize("word", ["batch", "holding", "MAR"])
def test_an_event_is_found_by_whatever_it_names(log: WrittenLog, word: str):
    batch, holding = ids.new("bat"), ids.new("hld")
    stored = log.write(RecordsStored(holding, batch, "MAR", "VICTIMS", "2022", "records"))
    with log.auditor.read() as reading:
        page = read_events(reading, Filter(subject={"batch": batch, "holding": holding}.get(word, word)), limit=1)
    assert [told.event_id for told in page.events] == stored


NINE_TO_FIVE = Hours(9, 17, frozenset({0}))


@pytest.mark.parametrize(
    ("at", "outside"),
    [
        (NOON, False),  # a Saturday
        (NOON.replace(hour=8, minute=59), True),
        (NOON.replace(hour=9), False),
        (NOON.replace(hour=16, minute=59, second=59), False),
        (NOON.replace(hour=17), True),
        (NOON + timedelta(days=1), True),
        (NOON + timedelta(days=2), False),
    ],
)
def test_the_hours_of_work_are_those_of_the_clock_and_the_week(log: WrittenLog, at: datetime, outside: bool):
    with log.web.write() as tx:
        told = journal.append(tx, PolicyLoaded("0"), SALMA, at)
    with log.auditor.read() as reading:
        page = read_events(reading, Filter(kind="policy.loaded", outside=NINE_TO_FIVE))
    assert [one.event_id for one in page.events] == ([told] if outside else [])


def test_only_a_policy_that_differs_from_the_one_before_is_news(log: WrittenLog):
    told = log.write(*(PolicyLoaded(digest) for digest in ("a", "a", "b", "b", "a")))
    with log.auditor.read() as reading:
        page = read_events(reading, Filter(kind="policy.loaded", changed=True))
    assert [event.event_id for event in page.events] == [told[4], told[2], told[0]]


def test_a_page_looks_at_a_bounded_number_of_events_and_the_next_goes_on_there(
    log: WrittenLog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(matching, "LOOK", 3)
    log.write(*(BatchRefused("bat_2", "TUN", "VICTIMS", "2022", ()) for _ in range(4)))
    wanted, after = Filter(organisation=SALMA.organisation, kinds=("signed.out",)), None
    seen: list[list[int]] = []
    looked: list[object] = []
    while not looked or after is not None:
        with log.auditor.read() as reading:
            page = read_events(reading, wanted, after)
        after = page.after
        seen.append([log.written.index(event.event_id) for event in page.events])
        looked.append(page.looked_to)
    assert seen == [[], [3], []]
    assert looked == [NOON + timedelta(seconds=5), NOON, None]


def test_events_are_counted_up_to_a_bound(log: WrittenLog):
    with log.auditor.read() as reading:
        assert count_events(reading, Filter(), 4) == Count(4, is_all=True)
        assert count_events(reading, Filter(), 3) == Count(3, is_all=False)
        assert count_events(reading, Filter(country="MAR", outcome="done"), 3) == Count(0, is_all=True)


def test_who_did_it_is_told_most_often_first(log: WrittenLog):
    log.write(SignedOut(), by=HEDI)
    with log.auditor.read() as reading:
        doers = read_doers(reading, Filter(), 100)
        newest = read_doers(reading, Filter(), 1)
    assert [(one.actor, one.times) for one in doers] == [("per_hedi", 3), ("per_salma", 2)]
    assert (doers[0].first, doers[0].last) == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=4))
    assert [(one.actor, one.organisation) for one in newest] == [("per_hedi", "police-tun")]


def test_who_did_it_is_looked_for_no_further_back_than_a_page_looks(log: WrittenLog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(matching, "LOOK", 2)
    told = Filter(organisation=HEDI.organisation, kinds=("request.refused",))
    with log.auditor.read() as reading:
        near = read_doers(reading, told, 1)
    log.write(*(SignedOut() for _ in range(2)), by=HEDI)
    with log.auditor.read() as reading:
        far = read_doers(reading, told, 1)
    assert ([one.times for one in near], far) == ([1], ())


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


@pytest.mark.parametrize("column", ["actor = 'per_x'", "outcome = 'done'", "subject = NULL", "details = '{}'"])
def test_an_event_that_was_changed_since_it_was_signed_says_so_wherever_it_is_shown(
    sqlite: TestDatabase, tmp_path: Path, column: str
):
    log = WrittenLog(sqlite, tmp_path)
    log.write(RequestRefused("read_batch", "policy.refused", "region.default-deny", "bat_1", "MAR"), SignedOut())
    log.sequence()
    (waiting,) = log.write(SignedOut())
    with log.database.as_role("owner").write() as tx:
        tx.execute(text("DROP TRIGGER event_detail_refuses_update"))
        for event in (log.written[0], waiting):
            tx.execute(text(f"UPDATE event_detail SET {column} WHERE event_id = :event"), {"event": event})
    with log.auditor.read() as reading:
        shown = {one.event_id: one.altered for one in read_events(reading, Filter()).events}
        alone = [read_event(reading, event).altered for event in log.written]
    assert shown == {log.written[0]: True, log.written[1]: False, waiting: False}, "what is not signed yet cannot be"
    assert alone == [True, False, False]

"""The rows of one event, read back: what the statements write is what the tables declare."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor, Event
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.outbox import journal, rows
from amana.audit.outbox.rows import Entry
from amana.audit.outbox.tables import event_detail, event_mention
from amana.audit.outbox.tables import journal as waiting
from amana.audit.outbox.tables import reading as readings
from amana.audit.tlog import leaf
from support.databases import TestDatabase
from support.log import NOON, WrittenLog

CLERK = Actor("per_عليّ", "submitter", "cnlte-mar", under="access.own")


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (SignedOut(), []),
        (BatchRead("bat_1", "MAR"), ["MAR", "bat_1"]),
        (RequestRefused("read", "access.refused", "c", "x%s'\"", "TUN", "VICTIMS", "research"), ["TUN", "x%s'\""]),
    ],
)
def test_an_event_is_read_back_as_it_was_written(log: WrittenLog, event: Event, words: list[str]):
    detail = journal.describe(event, CLERK, NOON, "evt_" + "a" * 26, b"\x00s" * 16)
    with log.web.write() as tx:
        rows.write(tx, [Entry(detail, b"\xffleaf", words)])
    owner = log.database.as_role("owner")
    with owner.read() as reading:
        told = dict(reading.execute(select(event_detail)).mappings().one())
        assert told.pop("event_id") == detail.id
        assert (leaf.microseconds(told.pop("at")), told.pop("details")) == (detail.at, detail.facts)
        assert told == {name: getattr(detail, name) for name in told}
        assert reading.execute(select(waiting)).one() == (detail.id, b"\xffleaf", NOON)
        named = reading.execute(select(event_mention).order_by(event_mention.c.word)).all()
    assert [tuple(row) for row in named] == [(word, NOON, detail.id) for word in words]


def test_events_that_are_written_together_are_read_back_as_they_were_told(log: WrittenLog):
    read = StatisticsRead("CHILDREN", "area-sex", ("MAR", "TUN"), ("2022",), "planning", "json")
    events = (
        SignedOut(),
        read,
        BatchRead("bat_1", "MAR"),
        read,
        StatisticsRead("CHILDREN", "sex", (), (), None, "csv"),
    )
    entries = [journal.prepare(event, CLERK, NOON) for event in events]
    with log.web.write() as tx:
        rows.write(tx, entries)
    with log.database.as_role("owner").read() as reading:
        details = dict(map(tuple, reading.execute(select(event_detail.c.event_id, event_detail.c.details))))
        leaves = dict(map(tuple, reading.execute(select(waiting.c.event_id, waiting.c.leaf))))
        named = set(map(tuple, reading.execute(select(event_mention.c.event_id, event_mention.c.word))))
        counted = dict(map(tuple, reading.execute(select(readings.c.event_id, readings.c.countries))))
    assert details == {one.detail.id: one.detail.facts for one in entries}
    assert leaves == {one.detail.id: one.leaf for one in entries}
    assert named == {(one.detail.id, word) for one in entries for word in one.words}
    assert counted == {one.detail.id: "MAR,TUN" for one in (entries[1], entries[3])}

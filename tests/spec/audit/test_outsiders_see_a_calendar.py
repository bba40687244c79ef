"""What outsiders see of the log: one checkpoint a mark, a multiple of the block long, and nothing that lies beyond it.

Drawn for a calendar of one hour and blocks of 4: `e` is an event, `p` padding, `|` where a public checkpoint ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from amana.audit.events.accounts import SignedOut
from amana.audit.log import cosigned, public, tiles
from amana.audit.log.delay import Delay, read
from amana.audit.log.sequence import LogRewritten, check_log, show
from amana.audit.log.tables import log_entry
from amana.audit.offline.verify import verify_sqlite
from amana.audit.tlog import leaf
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import read_checkpoint
from amana.audit.tlog.tiled import TileName
from amana.errors import NotFound
from support.databases import TestDatabase
from support.log import NOON, WrittenLog

HOUR = timedelta(hours=1)
CALENDAR = Calendar(3600, 4)


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(sqlite, tmp_path)


def show_at(log: WrittenLog, now: datetime) -> None:
    log.last = show(log.sequencer, log.key, now, log.last, CALENDAR)


def drawn(log: WrittenLog) -> str:
    with log.auditor.read() as reading:
        entries = [
            leaf.parse(raw) for raw in reading.execute(select(log_entry.c.leaf).order_by(log_entry.c.idx)).scalars()
        ]
        signs = ["p" if leaf.is_padding(entry) else "e" for entry in entries]
        size = public.size(reading)
    return "".join(signs[:size]) + "|" + "".join(signs[size:])


#   events in each hour                                          the log then
@pytest.mark.parametrize(
    ("events", "then"),
    [
        ((0,), "pppp|"),
        ((1,), "eppp|"),
        ((3,), "eeep|"),
        ((4,), "eeeepppp|"),  # a full block looks like one that is begun
        ((1, 0, 2), "epppppppeepp|"),
    ],
)
def test_volume_within_a_block_shows_nothing(log: WrittenLog, events: tuple[int, ...], then: str):
    for hour, count in enumerate(events):
        log.write(*(SignedOut() for _ in range(count)))
        log.sequence()
        show_at(log, NOON + hour * HOUR)
    assert drawn(log) == then


def test_what_is_signed_between_two_marks_stays_inside(log: WrittenLog):
    log.grow(2)
    with log.auditor.read() as reading:
        assert public.newest(reading) is None
        with pytest.raises(NotFound):
            cosigned.newest_public(reading)
    show_at(log, NOON)
    log.grow(1)
    show_at(log, NOON + HOUR - timedelta(seconds=1))
    assert drawn(log) == "eepp|e"
    with log.auditor.read() as reading:
        shown = read_checkpoint(cosigned.newest_public(reading), log.key.verifier)
        assert (shown.size, read_checkpoint(tiles.newest_checkpoint(reading), log.key.verifier).size) == (4, 5)
        assert len(public.read_tile(reading, TileName(0, 0, 4))) == 4 * 32
        with pytest.raises(NotFound):
            public.read_tile(reading, TileName(0, 0, 5))
        with pytest.raises(NotFound):
            public.read_tile(reading, TileName(1, 0, 1))


def test_padding_is_no_event_and_no_fault(log: WrittenLog, tmp_path: Path):
    log.grow(1)
    show_at(log, NOON)
    log.stolen(tmp_path / "copy.sqlite").close()
    found = verify_sqlite(tmp_path / "copy.sqlite", log.key.verifier)
    assert found.is_intact
    assert (found.entries, found.padding, found.bare) == (4, 3, 0)
    with log.auditor.read() as reading:
        assert check_log(reading, log.key) == log.last


def test_nothing_is_shown_of_a_log_that_was_rewritten(log: WrittenLog):
    log.grow(2)
    with log.database.as_role("owner").write() as tx:
        tx.exec_driver_sql("UPDATE log_tile SET hashes = zeroblob(64)")
    with pytest.raises(LogRewritten):
        show_at(log, NOON)
    assert drawn(log) == "|ee"


def test_of_two_sequencers_one_shows(log: WrittenLog):
    log.grow(1)
    before = log.last
    show_at(log, NOON)
    log.last = before
    show_at(log, NOON)
    assert log.last == before
    assert drawn(log) == "eppp|"


#   made   looked at   →  waits, and the next mark is overdue by (minutes)
@pytest.mark.parametrize(
    ("looked", "waiting", "overdue"), [(0, 0, 0), (1, 1, 0), (60, 60, 0), (61, 61, 1), (-10, 0, 0)]
)
def test_how_late_the_log_is_can_be_read(log: WrittenLog, looked: int, waiting: int, overdue: int):
    minute = timedelta(minutes=1)
    with log.auditor.read() as reading:
        assert read(reading, HOUR, NOON) == Delay(timedelta(0), timedelta(0))
    show_at(log, NOON)
    log.write(SignedOut())
    with log.auditor.read() as reading:
        found = read(reading, HOUR, NOON + looked * minute)
    assert found == Delay(waiting * minute, overdue * minute)
    assert found.is_late(minute) == (waiting > 1 or overdue > 1)

"""The sequencer's act: once, in order, under one lock, and never over a log that it did not sign."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRead
from amana.audit.log import tiles
from amana.audit.log.sequence import JournalUnreadable, LogRewritten, check_log, sequence
from amana.audit.log.tables import log_checkpoint, log_entry
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import Checkpoint
from amana.audit.tlog.tree import EMPTY_ROOT, hash_leaf, root
from amana.db import Database, Transaction
from amana.errors import SignatureInvalid
from support.databases import TestDatabase
from support.log import NOON, ORIGIN, TRIGGERS, WrittenLog, new_key

NOTHING = Checkpoint(ORIGIN, 0, EMPTY_ROOT)


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


def entries(log: WrittenLog) -> list[tuple[int, str]]:
    with log.auditor.read() as reading:
        return [tuple(row) for row in reading.execute(select(log_entry.c.idx, log_entry.c.event_id).order_by("idx"))]


def as_owner(log: WrittenLog, *acts: str) -> None:
    on_table = {trigger: trigger.split("_refuses_")[0] for trigger in TRIGGERS}
    with log.database.as_role("owner").write() as tx:
        for trigger, table in on_table.items():
            where = f" ON {table}" if tx.dialect.name == "postgresql" else ""
            tx.execute(text(f"DROP TRIGGER IF EXISTS {trigger}{where}"))
        for act in acts:
            tx.execute(text(act))


def test_what_was_journalled_becomes_the_log_in_order(log: WrittenLog):
    written = log.grow(3, 2)
    assert entries(log) == list(enumerate(written))
    with log.auditor.read() as reading:
        leaves = reading.execute(select(log_entry.c.leaf).order_by(log_entry.c.idx)).scalars()
        assert check_log(reading, log.key) == log.last == Checkpoint(ORIGIN, 5, root(map(hash_leaf, leaves)))
        assert reading.execute(select(func.count()).select_from(log_checkpoint)).scalar_one() == 2


def test_nothing_journalled_nothing_signed(log: WrittenLog):
    assert log.sequence() == 0
    assert log.last == NOTHING
    with log.auditor.read() as reading:
        assert tiles.size_of(reading) == 0
        assert check_log(reading, log.key) == NOTHING


def test_a_long_journal_is_moved_in_parts(log: WrittenLog):
    written = log.write(*(SignedOut() for _ in range(5)))
    assert [log.sequence(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert entries(log) == list(enumerate(written))


@pytest.mark.parametrize(
    "act", ["UPDATE log_entry SET leaf = '1' WHERE idx = 1", "DELETE FROM log_entry WHERE idx < 2"]
)
def test_a_process_does_not_begin_over_a_rewritten_log(log: WrittenLog, act: str):
    log.grow(3)
    as_owner(log, act)
    with log.auditor.read() as reading, pytest.raises(LogRewritten):
        check_log(reading, log.key)


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE log_tile SET hashes = '1'",
        "DELETE FROM log_tile",
        "DELETE FROM log_checkpoint WHERE size = 3",
        "DELETE FROM log_checkpoint",
    ],
)
def test_nothing_is_signed_over_a_log_edited_under_a_running_sequencer(log: WrittenLog, act: str):
    log.grow(2, 1)
    as_owner(log, act)
    log.write(SignedOut())
    with pytest.raises(LogRewritten):
        log.sequence()
    with log.auditor.read() as reading:
        assert tiles.size_of(reading) <= 3


def test_a_log_restored_to_yesterday_and_grown_again_is_refused(log: WrittenLog):
    log.grow(2)
    kept = log.last
    log.grow(2)
    newer, log.last = log.last, kept
    as_owner(log, "DELETE FROM log_entry WHERE idx >= 2", "DELETE FROM log_checkpoint WHERE size > 2",
             "UPDATE log_tile SET hashes = substr(hashes, 1, 64)")  # fmt: skip
    log.grow(3)
    log.last = newer
    log.write(SignedOut())
    with pytest.raises(LogRewritten):
        log.sequence()


def test_another_keys_log_is_not_continued(log: WrittenLog, tmp_path: Path):
    log.grow(2)
    other = tmp_path / "other"
    other.mkdir()
    stranger = new_key(other)
    log.write(SignedOut())
    with pytest.raises(SignatureInvalid):
        sequence(log.sequencer, stranger, NOON, log.last)
    with log.auditor.read() as reading, pytest.raises(SignatureInvalid):
        check_log(reading, stranger)


class Overtaken(Database):
    """A sequencer's database in which another sequencer is quicker, once."""

    def overtaken_by(self, act: Callable[[], object]) -> Overtaken:
        object.__setattr__(self, "acts", [act])
        return self

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        if acts := self.__dict__["acts"]:
            acts.pop()()
        with super().write() as tx:
            yield tx


@pytest.mark.parametrize("theirs", [2, 3])
def test_what_was_worked_out_is_void_once_another_sequencer_was_quicker(log: WrittenLog, theirs: int):
    log.grow(2)
    mine, before = Overtaken(log.sequencer.engine, log.sequencer.role), log.last
    written = [*log.written, *log.write(*(SignedOut() for _ in range(3)))]
    mine.overtaken_by(lambda: log.sequence(limit=theirs))
    newest, moved = sequence(mine, log.key, NOON, before)
    assert moved == 3 - theirs, "what the other one left"
    assert entries(log) == list(enumerate(written))
    assert newest.size == (5 if moved else 2)
    with log.auditor.read() as reading:
        assert check_log(reading, log.key).size == len(written)


PADDED = leaf.render(leaf.pad("evt_1", 1)).decode()


@pytest.mark.parametrize("entry", ["1", '{"at":1,"commitment":"c","id":"evt_2","kind":"k","v":1}', PADDED])
def test_a_journal_row_that_is_no_entry_of_ours_stops_everything(log: WrittenLog, entry: str):
    with log.web.write() as tx:
        row = {"id": "evt_1", "leaf": entry.encode()}
        tx.execute(text("INSERT INTO journal (event_id, leaf, made_at) VALUES (:id, :leaf, 1)"), row)
    with pytest.raises(JournalUnreadable):
        log.sequence()
    assert entries(log) == []


class Running(threading.Thread):
    """A thread whose failure the test sees."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act
        self.failure: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.act()
        except Exception as failure:  # noqa: BLE001 - handed to the test by ``end``
            self.failure = failure

    def end(self) -> None:
        self.join()
        if self.failure:
            raise self.failure


def test_many_writers_and_two_sequencers_leave_every_event_once(log: WrittenLog):
    writers, each = 4, 12
    written: list[str] = []
    done = threading.Event()

    def write() -> None:
        for number in range(each):
            written.extend(log.write(BatchRead(f"bat_{number}", "MAR")))

    def keep_sequencing() -> None:
        database, last, moved = log.database.as_role("amana_sequencer"), NOTHING, 1
        while moved or not done.is_set():
            last, moved = sequence(database, log.key, NOON, last, limit=7)

    sequencers = [Running(keep_sequencing) for _ in range(2)]
    crew = [Running(write) for _ in range(writers)]
    for writer in crew:
        writer.end()
    done.set()
    for sequencer in sequencers:
        sequencer.end()
    log.sequence()
    found = entries(log)
    assert [index for index, _ in found] == list(range(writers * each))
    assert sorted(event for _, event in found) == sorted(written)
    with log.auditor.read() as reading:
        assert check_log(reading, log.key).size == writers * each

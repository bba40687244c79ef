"""The sequencer's door: it tests itself, journals that it started, keeps its pace, and stops when told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from amana.audit.checkpoint import make_log_key, read_checkpoint
from amana.audit.events import SignedOut
from amana.audit.query import Filter, read_events
from amana.audit.sequence import LogRewritten
from amana.audit.tiles import newest_checkpoint
from amana.config import HOME, SequencerConfig
from amana.errors import SignatureInvalid
from amana.sequencer.main import drain, run
from support.databases import TestDatabase
from support.log import NOON, ORIGIN, WrittenLog


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(sqlite, tmp_path)


@pytest.fixture
def config(log: WrittenLog, tmp_path: Path) -> SequencerConfig:
    key_file = tmp_path / "amana.test-log.pem"
    return SequencerConfig(HOME, log.database.url, key_file, interval=20, demo=True)


class StopAfter(threading.Event):
    """Stops after so many pauses, and writes an event in each of them: no clock, no luck."""

    def __init__(self, log: WrittenLog, pauses: int) -> None:
        super().__init__()
        self.log, self.pauses, self.waited = log, pauses, list[float | None]()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        self.log.write(SignedOut())
        if len(self.waited) == self.pauses:
            self.set()
        return self.is_set()


def noon() -> datetime:
    return NOON


def test_what_is_journalled_between_two_beats_is_signed_at_the_next(log: WrittenLog, config: SequencerConfig):
    stop = StopAfter(log, 3)
    run(config, stop, noon)
    assert stop.waited == [0.02, 0.02, 0.02]
    with log.auditor.read() as reading:
        page = read_events(reading, Filter())
        assert read_checkpoint(newest_checkpoint(reading), log.key.verifier).size == 3
    assert sorted((told.index is not None, told.kind) for told in page.events) == [
        (False, "signed.out"),  # written in the last pause
        (True, "process.started"),
        (True, "signed.out"),
        (True, "signed.out"),
    ]


def test_a_restart_continues_the_log(log: WrittenLog, config: SequencerConfig):
    for _ in range(2):
        run(config, StopAfter(log, 1), noon)
    with log.auditor.read() as reading:
        assert read_checkpoint(newest_checkpoint(reading), log.key.verifier).size == 3


def test_a_long_backlog_is_drained_in_one_beat(log: WrittenLog):
    log.write(*(SignedOut() for _ in range(501)))
    assert drain(log.sequencer, log.key, log.last, NOON).size == 501


def test_it_does_not_start_over_a_log_that_was_rewritten(log: WrittenLog, config: SequencerConfig):
    log.grow(2)
    with log.database.as_role("owner").write() as tx:
        tx.execute(text("DROP TRIGGER log_entry_refuses_update"))
        tx.execute(text("UPDATE log_entry SET leaf = x'00' WHERE idx = 1"))
    with pytest.raises(LogRewritten):
        run(config, StopAfter(log, 1), noon)


def test_it_does_not_start_with_another_key(log: WrittenLog, config: SequencerConfig, tmp_path: Path):
    log.grow(2)
    (tmp_path / "other.pem").write_bytes(make_log_key(ORIGIN)[0])
    with pytest.raises(SignatureInvalid):
        run(replace(config, log_key_file=tmp_path / "other.pem"), StopAfter(log, 1), noon)

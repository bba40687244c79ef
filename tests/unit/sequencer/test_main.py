"""The sequencer's door: it tests itself, journals that it started, keeps its pace, and stops when told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from amana.audit.desk.query import read_events
from amana.audit.events.accounts import SignedOut
from amana.audit.events.wanted import Filter
from amana.audit.log import cosigned, public
from amana.audit.log.cosigned import Panel
from amana.audit.log.last_signed import ClockBehind
from amana.audit.log.sequence import LogRewritten
from amana.audit.log.tiles import newest_checkpoint
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import make_log_key, read_checkpoint
from amana.audit.witness.cosignature import cosign
from amana.config import HOME, SequencerConfig
from amana.errors import SignatureInvalid
from amana.sequencer.main import Beat, Bench, drain, persist, run, step
from support.databases import TestDatabase
from support.log import NOON, ORIGIN, WrittenLog
from support.witnesses import MAR, trust


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(sqlite, tmp_path)


@pytest.fixture
def config(log: WrittenLog, tmp_path: Path) -> SequencerConfig:
    key_file = tmp_path / "amana.test-log.pem"
    return SequencerConfig(HOME, log.database.url, key_file, HOME / "policies", interval=20, demo=True)


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
        assert public.size(reading) == 8  # the first beat: one event and padding
        assert read_checkpoint(newest_checkpoint(reading), log.key.verifier).size == 8 + 2
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
        assert public.size(reading) == 8
        assert read_checkpoint(newest_checkpoint(reading), log.key.verifier).size == 8 + 2


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


class Time:
    """A wall clock that somebody may set, beside one that nobody can."""

    def __init__(self) -> None:
        self.wall, self.ticks = NOON, 0.0

    def pass_(self, seconds: float, jump: float = 0) -> None:
        self.wall += timedelta(seconds=seconds + jump)
        self.ticks += seconds

    def bench(self, log: WrittenLog) -> Bench:
        calendar, minute = Calendar(3600, 16), timedelta(minutes=1)
        return Bench(log.sequencer, log.key, calendar, minute, lambda: self.wall, lambda: self.ticks)

    def start(self, log: WrittenLog) -> Beat:
        return Beat(log.last, self.wall, self.ticks)


def kinds(log: WrittenLog) -> list[str]:
    with log.auditor.read() as reading:
        return [told.kind for told in read_events(reading, Filter()).events]


def sizes_shown(log: WrittenLog) -> list[int]:
    with log.auditor.read() as reading:
        shown = reading.execute(text("SELECT size FROM log_checkpoint WHERE public_at IS NOT NULL ORDER BY size"))
        return list(shown.scalars())


def test_what_waited_longer_than_promised_is_journalled_once(log: WrittenLog):
    time = Time()
    bench, beat = time.bench(log), time.start(log)
    log.write(SignedOut())
    time.pass_(61)
    beat = step(bench, beat)
    time.pass_(1)
    step(bench, beat)
    assert kinds(log) == ["log.delayed", "signed.out"]


@pytest.mark.parametrize("jump", [-7200, 7200])
def test_a_clock_that_jumps_is_journalled_and_stops_nothing(log: WrittenLog, jump: int):
    time = Time()
    bench, beat = time.bench(log), time.start(log)
    for seconds in (1, 1, 1):
        log.write(SignedOut())
        time.pass_(seconds)
        beat = step(bench, beat)
    time.pass_(1, jump)
    beat = step(bench, beat)
    time.pass_(1)
    beat = step(bench, beat)
    assert kinds(log).count("clock.stepped") == 1
    assert kinds(log).count("signed.out") == 3
    assert beat.last.size == sizes_shown(log)[-1] + 1  # the jump itself, after the mark was made


def test_a_clock_that_is_moved_in_small_steps_is_journalled_when_they_add_up(log: WrittenLog):
    time = Time()
    bench, beat = time.bench(log), time.start(log)
    for _ in range(5):
        time.pass_(1, -25)
        beat = step(bench, beat)
    assert kinds(log) == ["clock.stepped"]


#   hours after noon at which the sequencer looks           →  marks shown
@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        ((0, 0.2, 0.9), 1),
        ((0, 1, 1.5, 2), 3),
        ((0, 5), 2),  # it was down for four marks: one checkpoint makes up for them
        ((0.1, -0.05, 0.2), 1),  # a small correction across a mark shows nothing twice
        ((0, 1000, 1000.5, 0.2, 0.9, 1), 4),  # a clock far ahead does not silence the calendar once it is set right
    ],
)
def test_outsiders_see_one_checkpoint_a_mark(log: WrittenLog, hours: tuple[float, ...], shown: int):
    time = Time()
    bench, beat = time.bench(log), time.start(log)
    for hour in hours:
        time.wall = NOON + timedelta(hours=hour)
        time.ticks = hour * 3600
        log.write(*(SignedOut() for _ in range(3)))
        beat = step(bench, beat)
    seen = sizes_shown(log)
    assert len(seen) == shown
    assert all(size % 16 == 0 for size in seen)
    assert len(set(seen)) == len(seen)


def test_a_mark_comes_whether_or_not_anything_happened(log: WrittenLog):
    time = Time()
    bench, beat = time.bench(log), time.start(log)
    for events in (0, 0, 15, 16, 40, 0):
        if events:
            log.write(*(SignedOut() for _ in range(events)))
        beat = step(bench, beat)
        time.pass_(3600)
    assert sizes_shown(log) == [16, 32, 48, 80, 128, 144]


def test_a_database_that_does_not_answer_is_asked_again(log: WrittenLog):
    time = Time()
    bench, beat = time.bench(log), time.start(log)
    log.write(SignedOut())
    with log.database.as_role("owner").write() as tx:
        tx.execute(text("ALTER TABLE log_tile RENAME TO elsewhere"))
    assert persist(bench, beat) == beat
    with pytest.raises(OperationalError):
        step(bench, beat)
    with log.database.as_role("owner").write() as tx:
        tx.execute(text("ALTER TABLE elsewhere RENAME TO log_tile"))
    assert persist(bench, beat).last.size == 16
    assert kinds(log) == ["signed.out"]


def run_at(log: WrittenLog, config: SequencerConfig, at: datetime, *, believe_clock: bool = False) -> None:
    run(config, StopAfter(log, 1), lambda: at, believe_clock=believe_clock)


def test_it_does_not_sign_with_a_time_before_its_last_signature(log: WrittenLog, config: SequencerConfig):
    run_at(log, config, NOON)
    before = kinds(log)
    with pytest.raises(ClockBehind) as refusal:
        run_at(log, config, NOON - timedelta(seconds=3))
    assert refusal.value.facts == {"seconds": 3, "last": "2026-11-21T12:00:00Z"}
    assert kinds(log) == before
    run_at(log, config, NOON - timedelta(seconds=3), believe_clock=True)
    assert kinds(log).count("clock.stepped") == 1


def test_a_witness_remembers_a_time_that_the_hub_has_forgotten(log: WrittenLog, config: SequencerConfig):
    run_at(log, config, NOON)
    with log.web.read() as reading:
        note = cosigned.newest_public(reading)
    later = int(NOON.timestamp()) + 3600
    panel = Panel(log.key.verifier, trust(1, MAR), {MAR.name: "MAR"}, 300)
    with log.web.write() as tx:
        line = cosign(note.partition("\n\n")[0] + "\n", MAR, later)
        cosigned.take(tx, note + line, panel, NOON + timedelta(hours=1))
    with pytest.raises(ClockBehind):
        run_at(log, config, NOON + timedelta(minutes=54))  # five minutes are what clocks may differ by
    run_at(log, config, NOON + timedelta(minutes=55))


@pytest.mark.parametrize(("gap", "told"), [(60, 0), (61, 1)])
def test_how_long_nothing_was_signed_is_journalled(log: WrittenLog, config: SequencerConfig, gap: int, told: int):
    run_at(log, config, NOON)
    run_at(log, config, NOON + timedelta(seconds=gap))
    assert kinds(log).count("log.resumed") == told

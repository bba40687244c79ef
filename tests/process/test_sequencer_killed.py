"""The real sequencer, killed at every point, doubled, left without disk or database: nothing is lost, nothing twice."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from amana.audit.events.contributions import BatchRead
from amana.audit.log.sequence import check_log
from amana.audit.log.tables import log_entry
from amana.audit.log.tiles import newest_checkpoint
from amana.audit.outbox.tables import event_detail, journal
from amana.audit.tlog.checkpoint import make_log_key, read_checkpoint
from amana.config import HOME
from support.databases import TestDatabase, postgresql_database
from support.log import ORIGIN, WrittenLog
from support.running import until

pytestmark = pytest.mark.slow

SOURCE = HOME / "platform" / "amana" / "audit" / "log" / "sequence.py"
POINTS = sorted(set(re.findall(r'faults\.point\("([^"]+)"\)', SOURCE.read_text(encoding="utf-8"))))
PATIENCE = 60  # seconds until a process must have answered


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


@pytest.fixture
def env(log: WrittenLog, tmp_path: Path) -> Mapping[str, str]:
    return settings(log.database, tmp_path)


def settings(database: TestDatabase, folder: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AMANA_DATABASE_URL": database.url,
        "AMANA_LOG_KEY_FILE": str(folder / "amana.test-log.pem"),
        "AMANA_CHECKPOINT_INTERVAL": "20",
        "AMANA_DEMO": "1",
    }


@contextmanager
def sequencer(env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    program = [str(Path(sys.executable).with_name("amana")), "sequencer"]
    with subprocess.Popen(program, env=dict(env), stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_line(process: subprocess.Popen[str], word: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return line
    raise AssertionError(f"the process ended without saying {word!r}")


def test_the_points_are_named_in_the_code():
    assert {"sequence.locked", "sequence.before_commit", "sequence.after_commit", "sequence.padded"} <= set(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_killed_there_and_started_again_it_has_every_event_once(log: WrittenLog, env: Mapping[str, str], point: str):
    written = log.grow(3)[:]
    fresh = log.write(*(BatchRead(f"bat_{number}", "MAR") for number in range(5)))
    with sequencer({**env, "AMANA_FAULT": point}) as process:
        assert process.wait(PATIENCE) == -signal.SIGKILL
    with sequencer(env) as process:
        wait_for_line(process, "ready")
        wait_until_sequenced(log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    with log.auditor.read() as reading:
        found = reading.execute(select(log_entry.c.event_id).order_by(log_entry.c.idx)).scalars().all()
        checked = check_log(reading, log.key)
        assert checked == read_checkpoint(newest_checkpoint(reading), log.key.verifier)
    assert found[:3] == written
    assert [event for event in found if event in fresh] == fresh
    assert len(found) == len(set(found)) == checked.size
    assert len([event for event in found if not event.startswith("pad_")]) == 3 + 5 + len(own_events(log))
    assert own_events(log).count("process.started") == 2


def own_events(log: WrittenLog) -> list[str]:
    """What the sequencer itself journalled: that it started, and that events of yesterday had waited."""
    with log.auditor.read() as reading:
        logged = event_detail.join(log_entry, log_entry.c.event_id == event_detail.c.event_id)
        query = select(event_detail.c.kind).select_from(logged).where(event_detail.c.actor == "sequencer")
        return list(reading.execute(query).scalars())


def wait_until_sequenced(log: WrittenLog) -> None:
    """Ask until nothing waits: each question is a transaction, so this ends as soon as the work does."""
    owner = log.database.as_role("owner")
    for _ in range(20_000):
        with owner.read() as reading:
            if reading.execute(select(journal.c.event_id).limit(1)).first() is None:
                return
    raise AssertionError("the sequencer left events waiting")


def everything_once(log: WrittenLog, fresh: list[str]) -> None:
    """The log verifies from the outside, and has each of these events once."""
    with log.auditor.read() as reading:
        found = reading.execute(select(log_entry.c.event_id).order_by(log_entry.c.idx)).scalars().all()
        assert check_log(reading, log.key).size == len(found) == len(set(found))
    assert sorted(set(found) & set(fresh)) == sorted(fresh)


def test_two_sequencers_at_once_give_every_event_one_index(log: WrittenLog, env: Mapping[str, str]):
    fresh: list[str] = []
    with sequencer(env) as one, sequencer(env) as other:
        for process in (one, other):
            wait_for_line(process, "ready")
        for _ in range(40):
            fresh += log.write(*(BatchRead(f"bat_{number}", "MAR") for number in range(5)))
        wait_until_sequenced(log)
        for process in (one, other):
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    everything_once(log, fresh)


def test_a_full_disk_stops_the_log_and_an_emptied_one_lets_it_go_on(sqlite: TestDatabase, tmp_path: Path):
    log = WrittenLog(sqlite, tmp_path)
    fresh = log.write(*(BatchRead(f"bat_{number}", "MAR") for number in range(5)))
    with sequencer(settings(sqlite, tmp_path)) as process:
        wait_for_line(process, "ready")
        wait_until_sequenced(log)
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, most))  # not a byte more on this disk
        fresh += log.write(*(BatchRead(f"bat_{number}", "MAR") for number in range(5)))
        wait_for_line(process, "does not answer")
        assert waiting(log) >= set(fresh[5:])
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        wait_until_sequenced(log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    everything_once(log, fresh)


HELD = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'INSERT INTO log_checkpoint%' AND wait_event_type = 'Lock'"


def test_a_database_that_goes_away_in_the_middle_of_a_batch_loses_nothing(
    postgresql: str, postgresql_template: str, tmp_path: Path
):
    with postgresql_database(postgresql, postgresql_template) as database:
        log, owner = WrittenLog(database, tmp_path), create_engine(database.url, isolation_level="AUTOCOMMIT")
        fresh = log.write(*(BatchRead(f"bat_{number}", "MAR") for number in range(5)))
        with sequencer(settings(database, tmp_path)) as process:
            wait_for_line(process, "ready")
            wait_until_sequenced(log)
            with owner.connect() as hand, owner.connect().execution_options(isolation_level="READ COMMITTED") as holder:
                holder.execute(text("LOCK TABLE log_checkpoint IN EXCLUSIVE MODE"))
                fresh += log.write(*(BatchRead(f"bat_{number}", "MAR") for number in range(5)))
                until(lambda: hand.execute(text(HELD)).scalar() is not None, PATIENCE, "the batch is half written")
                hand.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": hand.execute(text(HELD)).scalar()})
                wait_for_line(process, "does not answer")
            wait_until_sequenced(log)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        owner.dispose()
        everything_once(log, fresh)


def waiting(log: WrittenLog) -> set[str]:
    with log.database.as_role("owner").read() as reading:
        return set(reading.execute(select(journal.c.event_id)).scalars())


def test_without_its_key_it_does_not_start(log: WrittenLog, env: Mapping[str, str]):
    Path(env["AMANA_LOG_KEY_FILE"]).unlink()
    with sequencer(env) as process:
        wait_for_line(process, "AMANA_LOG_KEY_FILE")
        assert process.wait(PATIENCE) == 78


def test_with_another_key_it_does_not_sign(log: WrittenLog, env: Mapping[str, str]):
    log.grow(3)
    fresh = log.write(BatchRead("bat_1", "MAR"))
    Path(env["AMANA_LOG_KEY_FILE"]).write_bytes(make_log_key(ORIGIN)[0])
    with sequencer(env) as process:
        assert process.wait(PATIENCE) != 0
    assert waiting(log) == set(fresh)


def test_a_key_that_others_can_read_is_refused(log: WrittenLog, env: Mapping[str, str]):
    Path(env["AMANA_LOG_KEY_FILE"]).chmod(0o644)
    with sequencer(env) as process:
        wait_for_line(process, "config.refused")
        assert process.wait(PATIENCE) == 78


@pytest.mark.parametrize("secret", ["AMANA_OPENING_KEY_FILE", "AMANA_ROOT_KEY_FILE", "AMANA_VAULT"])
def test_it_refuses_what_opens_records(env: Mapping[str, str], secret: str):
    with sequencer({**env, secret: "/dev/null"}) as process:
        wait_for_line(process, secret)
        assert process.wait(PATIENCE) == 78

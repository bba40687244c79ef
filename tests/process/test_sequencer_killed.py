"""The real sequencer process, killed at every point where it could leave half a step: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from amana.audit.checkpoint import read_checkpoint
from amana.audit.events import BatchRead
from amana.audit.sequence import check_log
from amana.audit.tables import journal, log_entry
from amana.audit.tiles import newest_checkpoint
from amana.config import HOME
from support.databases import TestDatabase
from support.log import WrittenLog

SOURCE = HOME / "platform" / "amana" / "audit" / "sequence.py"
POINTS = sorted(set(re.findall(r'faults\.point\("([^"]+)"\)', SOURCE.read_text(encoding="utf-8"))))
PATIENCE = 60  # seconds until a process must have answered


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


@pytest.fixture
def env(log: WrittenLog, tmp_path: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AMANA_DATABASE_URL": log.database.url,
        "AMANA_LOG_KEY_FILE": str(tmp_path / "amana.test-log.pem"),
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
    assert {"sequence.locked", "sequence.before_commit", "sequence.after_commit"} <= set(POINTS)


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
    assert len(found) == len(set(found)) == checked.size == 3 + 5 + 2  # and twice that the process started


def wait_until_sequenced(log: WrittenLog) -> None:
    """Ask until nothing waits: each question is a transaction, so this ends as soon as the work does."""
    owner = log.database.as_role("owner")
    for _ in range(20_000):
        with owner.read() as reading:
            if reading.execute(select(journal.c.event_id).limit(1)).first() is None:
                return
    raise AssertionError("the sequencer left events waiting")


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

"""A process whose threads share commits, killed at any moment: every event that a thread was told of is journalled."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from amana.config import HOME
from amana.db import Reading
from support.databases import TestDatabase
from support.log import WrittenLog

pytestmark = pytest.mark.slow

WRITERS = 6
PROGRAM = f"""
import os, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from amana.audit.events.accounts import SignedOut
from amana.audit.events.event import Actor
from amana.audit.outbox.group_commit import GroupCommit
from amana.db import open_database

group = GroupCommit(open_database(sys.argv[1], "amana_web", Path(sys.argv[2])))

def write():
    while True:
        told = group.append(SignedOut(), Actor("per_salma", "submitter", "cnlte-mar"), datetime.now(UTC))
        os.write(1, told.encode() + b"\\n")

for _ in range({WRITERS}):
    threading.Thread(target=write).start()
"""


@pytest.mark.parametrize("heard", [1, 17, 60])
def test_whoever_was_told_is_in_the_journal_and_whoever_was_not_is_there_whole_or_not_at_all(
    database: TestDatabase, tmp_path: Path, heard: int
):
    log = WrittenLog(database, tmp_path)
    roles = HOME / "migrations" / "roles.sql"
    program = [sys.executable, "-c", PROGRAM, database.url, str(roles)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(heard)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    ids = {line.rstrip() for line in told if line.endswith("\n")}
    with database.as_role("owner").read() as reading:
        found = {name: rows_of(reading, name) for name in ("journal", "event_detail")}
    assert len(ids) >= heard
    assert ids <= found["journal"] == found["event_detail"]
    assert len(found["journal"] - ids) <= WRITERS, "only those that were being told"
    assert log.sequence() == len(found["journal"])


def rows_of(reading: Reading, table: str) -> set[str]:
    return set(reading.execute(text(f"SELECT event_id FROM {table}")).scalars())

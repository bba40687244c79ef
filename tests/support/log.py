"""A log being written in a real database, the way the hub does it: web journals, the sequencer signs."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from amana import ids
from amana.audit.events import mention
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor, Event
from amana.audit.log.copy import export_log
from amana.audit.log.receipt import prove
from amana.audit.log.sequence import sequence
from amana.audit.log.tiles import newest_checkpoint
from amana.audit.outbox import journal, tables
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import Checkpoint, LogKey, make_log_key, read_log_key
from amana.audit.tlog.proof import Proof
from amana.audit.tlog.tree import EMPTY_ROOT
from amana.db import Transaction
from support.databases import TestDatabase

ORIGIN = "amana.test/log"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SALMA = Actor("per_salma", "submitter", "cnlte-mar")
TRIGGERS = (
    "journal_refuses_update",
    "event_detail_refuses_update",
    "log_entry_refuses_update",
    "log_entry_refuses_delete",
    "log_checkpoint_refuses_update",
    "log_checkpoint_refuses_delete",
)


def new_key(folder: Path, origin: str = ORIGIN) -> LogKey:
    path = folder / f"{origin.replace('/', '-')}.pem"
    path.write_bytes(make_log_key(origin)[0])
    path.chmod(0o600)
    return read_log_key(path)


class WrittenLog:
    """What a test needs in order to grow a log and to look at it."""

    def __init__(self, database: TestDatabase, folder: Path) -> None:
        self.database = database
        self.web = database.as_role("amana_web")
        self.sequencer = database.as_role("amana_sequencer")
        self.auditor = database.as_role("auditor_reader")
        self.key = new_key(folder)
        self.last = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
        self.written: list[str] = []

    def write(self, *events: Event, by: Actor = SALMA) -> list[str]:
        """Journal the events, a second apart, in one transaction."""
        fresh: list[str] = []
        with self.web.write() as tx:
            for event in events:
                at = NOON + timedelta(seconds=len(self.written) + len(fresh))
                fresh.append(journal.append(tx, event, by, at))
        self.written += fresh
        return fresh

    def sequence(self, limit: int = 10_000) -> int:
        self.last, moved = sequence(self.sequencer, self.key, NOON, self.last, limit)
        return moved

    def grow(self, *counts: int) -> list[str]:
        """Write and sign so many entries at a time."""
        for count in counts:
            self.write(*(BatchRead(f"bat_{len(self.written) + i}", "MAR") for i in range(count)))
            assert self.sequence() == count
        return self.written

    def snapshot(self, path: Path, *, details: bool = True) -> Path:
        with self.auditor.read() as reading:
            path.write_bytes(b"".join(export_log(reading, details=details)))
        return path

    def proof(self, event: str) -> Proof:
        """The proof of an event under the newest checkpoint, without witnesses."""
        with self.auditor.read() as reading:
            return prove(reading, event, newest_checkpoint(reading))

    def stolen(self, path: Path) -> sqlite3.Connection:
        """A copy of the SQLite file in the hands of somebody with every right, who has dropped the triggers."""
        source = self.database.url.removeprefix("sqlite:///")
        stolen = sqlite3.connect(path, isolation_level=None)
        with closing(sqlite3.connect(source)) as original:
            original.backup(stolen)
        for trigger in TRIGGERS:
            stolen.execute(f"DROP TRIGGER {trigger}")
        return stolen


def grow_old(log: WrittenLog, at: datetime, count: int) -> list[str]:
    """Journal so many events of long ago as if they had been waiting since NOON: a hub's age without its years."""
    with log.web.write() as tx:
        return [plant(tx, BatchRead(f"bat_old{number}", "MAR"), at, NOON) for number in range(count)]


def plant(tx: Transaction, event: Event, at: datetime, made_at: datetime) -> str:
    """Write an event that says it happened at ``at`` and has waited in the journal since ``made_at``."""
    detail = journal.describe(event, SALMA, at, ids.new("evt"), secrets.token_bytes(leaf.SALT))
    header = {name: value for name, value in asdict(detail).items() if name not in {"id", "at", "facts"}}
    entry = leaf.render(leaf.Leaf(detail.id, detail.kind, detail.at, leaf.commit(detail)))
    tx.execute(insert(tables.journal).values(event_id=detail.id, leaf=entry, made_at=made_at))
    tx.execute(insert(tables.event_detail).values(event_id=detail.id, at=at, details=detail.facts, **header))
    if named := mention.words(vars(event), detail):
        tx.execute(insert(tables.event_mention), [{"word": word, "at": at, "event_id": detail.id} for word in named])
    return detail.id

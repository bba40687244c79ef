"""Threads that write at the same moment share a commit: each gets its own id, or its own refusal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor, Event
from amana.audit.events.readers import StatisticsRead
from amana.audit.outbox import journal
from amana.audit.outbox.group_commit import GroupCommit
from amana.audit.outbox.rows import Entry
from amana.db import Database, Transaction
from support.databases import TestDatabase
from support.log import NOON, SALMA, WrittenLog

READ = StatisticsRead("VICTIMS", "area-sex", ("MAR", "TUN"), ("2022",), "research", "json")


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


@dataclass(frozen=True)
class Slow(Database):
    """The web's database, whose first transaction ends once the test lets it: meanwhile others gather."""

    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)
    commits: list[int] = field(default_factory=list)
    ends_with: list[BaseException] = field(default_factory=list)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with super().write() as tx:
            yield tx
            self.commits.append(1)
            if len(self.commits) == 1:
                self.begun.set()
                self.may_end.wait()
            elif self.ends_with:
                raise self.ends_with.pop()


@dataclass
class Crew:
    """Threads of one process, each with one event to write."""

    group: GroupCommit
    database: Slow
    threads: list[threading.Thread] = field(default_factory=list)
    written: dict[int, str] = field(default_factory=dict)
    refused: dict[int, BaseException] = field(default_factory=dict)

    def write(self, *events: Event) -> None:
        """Let the first be in its transaction, then the others come one after another, then the first end."""
        for event in events:
            self.start(event)
            self.database.begun.wait()
            while len(self.group._gathered) < len(self.threads) - 1:
                threading.Event().wait(0.001)
        self.database.may_end.set()
        for thread in self.threads:
            thread.join()

    def start(self, event: Event) -> None:
        place = len(self.threads)
        thread = threading.Thread(target=self._append, args=(place, event))
        self.threads.append(thread)
        thread.start()

    def _append(self, place: int, event: Event) -> None:
        try:
            self.written[place] = self.group.append(event, SALMA, NOON)
        except BaseException as fault:  # noqa: BLE001 - handed to the test
            self.refused[place] = fault


@pytest.fixture
def crew(log: WrittenLog) -> Crew:
    slow = Slow(log.web.engine, log.web.role)
    return Crew(GroupCommit(slow), slow)


def rows(log: WrittenLog, table: str) -> set[str]:
    with log.database.as_role("owner").read() as reading:
        return set(reading.execute(text(f"SELECT event_id FROM {table}")).scalars())


def test_who_comes_while_another_commits_goes_together_and_each_has_its_own_event(log: WrittenLog, crew: Crew):
    crew.write(SignedOut(), BatchRead("bat_1", "MAR"), READ, READ, SignedOut())
    assert len(crew.database.commits) == 2, "the first alone, the other four in one"
    assert not crew.refused
    assert rows(log, "journal") == rows(log, "event_detail") == set(crew.written.values())
    assert rows(log, "reading") == {crew.written[2], crew.written[3]}
    with log.auditor.read() as reading:
        kinds = {row.event_id: row.kind for row in reading.execute(text("SELECT event_id, kind FROM event_detail"))}
    assert [kinds[crew.written[place]] for place in range(5)] == [
        "signed.out", "batch.read", "statistics.read", "statistics.read", "signed.out"
    ]  # fmt: skip
    assert log.sequence() == 5


def test_nobody_is_told_before_the_commit(log: WrittenLog, crew: Crew):
    crew.start(SignedOut())
    crew.database.begun.wait()
    assert not crew.written
    crew.write()
    assert rows(log, "journal") == set(crew.written.values())


def test_a_database_that_does_not_answer_is_told_to_all_of_them(log: WrittenLog, crew: Crew):
    crew.database.ends_with.append(OperationalError("COMMIT", None, Exception("disk full")))
    crew.write(SignedOut(), READ, SignedOut())
    assert len(crew.database.commits) == 2, "and nobody tries again"
    assert {place: type(fault) for place, fault in crew.refused.items()} == {1: OperationalError, 2: OperationalError}
    assert rows(log, "journal") == {crew.written[0]}
    assert crew.group.append(SignedOut(), SALMA, NOON) in rows(log, "journal"), "the next one is written"


def test_one_that_cannot_be_written_takes_none_of_its_company_with_it(
    log: WrittenLog, crew: Crew, monkeypatch: pytest.MonkeyPatch
):
    honest = journal.prepare

    def prepare(event: Event, by: Actor, at: datetime) -> Entry:
        entry = honest(event, by, at)
        return replace(entry, detail=replace(entry.detail, id=taken)) if event == READ else entry

    monkeypatch.setattr(journal, "prepare", prepare)
    (taken,) = log.write(SignedOut())
    crew.write(SignedOut(), BatchRead("bat_1", "MAR"), READ, SignedOut())
    assert {place: type(fault) for place, fault in crew.refused.items()} == {2: IntegrityError}
    assert rows(log, "journal") == {taken, *crew.written.values()}
    assert crew.written.keys() == {0, 1, 3}


def test_a_leader_that_is_ended_leaves_the_others_to_themselves(log: WrittenLog, crew: Crew):
    crew.database.ends_with.append(SystemExit(1))
    crew.write(SignedOut(), SignedOut(), SignedOut(), SignedOut())
    assert [type(fault) for fault in crew.refused.values()] == [SystemExit]
    assert len(crew.written) == 3
    assert rows(log, "journal") == set(crew.written.values())


def test_alone_it_is_one_commit(log: WrittenLog):
    group = GroupCommit(log.web)
    written = {group.append(event, SALMA, NOON) for event in (SignedOut(), READ)}
    assert rows(log, "journal") == written
    assert log.sequence() == 2

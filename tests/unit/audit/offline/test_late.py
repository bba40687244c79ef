"""What waits for the log longer than it promises is named: nobody keeps an event out of it by letting it wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from amana.audit.events.accounts import SignedOut
from amana.audit.log.sequence import show
from amana.audit.offline.judge import Fault
from amana.audit.offline.late import judge_waiting
from amana.audit.offline.snapshot import CopiedEntry, LogCopy
from amana.audit.offline.verify import Visit, verify_snapshot
from amana.audit.outbox import journal
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.named_key import render_vkey
from amana.command.audit import command
from support.databases import TestDatabase
from support.exports import NADIA
from support.log import NOON, WrittenLog

MINUTE = 60_000_000  # microseconds


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(sqlite, tmp_path)


def write(log: WrittenLog, seconds: int) -> str:
    with log.web.write() as tx:
        return journal.append(tx, SignedOut(), NADIA, NOON + timedelta(seconds=seconds))


def late(log: WrittenLog, folder: Path, delay: int | None = MINUTE) -> list[str | None]:
    found = verify_snapshot(log.snapshot(folder / "log.jsonl"), log.key.verifier, Visit(delay=delay))
    return [one.event for one in found.findings if one.fault is Fault.LATE]


@pytest.mark.parametrize(("after", "named"), [(60, False), (61, True)])
def test_an_event_waits_no_longer_than_is_promised(log: WrittenLog, tmp_path: Path, after: int, named: bool) -> None:
    moment = NOON + timedelta(seconds=after)
    log.last = show(log.sequencer, log.key, moment, log.last, Calendar(1, 8))
    waiting = write(log, 0)
    assert late(log, tmp_path) == [waiting] * named
    assert late(log, tmp_path, None) == []


def test_what_waits_is_held_against_what_came_later_and_waits_too(log: WrittenLog, tmp_path: Path) -> None:
    log.grow(1)
    first, _ = write(log, 0), write(log, 61)
    assert late(log, tmp_path) == [first]


def test_the_command_says_so_in_each_language(log: WrittenLog, tmp_path: Path) -> None:
    log.grow(1)
    waiting = write(log, 0)
    write(log, 61)
    words = ["verify", str(log.snapshot(tmp_path / "log.jsonl")), "--vkey", render_vkey(log.key.verifier)]
    for language in ("ar", "fr", "en"):
        told = CliRunner().invoke(command, [*words, "--lang", language])
        assert (told.exit_code, waiting in told.output) == (1, True)
    assert CliRunner().invoke(command, [*words, "--merge-delay", "61"]).exit_code == 0


def test_times_and_entries_that_are_none_of_ours_are_passed_over() -> None:
    made = journal.describe(SignedOut(), NADIA, NOON, "evt_1", b"s" * 32)
    odd = made.__class__(**{**vars(made), "id": "evt_2", "at": "noon"})
    copy = LogCopy((), {}, (made, odd), None, iter(()))
    assert list(judge_waiting(copy, None, 0)) == []
    assert list(judge_waiting(copy, CopiedEntry(0, "evt_0", b"no leaf", None), 0)) == []


def test_a_row_under_another_events_name_is_named_though_all_it_says_is_true(log: WrittenLog, tmp_path: Path) -> None:
    (event,) = log.grow(1)
    path = log.snapshot(tmp_path / "log.jsonl")
    path.write_text(path.read_text().replace(f'"event":"{event}"', '"event":"evt_other"'))
    first = verify_snapshot(path, log.key.verifier).findings[0]
    assert (first.fault, first.first, first.event) == (Fault.RENAMED, 0, "evt_other")

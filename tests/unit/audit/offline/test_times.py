"""Times against the order of the log: a clock that was set to hide the night, and an event that was held back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from amana.audit.events.accounts import SignedOut
from amana.audit.events.event import Actor
from amana.audit.events.log import DetailsErasureOrdered
from amana.audit.offline.times import Step, Times
from amana.audit.outbox import journal
from amana.audit.tlog.named_key import render_vkey
from amana.command import audit
from amana.wording.load import LANGUAGES, sentence
from support.databases import TestDatabase
from support.log import NOON, SALMA, WrittenLog, grow_old

WORKER = Actor("worker", "process", "hub")
moments = st.lists(st.integers(-9, 9), max_size=12)


def longest(told: list[int]) -> Step | None:
    """The longest step back, looked for among all pairs."""
    steps = [(max(told[:later]) - told[later], -later) for later in range(1, len(told))]
    by, place = max(steps, default=(0, 0))
    return Step(-place, by) if by > 0 else None


@given(parts=st.lists(moments, max_size=4))
def test_the_longest_step_back_is_found_in_one_go_and_in_parts(parts: list[list[int]]):
    whole, joined = Times(), Times()
    told = [at for part in parts for at in part]
    for index, at in enumerate(told):
        whole.add(index, at)
    index = 0
    for part in parts:
        read = Times()
        for index, at in enumerate(part, start=index):  # noqa: B020 - goes on where the part before ended
            read.add(index, at)
        index += bool(part)
        joined.join(read)
    assert (whole.back, whole.newest) == (joined.back, joined.newest) == (longest(told), max(told, default=None))


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(3)
    (tmp_path / "log.vkey").write_text(render_vkey(log.key.verifier))
    monkeypatch.setattr(audit.clock, "now", lambda: NOON + timedelta(minutes=1))
    return log


def write(log: WrittenLog, at: datetime) -> None:
    with log.web.write() as tx:
        journal.append(tx, SignedOut(), SALMA, at)
    log.sequence()


def verified(log: WrittenLog, folder: Path, *words: str, language: str = "en") -> Result:
    copy = log.snapshot(folder / "log.jsonl")
    told = ["verify", str(copy), "--vkey", str(folder / "log.vkey"), *words, "--lang", language]
    return CliRunner().invoke(audit.command, told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_that_is_dated_before_those_in_front_of_it_is_named(log: WrittenLog, tmp_path: Path, language: str):
    write(log, NOON - timedelta(hours=8, minutes=2, seconds=-2))
    write(log, NOON)
    told = verified(log, tmp_path, language=language)
    assert told.exit_code == 0, "clocks are set; nobody has edited anything"
    assert sentence("audit.verify.back", language, {"index": 3, "by": "8:02:00"}) in told.output


def test_a_step_as_short_as_an_event_may_wait_is_none(log: WrittenLog, tmp_path: Path):
    write(log, NOON - timedelta(seconds=58))
    assert "Times:" not in verified(log, tmp_path).output
    assert "Entry 3" in verified(log, tmp_path, "--merge-delay", "59").output.replace("entry 3", "Entry 3")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_log_that_runs_ahead_of_the_readers_clock_is_told(log: WrittenLog, tmp_path: Path, language: str):
    write(log, NOON + timedelta(hours=3, minutes=1))
    told = verified(log, tmp_path, language=language)
    assert sentence("audit.verify.ahead", language, {"by": "3:00:00"}) in told.output


def test_an_order_by_a_shorter_term_than_the_policys_excuses_nothing_to_who_knows_it(log: WrittenLog, tmp_path: Path):
    grow_old(log, NOON - timedelta(days=400), 1)
    log.sequence()
    before = NOON - timedelta(days=365)
    order = DetailsErasureOrdered(int(before.timestamp() * 1_000_000), 365)
    with log.web.write() as tx:
        journal.append(tx, order, WORKER, NOON)
    log.sequence()
    with log.stolen(tmp_path / "copy.sqlite") as thief:
        thief.execute("DELETE FROM event_detail WHERE event_id IN (SELECT event_id FROM log_entry WHERE idx = 3)")
    words = ["verify", "--sqlite", str(tmp_path / "copy.sqlite"), "--vkey", str(tmp_path / "log.vkey")]
    assert CliRunner().invoke(audit.command, words).exit_code == 0
    told = CliRunner().invoke(audit.command, [*words, "--retention", "1826", "--lang", "en"])
    assert (told.exit_code, "Entry 3" in told.output) == (1, True)

"""The auditor's manual: the hub may show less than the log holds; a copy at home shows the rest, and names it.

Somebody with every right edits what the pages and exports search: the index of what events name, and what is told of
them, put back before anybody looks. The log itself stays as it was, and the verifier finds nothing wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from amana.audit.desk.query import read_events
from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.events.wanted import Filter, to_words
from amana.audit.tlog.named_key import render_vkey
from amana.command.audit import command
from amana.wording.load import LANGUAGES, sentence
from support.databases import TestDatabase
from support.exports import RENDER, a_case, collected, ordered, saved
from support.log import NOON, WrittenLog

HEDI = Actor("per_hedi", "member", "police-tun")
MOROCCO, LATELY = Filter(country="MAR"), Filter(country="MAR", since=NOON)
READ = StatisticsRead("VICTIMS", "area-sex", ("MAR", "TUN"), ("2022",), None, "json")
OF_MOROCCO, BY_HEDI, LAST = 5, 6, 7  # indexes
FORGET = "UPDATE event_detail SET {} WHERE event_id = :hidden"
REFILE = "UPDATE event_mention SET {} WHERE event_id = :hidden AND word = 'MAR'"
HIDE = {  # who edits what, and which filter then misses an event of the log
    "the index forgets that it named Morocco": ("DELETE FROM event_mention WHERE event_id = :hidden", MOROCCO),
    "the index has it in another year": (REFILE.format("at = at - 40000000000000"), LATELY),
    "the index has it under another country": (REFILE.format("word = 'MLT'"), MOROCCO),
    "another did it, while one looked": (FORGET.format("actor = 'per_x'"), Filter(actor="per_hedi")),
    "it was no refusal, while one looked": (FORGET.format("outcome = 'done'"), Filter(outcome="refused")),
    "it was not there, while one looked": ("DELETE FROM event_detail WHERE event_id = :hidden", Filter()),
}
PUT_BACK = (
    "DELETE FROM event_detail WHERE event_id IN (SELECT event_id FROM told)",
    "INSERT INTO event_detail SELECT * FROM told",
)
Ask = Callable[..., Result]


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.write(*(BatchRead(f"bat_{number}", "TUN") for number in range(4)), SignedOut())
    log.write(READ, RequestRefused("read_statistics", "policy.refused", "agreement.TUN", country="TUN"), by=HEDI)
    log.write(READ)
    log.sequence()
    (tmp_path / "log.vkey").write_text(render_vkey(log.key.verifier) + "\n")
    return log


@pytest.fixture
def ask(log: WrittenLog, tmp_path: Path) -> Ask:
    def asked(name: str, file: Path, *words: object) -> Result:
        told = [name, file, "--vkey", tmp_path / "log.vkey", *words]
        return CliRunner(env={"AMANA_LANG": "en"}).invoke(command, [str(word) for word in told])

    assert log.written
    return asked


def words(wanted: Filter) -> list[str]:
    return [part for name, value in to_words(wanted).items() for part in (f"--{name}", value)]


def listed(log: WrittenLog, wanted: Filter) -> set[str]:
    with log.auditor.read() as reading:
        return {one.event_id for one in read_events(reading, wanted).events}


def as_owner(log: WrittenLog, *acts: str, hidden: str) -> None:
    """Edit what the database refuses to everybody but its owner, who has dropped its guards."""
    with log.database.as_role("owner").write() as tx:
        for guard in tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            tx.execute(text(f"DROP TRIGGER {guard}"))
        for act in acts:
            tx.execute(text(act), {"hidden": hidden} if ":hidden" in act else {})


@pytest.mark.parametrize("name", HIDE)
def test_an_event_that_the_page_and_the_export_leave_out_is_named(log: WrittenLog, ask: Ask, tmp_path: Path, name: str):
    act, wanted = HIDE[name]
    index = BY_HEDI if wanted.outcome else OF_MOROCCO
    hidden = log.written[index]
    before = listed(log, wanted)
    as_owner(log, "CREATE TABLE told AS SELECT * FROM event_detail", act, hidden=hidden)
    assert listed(log, wanted) == before - {hidden}, "the page shows less than the log has"
    taken = saved(collected(log, ordered(log, wanted, told=to_words(wanted))), tmp_path, "jsonl")
    as_owner(log, *PUT_BACK, hidden="")
    copy = log.snapshot(tmp_path / "log.jsonl")

    assert ask("verify", copy).exit_code == 0, "the log itself is as it was"
    assert ask("check-export", taken).exit_code == 0, "alone the file cannot show what it lacks"
    told = ask("check-export", taken, "--log", copy)
    assert told.exit_code == 1
    assert f"Event {hidden} (index {index}) stands in the log and answers what was asked for" in told.output
    found = ask("find", copy, *words(wanted))
    assert found.exit_code == 0
    assert [line.split("\t")[-1] for line in found.stdout.splitlines() if "evt_" in line][: len(before)] == [
        one for one in log.written if one in before
    ]


@pytest.mark.parametrize("form", RENDER)
def test_an_export_that_left_out_nothing_is_found_complete(log: WrittenLog, ask: Ask, tmp_path: Path, form: str):
    taken = saved(collected(log, ordered(log, MOROCCO, told=to_words(MOROCCO))), tmp_path, form)
    log.write(READ)
    log.sequence()
    told = ask("check-export", taken, "--log", log.snapshot(tmp_path / "log.jsonl"))
    assert told.exit_code == 0, told.output
    assert "(10 entries): the hub left out nothing of what was asked for." in told.output
    assert "The file is whole: 2 rows" in told.output


def test_a_case_whose_pin_was_taken_away_lacks_both_the_act_and_the_event(log: WrittenLog, ask: Ask, tmp_path: Path):
    case = a_case(log, *log.written[:2])
    log.sequence()
    as_owner(log, "DELETE FROM case_pin WHERE event_id = :hidden", hidden=log.written[0])
    taken = saved(collected(log, ordered(log, case=case)), tmp_path, "jsonl")
    told = ask("check-export", taken, "--log", log.snapshot(tmp_path / "log.jsonl"))
    assert told.exit_code == 1
    assert f"The file is not as it was handed out. Event {log.written[0]} (index 0)" in told.output
    assert told.output.count("stands in the log and answers") == 2


def test_a_case_that_lacks_nothing_is_found_complete(log: WrittenLog, ask: Ask, tmp_path: Path):
    case = a_case(log, *log.written[:2])
    log.sequence()
    taken = saved(collected(log, ordered(log, case=case)), tmp_path, "jsonl")
    told = ask("check-export", taken, "--log", log.snapshot(tmp_path / "log.jsonl"))
    assert (told.exit_code, "left out nothing" in told.output) == (0, True)


def test_an_order_that_tells_filters_of_nobody_is_not_taken_for_complete(log: WrittenLog, ask: Ask, tmp_path: Path):
    taken = saved(collected(log, ordered(log, told={"moon": "full"})), tmp_path, "jsonl")
    assert ask("check-export", taken, "--log", log.snapshot(tmp_path / "log.jsonl")).exit_code == 1


def test_events_that_were_chosen_one_by_one_lack_nothing(log: WrittenLog, ask: Ask, tmp_path: Path):
    order = ordered(log, Filter(actor="per_hedi"), told={"events": "2"})
    taken = saved(collected(log, order), tmp_path, "jsonl")
    told = ask("check-export", taken, "--log", log.snapshot(tmp_path / "log.jsonl"))
    assert (told.exit_code, "chosen one by one" in told.output) == (0, True)


def test_a_copy_that_is_older_than_the_export_or_was_edited_is_no_ground(log: WrittenLog, ask: Ask, tmp_path: Path):
    older = log.snapshot(tmp_path / "older.jsonl")
    taken = saved(collected(log, ordered(log, MOROCCO, told=to_words(MOROCCO))), tmp_path, "jsonl")
    told = ask("check-export", taken, "--log", older)
    assert (told.exit_code, "It may merely be an older copy" in told.output) == (1, True)
    edited = tmp_path / "edited.jsonl"
    edited.write_text(log.snapshot(tmp_path / "log.jsonl").read_text().replace("per_hedi", "per_omar"))
    for told in (ask("check-export", taken, "--log", edited), ask("find", edited)):
        assert (told.exit_code, "Entry 5" in told.output) == (1, True)
    bare = log.snapshot(tmp_path / "bare.jsonl", details=False)
    assert ask("check-export", taken, "--log", bare).exit_code == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_found_is_told_in_three_languages_and_what_could_not_be_searched(
    log: WrittenLog, ask: Ask, tmp_path: Path, language: str
):
    copy = log.snapshot(tmp_path / "log.jsonl")
    told = ask("find", copy, "--kind", "reads", "--outside", "13-19/", "--since", "2026-11-21", "--lang", language)
    assert (told.exit_code, told.output.count("evt_")) == (0, 6)
    assert sentence("audit.verify.found", language, {"count": 6, "size": 8}) in told.output
    bare = ask("find", log.snapshot(tmp_path / "bare.jsonl", details=False), "--lang", language)
    assert sentence("audit.verify.found_bare", language, {"count": 8}) in bare.output
    log.write(READ)
    waiting = ask("find", log.snapshot(copy), "--lang", language)
    assert sentence("audit.verify.found_waiting", language, {"count": 1}) in waiting.output


def test_what_entered_the_log_since_the_last_visit_is_listed(log: WrittenLog, ask: Ask, tmp_path: Path):
    kept, copy = tmp_path / "visit.txt", tmp_path / "log.jsonl"
    assert ask("verify", log.snapshot(copy), "--keep", kept).exit_code == 0
    fresh = log.write(READ, SignedOut())
    log.sequence()
    told = ask("find", log.snapshot(copy), "--after", kept)
    assert [line.split("\t")[-1] for line in told.stdout.splitlines() if "evt_" in line] == fresh
    assert "From entry 8 on" in told.output
    assert ask("find", log.snapshot(tmp_path / "again.jsonl"), "--after", tmp_path / "log.vkey").exit_code == 2


def test_nothing_in_an_event_moves_the_cursor_of_who_reads_it(log: WrittenLog, ask: Ask, tmp_path: Path):
    log.write(SignedOut(), by=Actor("per_x\x1b[2J\r\u202e", "member", "a\tb\nc"))
    log.sequence()
    copy = log.snapshot(tmp_path / "log.jsonl")
    told = ask("find", copy, "--kind", "signed.out").stdout.splitlines()
    assert told[-1].split("\t")[4] == r"per_x\x1b[2J\r\u202e (member, a\tb\nc)"
    edited = tmp_path / "edited.jsonl"
    edited.write_text(copy.read_text().replace('"event":"' + log.written[0], '"event":"evt_\\u001b[2K'))
    assert r"evt_\x1b[2K" in ask("verify", edited).output


@pytest.mark.parametrize("wrong", [("--kind", "nothing"), ("--outside", "night"), ("--since", "yesterday")])
def test_a_filter_that_there_is_not_ends_with_two(log: WrittenLog, ask: Ask, tmp_path: Path, wrong: tuple[str, str]):
    assert ask("find", log.snapshot(tmp_path / "log.jsonl"), *wrong).exit_code == 2

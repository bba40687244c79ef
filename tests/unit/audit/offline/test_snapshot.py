"""A snapshot can be carried away and read back; anything else is refused with its line."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from threading import Thread

import pytest

from amana.audit.events.accounts import SignedOut
from amana.audit.log.copy import copy_log
from amana.audit.offline.snapshot import LogCopy, open_snapshot, parse_lines, render_lines
from amana.audit.offline.stored import open_sqlite
from amana.errors import Malformed
from support.databases import TestDatabase
from support.log import WrittenLog


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(database, tmp_path)
    log.grow(2, 1)
    log.write(SignedOut())
    return log


def told(copy: LogCopy) -> tuple[object, ...]:
    return copy.notes, dict(copy.tiles), copy.waiting, tuple(copy.entries)


def test_a_snapshot_survives_paper(log: WrittenLog):
    with log.auditor.read() as reading:
        direct = told(copy_log(reading))
        lines = list(render_lines(copy_log(reading), details=True))
    read = told(parse_lines(lines))
    assert read == direct
    assert len(read[0]) == 2
    assert [detail.id for detail in read[2]] == [log.written[3]]
    assert [entry.event_id for entry in read[3]] == log.written[:3]


def test_a_log_in_which_nothing_stands_is_read_as_that():
    assert told(parse_lines([b'{"details":true,"format":"amana-log-snapshot/1"}'])) == ((), {}, (), ())


def test_without_details_nobody_is_told_who_did_what(log: WrittenLog, tmp_path: Path):
    path = log.snapshot(tmp_path / "log.jsonl", details=False)
    assert "salma" not in path.read_text()
    with open_snapshot(path) as copy:
        assert copy.waiting == ()
        assert [entry.told for entry in copy.entries] == [None, None, None]


def test_a_copy_of_the_database_says_the_same_as_a_snapshot(sqlite: TestDatabase, tmp_path: Path):
    log = WrittenLog(sqlite, tmp_path)
    log.grow(2, 1)
    (waiting,) = log.write(SignedOut())
    log.stolen(tmp_path / "copy.sqlite").close()
    with open_sqlite(tmp_path / "copy.sqlite") as copy, open_snapshot(log.snapshot(tmp_path / "s")) as snapshot:
        assert copy.journal == {waiting}
        assert told(copy) == told(snapshot)


def test_reading_a_copy_changes_not_a_byte_and_leaves_nothing_behind(sqlite: TestDatabase, tmp_path: Path):
    log = WrittenLog(sqlite, tmp_path)
    log.grow(1)
    folder = tmp_path / "evidence"
    folder.mkdir()
    log.stolen(folder / "copy.sqlite").close()
    before = (folder / "copy.sqlite").read_bytes()
    with open_sqlite(folder / "copy.sqlite") as copy:
        assert len(list(copy.entries)) == 1
        assert [path.name for path in folder.iterdir()] == ["copy.sqlite"]
    assert (folder / "copy.sqlite").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["copy.sqlite"]


def test_a_live_database_is_read_with_what_its_write_ahead_log_holds(sqlite: TestDatabase, tmp_path: Path):
    log = WrittenLog(sqlite, tmp_path)
    log.grow(1)
    with open_sqlite(Path(sqlite.url.removeprefix("sqlite:///"))) as copy:
        assert len(list(copy.entries)) == 1


def test_text_that_is_none_is_mended_and_hides_no_other_row(sqlite: TestDatabase, tmp_path: Path):
    log = WrittenLog(sqlite, tmp_path)
    log.grow(4)
    stolen = log.stolen(tmp_path / "copy.sqlite")
    stolen.execute("UPDATE event_detail SET actor = CAST(X'FF' AS TEXT) WHERE event_id = ?", (log.written[2],))
    stolen.close()
    with open_sqlite(tmp_path / "copy.sqlite") as copy:
        actors = [entry.told and entry.told[3] for entry in copy.entries]
    assert actors == ["per_salma", "per_salma", "\N{REPLACEMENT CHARACTER}", "per_salma"]


def test_a_snapshot_is_read_from_a_pipe_as_from_a_file(log: WrittenLog, tmp_path: Path):
    lines = log.snapshot(tmp_path / "log.jsonl").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=(lines,))
    writer.start()
    with open_snapshot(tmp_path / "pipe", 1) as piped, open_snapshot(tmp_path / "log.jsonl", 1) as read:
        assert (len(piped.parts), len(read.parts)) == (0, 3)
        assert told(piped) == told(read)
    writer.join()


GOOD = json.dumps({"format": "amana-log-snapshot/1", "details": True})
BARE = json.dumps({"format": "amana-log-snapshot/1", "details": False})
FACTS = dict.fromkeys(("id", "kind", "at", "actor", "role", "organisation", "outcome", "clause", "country", "dataflow"))
DETAIL = {**FACTS, "purpose": None, "subject": None, "salt": "", "facts": ""}
FULL = json.dumps({"index": 1, "event": "evt_1", "leaf": "", "detail": DETAIL})
ENTRY = json.dumps({"index": 0, "event": "evt_1", "leaf": "", "detail": None})


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([], 1),
        (["{}"], 1),
        (["no json"], 1),
        (['{"format": "other"}'], 1),
        ([GOOD, "[]"], 2),
        ([GOOD, ENTRY, ENTRY + ENTRY], 3),
        ([GOOD, "\udcff"], 2),
        ([GOOD, '{"size": "x", "note": "n"}'], 2),
        ([GOOD, '{"size": "1", "note": "n"}'], 2),
        ([GOOD, '{"size": 1, "note": 1}'], 2),
        ([GOOD, ENTRY.replace('"index": 0', '"index": "0"')], 2),
        ([GOOD, ENTRY.replace('"index": 0', '"index": false')], 2),
        ([GOOD, '{"level": 0, "n": 0, "hashes": "!"}'], 2),
        ([GOOD, '{"waiting": {"id": "evt_1"}}'], 2),
        ([GOOD, "{}"], 2),
        ([GOOD, ENTRY, ENTRY, "{}"], 4),
        ([BARE, ENTRY, FULL], 3),
        (['{"format": "amana-log-snapshot/1", "details": "no"}'], 1),
        ([GOOD, ENTRY, '{"size": 1, "note": "n"}'], 3),
    ],
)
def test_a_line_that_a_snapshot_does_not_have_is_named(lines: list[str], line: int):
    with pytest.raises(Malformed) as refused:
        list(parse_lines(text.encode("utf-8", "surrogateescape") for text in lines).entries)
    assert refused.value.facts["line"] == line


def test_what_is_no_database_of_ours_is_refused(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"no database" * 100)
    sqlite3.connect(tmp_path / "b").close()
    for name in ("a", "b"):
        with pytest.raises(Malformed), open_sqlite(tmp_path / name):
            pass

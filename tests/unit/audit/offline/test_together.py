"""A long copy is read by several processes, and a process that ends early leaves no verdict behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from amana.audit.offline.judge import Fault, Finding
from amana.audit.offline.snapshot import open_snapshot
from amana.audit.offline.stored import open_sqlite
from amana.audit.offline.together import ReaderDied, share
from amana.audit.offline.verify import Verdict, Visit, verify_copy, verify_sqlite
from amana.errors import Malformed
from support.databases import TestDatabase
from support.ending import begin_and_end, wait_for
from support.log import WrittenLog


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(4, 2, 4)
    return log


@pytest.fixture
def copy(log: WrittenLog, tmp_path: Path) -> Path:
    log.stolen(tmp_path / "copy.sqlite").close()
    return tmp_path / "copy.sqlite"


def in_parts(log: WrittenLog, copy: Path, beside: int) -> Verdict:
    with open_sqlite(copy, part=3) as parted:
        assert len(parted.parts) == 4
        return verify_copy(parted, log.key.verifier, Visit(event=log.written[7]), beside)


def test_two_processes_come_to_the_verdict_of_one(log: WrittenLog, copy: Path):
    in_one_go = verify_sqlite(copy, log.key.verifier, Visit(event=log.written[7]))
    assert (in_one_go.is_intact, in_one_go.entries, in_one_go.event) == (True, 10, 7)
    assert in_parts(log, copy, beside=1) == in_parts(log, copy, beside=0) == in_one_go


def test_two_processes_name_the_first_wrong_index(log: WrittenLog, copy: Path):
    with closing(sqlite3.connect(copy, isolation_level=None)) as owner:
        owner.execute("UPDATE event_detail SET actor = 'per_x' WHERE event_id = ?", (log.written[8],))
        owner.execute("UPDATE log_entry SET leaf = 'x' WHERE idx = 5")
        owner.execute("UPDATE log_checkpoint SET note = 'forged' WHERE size = 6")
        owner.execute("UPDATE log_checkpoint SET size = 5 WHERE size = 4")
    found = in_parts(log, copy, beside=1)
    assert found == in_parts(log, copy, beside=0) == verify_sqlite(copy, log.key.verifier)
    assert found.findings[0] == Finding(Fault.EDITED, 5, 5)
    assert {one.fault for one in found.findings} == {Fault.EDITED, Fault.DETAIL, Fault.CHECKPOINT}


def test_each_act_is_done_once_and_told_in_order():
    assert list(share([partial(divmod, number, 7) for number in range(40)], 2)) == [divmod(n, 7) for n in range(40)]


def test_a_process_that_dies_leaves_no_verdict(tmp_path: Path):
    acts = [partial(wait_for, tmp_path / "begun"), partial(begin_and_end, tmp_path / "begun")]
    with pytest.raises(ReaderDied):
        list(share(acts, 1))


@pytest.mark.parametrize("beside", [0, 1])
def test_a_line_that_is_none_is_named_as_when_one_process_reads(log: WrittenLog, tmp_path: Path, beside: int):
    path = log.snapshot(tmp_path / "log.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-2], b"{}\n", *lines[-2:]]))
    with open_snapshot(path, part=2) as parted:
        assert parted.parts
        with pytest.raises(Malformed) as refused:
            verify_copy(parted, log.key.verifier, beside=beside)
    assert refused.value.facts["line"] == len(lines) - 1


def test_a_database_that_is_still_written_to_or_skips_a_number_is_read_in_one_go(log: WrittenLog, copy: Path):
    with open_sqlite(Path(log.database.url.removeprefix("sqlite:///")), part=3) as live:
        assert live.parts == ()
    with closing(sqlite3.connect(copy, isolation_level=None)) as owner:
        owner.execute("DELETE FROM log_entry WHERE idx = 5")
    with open_sqlite(copy, part=3) as parted:
        assert parted.parts == ()

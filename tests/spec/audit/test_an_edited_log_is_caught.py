"""The auditor's manual: whatever somebody with every right does to the database, the verifier says where.

Each case takes a copy of a hub's database whose log was signed at 4, 6 and 10 entries, edits it as its owner, and
names what `amana audit verify` must answer: the fault, and the index or the two indexes between which it lies.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from amana.audit.offline.judge import Fault, Finding
from amana.audit.offline.verify import Verdict, Visit, verify_snapshot, verify_sqlite
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import Checkpoint, sign
from amana.audit.tlog.tree import hash_leaf, root
from amana.errors import SignatureInvalid
from support.databases import TestDatabase
from support.log import WrittenLog, new_key

SIZES = (4, 2, 4)  # entries per checkpoint
LEAF = '{"at":1,"commitment":"c","id":"%s","kind":"signed.in","v":1}'
MOVE_UP = "UPDATE log_entry SET idx = idx - 1 WHERE idx > {0}"
SHIFT = ("UPDATE log_entry SET idx = -idx - 1 WHERE idx >= {0}", "UPDATE log_entry SET idx = -idx WHERE idx < 0")
LOOSEN = (  # a table without its constraints
    "CREATE TABLE loose AS SELECT * FROM log_entry",
    "DROP TABLE log_entry",
    "ALTER TABLE loose RENAME TO log_entry",
)
SWAP = (
    "UPDATE log_entry SET idx = -1 WHERE idx = {0}",
    "UPDATE log_entry SET idx = {0} WHERE idx = {1}",
    "UPDATE log_entry SET idx = {1} WHERE idx = -1",
)


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(*SIZES)
    return log


@pytest.fixture
def copy(log: WrittenLog, tmp_path: Path) -> Path:
    log.stolen(tmp_path / "copy.sqlite").close()
    return tmp_path / "copy.sqlite"


def edit(copy: Path, *acts: str, values: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as owner:
        for act in acts:
            owner.execute(act, values if "?" in act else ())


def retile(copy: Path) -> None:
    """Make the tiles fit whatever the entries are now, as a careful forger does."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as owner:
        leaves = [bytes(row[0]) for row in owner.execute("SELECT CAST(leaf AS BLOB) FROM log_entry ORDER BY idx")]
        owner.execute("UPDATE log_tile SET hashes = ?", (b"".join(map(hash_leaf, leaves)),))


def recommit(copy: Path, index: int) -> None:
    """Change who did what at ``index``, and make its entry commit to the lie, as a careful forger does."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as owner:
        query = "SELECT d.* FROM event_detail d JOIN log_entry USING (event_id) WHERE idx = ?"
        row = owner.execute(query, (index,)).fetchone()
        lie = leaf.Detail(*row[:3], "per_nobody", *row[4:])
        entry = leaf.render(leaf.Leaf(lie.id, lie.kind, lie.at, leaf.commit(lie)))
        owner.execute("UPDATE event_detail SET actor = 'per_nobody' WHERE event_id = ?", (lie.id,))
        owner.execute("UPDATE log_entry SET leaf = ? WHERE idx = ?", (entry, index))


def verdict(log: WrittenLog, copy: Path, since: str | None = None) -> Verdict:
    return verify_sqlite(copy, log.key.verifier, Visit(since))


def answer(log: WrittenLog, copy: Path) -> tuple[str, int | None, int | None]:
    first = verdict(log, copy).findings[0]
    return first.fault.value, first.first, first.last


def test_an_untouched_copy_is_intact(log: WrittenLog, copy: Path):
    found = verify_sqlite(copy, log.key.verifier, Visit(event=log.written[7]))
    assert found.is_intact
    assert found.index is None
    assert (found.checkpoint, found.entries, found.bare, found.waiting, found.event) == (log.last, 10, 0, 0, 7)


#   somebody with every right …                                     the verifier answers
@pytest.mark.parametrize(
    ("acts", "told"),
    [
        (["UPDATE log_entry SET leaf = '{}' WHERE idx = 5"], ("edited", 5, 5)),
        ([*LOOSEN, "UPDATE log_entry SET leaf = NULL WHERE idx = 5"], ("edited", 5, 5)),
        (["UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE idx = 2) WHERE idx = 5"], ("reordered", 5, 5)),
        (["DELETE FROM log_entry WHERE idx = 5"], ("removed", 5, 5)),
        (["DELETE FROM log_entry WHERE idx = 0"], ("removed", 0, 0)),
        (["DELETE FROM log_entry WHERE idx = 9"], ("removed", 9, 9)),
        (["DELETE FROM log_entry WHERE idx = 5", MOVE_UP.format(5)], ("removed", 5, 5)),
        (["DELETE FROM log_entry"], ("removed", 0, 0)),
        ([one.format(3, 4) for one in SWAP], ("reordered", 3, 3)),
        ([one.format(2, 8) for one in SWAP], ("reordered", 2, 2)),
        (["INSERT INTO log_entry VALUES (10, 'evt_x', '{}')"], ("appended", 10, 10)),
        (["INSERT INTO log_entry VALUES (12, 'evt_x', '{}')"], ("removed", 10, 10)),
        (["INSERT INTO log_entry VALUES ('x', 'evt_x', '{}')"], ("inserted", 0, 0)),
        ([*(o.format(5) for o in SHIFT), "INSERT INTO log_entry VALUES (5, 'evt_x', '{}')"], ("inserted", 5, 5)),
        (["UPDATE log_entry SET event_id = 'evt_x' WHERE idx = 5"], ("renamed", 5, 5)),
        (["UPDATE log_tile SET hashes = substr(hashes, 1, 160)"], ("tile", 5, 5)),
        (["UPDATE log_tile SET hashes = zeroblob(320)"], ("tile", 0, 0)),
        (["UPDATE log_tile SET hashes = hashes || zeroblob(32)"], ("tile", 10, 10)),
        (["DELETE FROM log_tile"], ("tile", 0, 0)),
        (["INSERT INTO log_tile VALUES (1, 0, zeroblob(32))"], ("tile", 0, 0)),
    ],
)
def test_one_edit_is_named(log: WrittenLog, copy: Path, acts: list[str], told: tuple[str, int, int]):
    edit(copy, *acts)
    assert answer(log, copy) == told


COLUMNS = (
    "kind = 'signed.in'", "at = at + 1", "actor = 'per_x'", "role = 'auditor'", "organisation = 'x'",
    "outcome = 'refused'", "clause = 'x'", "country = 'TUN'", "country = NULL", "dataflow = 'VICTIMS'",
    "purpose = 'x'", "subject = 'bat_x'", "salt = zeroblob(32)", "salt = NULL", "details = '{}'",
    "details = x'ff'", "actor = x'ff'", "at = 9223372036854775807",
    "at = at || 'x'", "actor = CAST(actor AS BLOB)", "details = NULL",
    "details = CAST(details AS TEXT)", "salt = CAST(salt AS TEXT)",
)  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_an_edit_to_what_is_told_of_an_event_is_named(log: WrittenLog, copy: Path, column: str):
    edit(copy, "CREATE TABLE t AS SELECT * FROM event_detail", "DROP TABLE event_detail",
         "ALTER TABLE t RENAME TO event_detail",
         f"UPDATE event_detail SET {column} WHERE event_id = '{log.written[5]}'")  # fmt: skip
    assert verdict(log, copy).findings == (Finding(Fault.DETAIL, 5, 5, log.written[5]),)


@pytest.mark.parametrize(
    "column", ["idx = idx || 'x'", "event_id = CAST(event_id AS BLOB)", "leaf = CAST(leaf AS TEXT)"]
)
def test_a_value_of_another_type_does_not_pass_for_the_one_it_looks_like(log: WrittenLog, copy: Path, column: str):
    edit(copy, *LOOSEN, "CREATE TABLE t AS SELECT * FROM event_detail", "DROP TABLE event_detail",
         "ALTER TABLE t RENAME TO event_detail", f"UPDATE log_entry SET {column} WHERE idx = 9",
         "UPDATE event_detail SET event_id = (SELECT event_id FROM log_entry ORDER BY rowid DESC LIMIT 1)"
         f" WHERE event_id = '{log.written[9]}'")  # fmt: skip
    assert verdict(log, copy).findings == (Finding(Fault.UNREADABLE, 9, 9, log.written[9]),)


@pytest.mark.parametrize("column", ["size = CAST(size AS TEXT) || 'x'", "note = CAST(note AS BLOB)"])
def test_a_checkpoint_of_another_type_is_named(log: WrittenLog, copy: Path, column: str):
    edit(copy, "CREATE TABLE t AS SELECT * FROM log_checkpoint", "DROP TABLE log_checkpoint",
         "ALTER TABLE t RENAME TO log_checkpoint", f"UPDATE log_checkpoint SET {column} WHERE size = 4")  # fmt: skip
    assert verdict(log, copy).findings == (Finding(Fault.CHECKPOINT, None, None, size=4),)


def test_details_of_another_event_do_not_pass_for_this_one(log: WrittenLog, copy: Path):
    edit(copy, f"DELETE FROM event_detail WHERE event_id = '{log.written[5]}'",
         f"UPDATE event_detail SET event_id = '{log.written[5]}' WHERE event_id = '{log.written[6]}'")  # fmt: skip
    assert answer(log, copy) == ("detail", 5, 5)


def test_the_first_entry_whose_details_were_taken_away_is_named(log: WrittenLog, copy: Path):
    gone = [log.written[index] for index in (5, 7)]
    edit(copy, f"DELETE FROM event_detail WHERE event_id IN ('{gone[0]}', '{gone[1]}')")
    found = verdict(log, copy)
    assert found.findings == (Finding(Fault.MISSING, 5, 5, gone[0]),)
    assert (found.index, found.entries, found.bare) == (5, 10, 2)


def test_a_snapshot_exported_without_details_says_so_and_its_tree_is_intact(log: WrittenLog, tmp_path: Path):
    found = verify_snapshot(log.snapshot(tmp_path / "log.jsonl", details=False), log.key.verifier)
    assert found.is_intact
    assert (found.details, found.entries, found.bare) == (False, 10, 10)


def test_a_snapshot_that_promises_details_and_lacks_one_is_not_intact(log: WrittenLog, tmp_path: Path):
    path = log.snapshot(tmp_path / "log.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    entry = next(line for line in lines if line.get("index") == 3)
    entry["detail"] = None
    path.write_text("\n".join(map(json.dumps, lines)))
    assert verify_snapshot(path, log.key.verifier).findings == (Finding(Fault.MISSING, 3, 3, log.written[3]),)


def test_tiles_rewritten_with_the_entry_leave_the_commitment_as_witness(log: WrittenLog, copy: Path):
    edit(copy, "UPDATE log_entry SET leaf = ? WHERE idx = 5", values=(LEAF % log.written[5],))
    retile(copy)
    found = verdict(log, copy)
    assert found.findings == (Finding(Fault.DETAIL, 5, 5, log.written[5]), Finding(Fault.EDITED, 4, 5))
    assert found.index == 5


def test_a_forger_who_rewrites_everything_is_bracketed_by_what_was_signed(log: WrittenLog, copy: Path):
    #  signed at    4     6           10
    #  entry    0123  45  6[7]89
    recommit(copy, 7)
    retile(copy)
    found = verdict(log, copy)
    assert found.findings == (Finding(Fault.EDITED, 6, 9),)
    assert found.index is None


def test_where_one_checkpoint_covers_one_entry_the_bracket_is_that_entry(log: WrittenLog, tmp_path: Path):
    log.grow(1)
    log.stolen(tmp_path / "copy.sqlite").close()
    recommit(tmp_path / "copy.sqlite", 10)
    retile(tmp_path / "copy.sqlite")
    assert verdict(log, tmp_path / "copy.sqlite").findings == (Finding(Fault.EDITED, 10, 10),)


def test_taking_away_the_checkpoints_between_only_widens_the_bracket(log: WrittenLog, copy: Path):
    recommit(copy, 7)
    retile(copy)
    edit(copy, "DELETE FROM log_checkpoint WHERE size = 6")
    assert answer(log, copy) == ("edited", 4, 9)


def test_tiles_that_lie_beyond_the_edit_do_not_hide_it(log: WrittenLog, copy: Path):
    edit(copy, "UPDATE log_entry SET leaf = '{}' WHERE idx = 1", "UPDATE log_tile SET hashes = substr(hashes, 1, 192)"
         " || zeroblob(128)")  # fmt: skip
    assert answer(log, copy) == ("edited", 1, 1)


def test_tiles_that_lie_before_the_edit_are_named_with_it(log: WrittenLog, copy: Path):
    recommit(copy, 7)
    edit(copy, "UPDATE log_tile SET hashes = zeroblob(32) || substr(hashes, 33)")
    assert verdict(log, copy).findings == (Finding(Fault.TILE, 0, 0), Finding(Fault.EDITED, 6, 9))


@pytest.mark.parametrize(
    "note", ["'forged'", "replace(note, char(10) || '10' || char(10), char(10) || '11' || char(10))"]
)
def test_a_forged_checkpoint_is_named_and_what_it_covers_is_not_believed(log: WrittenLog, copy: Path, note: str):
    edit(copy, f"INSERT INTO log_checkpoint SELECT 11, {note}, 1, NULL FROM log_checkpoint WHERE size = 10",
         "INSERT INTO log_entry VALUES (10, 'evt_x', '{}')")  # fmt: skip
    findings = verdict(log, copy).findings
    assert Finding(Fault.CHECKPOINT, None, None, size=11) in findings
    assert findings[0] == Finding(Fault.APPENDED, 10, 10)


def test_a_true_checkpoint_in_the_wrong_place_is_named(log: WrittenLog, copy: Path):
    edit(copy, "UPDATE log_checkpoint SET size = 5 WHERE size = 4")
    assert verdict(log, copy).findings == (Finding(Fault.CHECKPOINT, None, None, size=5),)


def test_without_one_good_checkpoint_nothing_is_believed(log: WrittenLog, copy: Path):
    edit(copy, "DELETE FROM log_checkpoint")
    assert answer(log, copy) == ("unsigned", 0, 0)


def test_another_key_believes_nothing(log: WrittenLog, copy: Path, tmp_path: Path):
    other = new_key(tmp_path, "other.test/log")
    assert [found.fault for found in verify_sqlite(copy, other.verifier).findings] == ["unsigned", "checkpoint"]


def test_an_event_taken_out_before_it_was_signed_leaves_its_details(log: WrittenLog, tmp_path: Path):
    from amana.audit.events.accounts import SignedOut

    _waiting, taken = log.write(SignedOut(), SignedOut())
    log.stolen(tmp_path / "copy.sqlite").close()
    assert (verdict(log, tmp_path / "copy.sqlite").is_intact, verdict(log, tmp_path / "copy.sqlite").waiting) == (
        True,
        2,
    )
    edit(tmp_path / "copy.sqlite", f"DELETE FROM journal WHERE event_id = '{taken}'")
    assert verdict(log, tmp_path / "copy.sqlite").findings == (Finding(Fault.UNLOGGED, None, None, taken),)


# ---- a checkpoint kept from before ---------------------------------------------------------------------------------


def test_a_kept_checkpoint_of_this_history_agrees(log: WrittenLog, tmp_path: Path):
    kept = sign(log.last, log.key)
    log.grow(3)
    log.stolen(tmp_path / "copy.sqlite").close()
    found = verdict(log, tmp_path / "copy.sqlite", kept)
    assert found.is_intact
    assert found.since == Checkpoint(log.key.origin, 10, found.since.root if found.since else b"")


def test_a_log_cut_back_to_an_older_checkpoint_is_caught_by_a_newer_one(log: WrittenLog, copy: Path):
    edit(copy, "DELETE FROM log_entry WHERE idx >= 6", "DELETE FROM log_checkpoint WHERE size > 6",
         "UPDATE log_tile SET hashes = substr(hashes, 1, 192)")  # fmt: skip
    edit(copy, "DELETE FROM event_detail WHERE event_id NOT IN (SELECT event_id FROM log_entry)")
    assert verdict(log, copy).is_intact
    assert verdict(log, copy, sign(log.last, log.key)).findings == (Finding(Fault.REMOVED, 6, 6),)


def test_two_histories_signed_by_one_key_are_told_from_each_other(log: WrittenLog, copy: Path):
    other = Checkpoint(log.key.origin, 4, hashlib.sha256(b"another history").digest())
    assert verdict(log, copy, sign(other, log.key)).findings == (Finding(Fault.FORKED, 0, 3),)


def test_a_kept_checkpoint_beyond_a_gap_is_left_undecided(log: WrittenLog, copy: Path):
    edit(copy, "DELETE FROM log_entry WHERE idx = 2")
    findings = verdict(log, copy, sign(log.last, log.key)).findings
    assert [found.fault for found in findings] == ["removed", "unlogged"]  # its details are still there


def test_a_kept_checkpoint_needs_the_logs_signature(log: WrittenLog, copy: Path, tmp_path: Path):
    with pytest.raises(SignatureInvalid):
        verdict(log, copy, sign(log.last, new_key(tmp_path, "other.test/log")))


# ---- the same on a snapshot ----------------------------------------------------------------------------------------


def test_a_snapshot_is_verified_like_a_copy(log: WrittenLog, tmp_path: Path):
    path = log.snapshot(tmp_path / "log.jsonl")
    assert verify_snapshot(path, log.key.verifier, Visit(event=log.written[3])).event == 3
    lines = path.read_text().splitlines()
    places = [number for number, line in enumerate(lines) if "leaf" in json.loads(line)]
    for index, place in enumerate(places):
        kept = [line for number, line in enumerate(lines) if number != place]
        path.write_text("\n".join(kept))
        assert verify_snapshot(path, log.key.verifier).findings[0] == Finding(Fault.REMOVED, index, index)


def test_a_snapshot_cut_short_is_named(log: WrittenLog, tmp_path: Path):
    path = log.snapshot(tmp_path / "log.jsonl")
    path.write_text("\n".join(path.read_text().splitlines()[:-3]))
    assert verify_snapshot(path, log.key.verifier).findings[0] == Finding(Fault.REMOVED, 7, 7)


def test_a_true_entry_that_is_none_of_ours_is_told(log: WrittenLog, tmp_path: Path):
    """Only a sequencer that was itself replaced could sign one."""
    path = log.snapshot(tmp_path / "log.jsonl")
    note = sign(Checkpoint(log.key.origin, 1, root([hash_leaf(b"x")])), log.key)
    lines = [
        {"format": "amana-log-snapshot/1"},
        {"size": 1, "note": note},
        {"level": 0, "n": 0, "hashes": "WMfnI0rAsFEgEKnBYl5KZFh6M8iS3E2wpHmL6ZpvuTs="},
        {"index": 0, "event": "evt_1", "leaf": "eA==", "detail": None},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert Fault.UNREADABLE in {found.fault for found in verify_snapshot(path, log.key.verifier).findings}

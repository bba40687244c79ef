"""Whoever edits a copy in whatever ways: read part by part, it gets the verdict that it gets when read in one go."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from amana import canonical
from amana.audit.events import vocabulary
from amana.audit.offline.snapshot import LogCopy, open_snapshot, render_lines
from amana.audit.offline.stored import open_sqlite
from amana.audit.offline.verify import Visit, verify_copy
from amana.audit.outbox import journal
from amana.audit.tlog import checkpoint, leaf
from amana.audit.tlog.checkpoint import Checkpoint, LogKey
from amana.audit.tlog.leaf import Detail, Leaf
from amana.audit.tlog.tree import hash_leaf, root
from amana.errors import Malformed
from support.log import NOON, SALMA

PATIENT = settings(deadline=None, max_examples=40)
KEY = LogKey("amana.test/log", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
SIGNED = (5, 12, 30, 40)
COLUMNS = tuple("details" if one.name == "facts" else one.name for one in fields(Detail))[1:]
TABLES = f"""
    CREATE TABLE journal (event_id TEXT);
    CREATE TABLE log_tile (level INTEGER, n INTEGER, hashes BLOB);
    CREATE TABLE log_checkpoint (size INTEGER, note TEXT);
    CREATE TABLE cosignature (size INTEGER, line TEXT);
    CREATE TABLE log_entry (idx INTEGER, event_id TEXT, leaf BLOB);
    CREATE TABLE event_detail (event_id TEXT PRIMARY KEY, {", ".join(COLUMNS)});
"""


def detail(number: int) -> Detail:
    said = vocabulary.WORDS["batch.read"](f"bat_{number}", "MAR")
    at = NOON - timedelta(seconds=number * 17 % 23)  # back and forth
    return journal.describe(said, SALMA, at, f"evt_{number:02}", hashlib.sha256(b"%d" % number).digest())


def fill(database: sqlite3.Connection) -> None:
    database.executescript(TABLES)
    told = [detail(number) for number in range(SIGNED[-1])]
    raw = [leaf.entry_of(one) for one in told[:-2]]
    raw += [leaf.render(Leaf(one.id, one.kind, one.at, leaf.commit(one))) for one in told[-2:]]
    hashes = [hash_leaf(one) for one in raw]
    database.executemany("INSERT INTO log_entry VALUES (?, ?, ?)", [(i, told[i].id, one) for i, one in enumerate(raw)])
    holes = ", ".join("?" * (len(COLUMNS) + 1))
    database.executemany(f"INSERT INTO event_detail VALUES ({holes})", map(leaf.told, told))
    database.execute("INSERT INTO log_tile VALUES (0, 0, ?)", (b"".join(hashes),))
    notes = [(size, checkpoint.sign(Checkpoint(KEY.origin, size, root(hashes[:size])), KEY)) for size in SIGNED]
    database.executemany("INSERT INTO log_checkpoint VALUES (?, ?)", notes)


def template() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        fill(database)
        database.commit()
        return database.serialize()


TEMPLATE = template()
PLACE = st.integers(0, SIGNED[-1] - 1)
EDITS = (
    "UPDATE log_entry SET leaf = x'7b7d' WHERE idx = {0}",
    "UPDATE log_entry SET leaf = NULL WHERE idx = {0}",
    "UPDATE log_entry SET leaf = CAST(leaf AS TEXT) WHERE idx = {0}",
    "UPDATE log_entry SET event_id = 'evt_x' WHERE idx = {0}",
    "UPDATE log_entry SET event_id = CAST(x'ff' AS TEXT) WHERE idx = {0}",
    "UPDATE log_entry SET idx = CASE idx WHEN {0} THEN {1} ELSE {0} END WHERE idx IN ({0}, {1})",
    "DELETE FROM log_entry WHERE idx = {0}",
    "DELETE FROM log_entry WHERE idx >= {0}",
    "UPDATE log_entry SET idx = idx - 1 WHERE idx > {0}",
    "UPDATE log_entry SET idx = idx + 1 WHERE idx >= {0}",
    "INSERT INTO log_entry VALUES ((SELECT max(idx) + 1 FROM log_entry), 'evt_x', x'7b7d')",
    "INSERT INTO log_entry SELECT {0}, event_id, leaf FROM log_entry WHERE idx = {1}",
    "DELETE FROM event_detail WHERE event_id = 'evt_{0:02}'",
    "UPDATE event_detail SET actor = 'per_x' WHERE event_id = 'evt_{0:02}'",
    "UPDATE event_detail SET actor = CAST(x'ff' AS TEXT) WHERE event_id = 'evt_{0:02}'",
    "UPDATE event_detail SET kind = NULL, subject = 5 WHERE event_id = 'evt_{0:02}'",
    "UPDATE event_detail SET details = CAST(details AS TEXT) WHERE event_id = 'evt_{0:02}'",
    "UPDATE log_tile SET hashes = substr(hashes, 1, 32 * {0})",
    "DELETE FROM log_checkpoint WHERE size > {0}",
    "UPDATE log_checkpoint SET note = 'forged' WHERE size >= {0}",
)
ACTS = st.lists(st.builds(str.format, st.sampled_from(EDITS), PLACE, PLACE), max_size=3)
Opening = Callable[[int], AbstractContextManager[LogCopy]]


def verdict(opening: Opening, part: int, asked: str) -> object:
    """What is told of a copy that comes in parts of this size, also where it is refused."""
    try:
        with opening(part) as copy:
            return verify_copy(copy, KEY.verifier, Visit(event=asked, now=leaf.microseconds(NOON), delay=1), 0)
    except Malformed as refused:
        return refused.facts


@contextmanager
def edited(acts: list[str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.sqlite"
        path.write_bytes(TEMPLATE)
        with closing(sqlite3.connect(path, isolation_level=None)) as owner:
            for act in acts:
                owner.execute(act)
        yield path


def test_what_is_edited_here_is_intact_before():
    with edited([]) as path, open_sqlite(path, 7) as copy:
        assert len(copy.parts) == 6
        assert verify_copy(copy, KEY.verifier, beside=0).is_intact


@PATIENT
@given(ACTS, st.integers(1, 45), PLACE)
def test_a_database_in_parts_gets_the_verdict_of_one_read_in_one_go(acts: list[str], part: int, asked: int):
    with edited(acts) as path:
        told = [verdict(lambda size: open_sqlite(path, size), size, f"evt_{asked:02}") for size in (part, 1_000)]
    assert told[0] == told[1]


def change(lines: list[bytes], act: str, one: int, other: int) -> None:
    match act:
        case "remove":
            del lines[one]
        case "swap":
            lines[one], lines[other] = lines[other], lines[one]
        case "double":
            lines.insert(one, lines[other])
        case "break":
            lines[one] = lines[one][: len(lines[one]) // 2] + b"\n"
        case "bare":
            lines[one] = lines[one].partition(b',"detail"')[0] + b',"detail":null}\n'
        case "cut":
            lines[-1] = lines[-1][:-1]


LINES = st.tuples(st.sampled_from(["remove", "swap", "double", "break", "bare", "cut"]), PLACE, PLACE)


@PATIENT
@given(st.lists(LINES, max_size=3), st.booleans(), st.integers(1, 9), PLACE)
def test_a_snapshot_in_parts_gets_the_verdict_of_one_read_in_one_go(
    acts: list[tuple[str, int, int]], details: bool, part: int, asked: int
):
    with edited([]) as path:
        with open_sqlite(path) as copy:
            *before, last = render_lines(copy, details=details)
        head, lines = before[: len(before) + 1 - SIGNED[-1]], [*before[len(before) + 1 - SIGNED[-1] :], last]
        for act, one, other in acts:
            change(lines, act, one % len(lines), other % len(lines))
        file = path.with_name("log.jsonl")
        file.write_bytes(b"".join(head + lines))
        told = [verdict(lambda size: open_snapshot(file, size), size, f"evt_{asked:02}") for size in (part, 1_000)]
    assert told[0] == told[1]


# ---- what an entry commits to, the obvious way ----------------------------------------------------------------------

ANYTHING = (
    st.none() | st.integers(-3, 2**60) | st.booleans() | st.text(max_size=3) | st.binary(max_size=3) | st.floats()
)


def told_anyhow(data: st.DataObject) -> tuple[leaf.Told, bytes]:
    """Fields of which some were changed, and the entry that commits to them where anything can."""
    told = list(leaf.told(detail(1)))
    for place in data.draw(st.sets(st.integers(0, len(told) - 1), max_size=2)):
        told[place] = data.draw(ANYTHING | st.characters(codec=None).map(str))
    return tuple(told), leaf.entry_of(detail(1))


def plainly(told: leaf.Told) -> bytes | None:
    """The entry for these fields by canonical JSON as a whole; None where they have none."""
    named = dict(zip((one.name for one in fields(Detail)), told, strict=True))
    hints = get_type_hints(Detail)
    if not leaf.is_typed(Detail(**named)) or len(named["salt"]) != leaf.SALT or hints.keys() != named.keys():
        return None
    salt, facts = named.pop("salt"), named.pop("facts")
    try:
        text = canonical.encode({**named, "facts": canonical.decode(facts)})
        commitment = hashlib.sha256(salt + text).hexdigest()
        return leaf.render(Leaf(named["id"], named["kind"], named["at"], commitment))
    except (ValueError, Malformed):
        return None


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_an_entry_is_of_these_details_where_canonical_json_says_so(data: st.DataObject):
    told, other = told_anyhow(data)
    expected = plainly(told)
    assert not leaf.is_entry_of(told, b"")
    assert leaf.is_entry_of(told, other) == (expected == other)
    if expected is not None:
        assert leaf.is_entry_of(told, expected)

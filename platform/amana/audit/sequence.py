"""The sequencer's two acts: move what is journalled into the log, in order; and fill it up to what outsiders see.

Each ends with one checkpoint, signed over the log as it then stands, and is one transaction under one lock, so that two
sequencers cannot give one index twice, and a process killed at any point leaves either everything or nothing. Before it
signs, it makes sure that the log it extends is the log it signed last: a database edited or restored under it is
refused, never signed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, text

from amana import faults, ids
from amana.audit import checkpoint as notes
from amana.audit import leaf, public, tiles
from amana.audit.calendar import Calendar
from amana.audit.checkpoint import Checkpoint, LogKey
from amana.audit.tables import journal, log_checkpoint, log_entry
from amana.audit.tree import EMPTY_ROOT, Frontier, hash_leaf
from amana.db import Database, Reading, Transaction
from amana.errors import AmanaError, Malformed, NotFound

LIMIT: Final = 100  # entries in one transaction: keeps SQLite's writers waiting under 10 ms
_LOCK: Final = 0x616D616E61  # "amana": one advisory lock per PostgreSQL database


class LogRewritten(AmanaError):
    """The stored log is not the one that was signed; nothing more is signed until a person has looked."""

    code = "audit.log_rewritten"
    exit = 1


class JournalUnreadable(AmanaError):
    """A journal row is no entry of ours; nothing is sequenced until a person has looked."""

    code = "audit.journal_unreadable"
    exit = 1


def sequence(
    database: Database, key: LogKey, now: datetime, last: Checkpoint, limit: int = LIMIT
) -> tuple[Checkpoint, int]:
    """Return the newest checkpoint and how many entries were moved into the log (0: nothing to do, nothing signed).

    last:  the newest checkpoint this process knows (``check_log`` gives the first); the stored log must contain it.
    limit: entries moved at most; when as many were moved, there may be more.
    Raises LogRewritten, JournalUnreadable, or SignatureInvalid when the stored checkpoint is another key's.
    """
    with _locked(database) as tx:
        faults.point("sequence.locked")
        waiting = select(journal.c.event_id, journal.c.leaf).order_by(journal.c.made_at, journal.c.event_id)
        rows = tx.execute(waiting.limit(limit)).all()
        if not rows:
            return last, 0
        for row in rows:
            _check_entry(row.event_id, row.leaf)
        checkpoint = _append(tx, _stored_checkpoint(Reading(tx), key, last), [(row.event_id, row.leaf) for row in rows])
        _sign(tx, checkpoint, key, now)
        tx.execute(delete(journal).where(journal.c.event_id.in_([row.event_id for row in rows])))
        faults.point("sequence.before_commit")
    faults.point("sequence.after_commit")
    return checkpoint, len(rows)


def show(database: Database, key: LogKey, now: datetime, last: Checkpoint, calendar: Calendar) -> Checkpoint:
    """Return the newest checkpoint, once outsiders have the one that is due by the calendar, padded to its size.

    Of several sequencers, one makes it. Raises as ``sequence``.
    """
    with _locked(database) as tx:
        if not _is_due(Reading(tx), calendar, now):
            return last
        known, mark = _stored_checkpoint(Reading(tx), key, last), calendar.mark(now)
        checkpoint = _append(tx, known, list(_padding(calendar.size_after(known.size) - known.size, mark)))
        faults.point("sequence.padded")
        _sign(tx, checkpoint, key, now, mark)
        faults.point("sequence.before_shown")
    faults.point("sequence.shown")
    return checkpoint


@contextmanager
def _locked(database: Database) -> Iterator[Transaction]:
    with database.write() as tx:
        if database.is_postgresql:
            tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield tx


def _is_due(reading: Reading, calendar: Calendar, now: datetime) -> bool:
    shown = public.newest(reading)
    return calendar.is_due(now, shown.at if shown else None)


def _padding(count: int, at: datetime) -> Iterator[tuple[str, bytes]]:
    for _ in range(count):
        entry = leaf.pad(ids.new("pad"), leaf.microseconds(at))
        yield entry.id, leaf.render(entry)


def _sign(tx: Transaction, checkpoint: Checkpoint, key: LogKey, now: datetime, mark: datetime | None = None) -> None:
    note = notes.sign(checkpoint, key)
    tx.execute(insert(log_checkpoint).values(size=checkpoint.size, note=note, signed_at=now, public_at=mark))
    faults.point("sequence.signed")


def check_log(reading: Reading, key: LogKey) -> Checkpoint:
    """Return the newest checkpoint, once every stored entry has been hashed again and leads to its root.

    About 5 s for a million entries. Raises LogRewritten when it does not, SignatureInvalid when another key signed it.
    """
    newest = _stored_checkpoint(reading, key, Checkpoint(key.origin, 0, EMPTY_ROOT))
    edge = Frontier()
    entries = select(log_entry.c.idx, log_entry.c.leaf).order_by(log_entry.c.idx)
    with reading.execute(entries.execution_options(yield_per=2000)) as rows:
        for row in rows:
            if row.idx != edge.size or not isinstance(row.leaf, bytes):  # SQLite keeps whatever an editor put there
                raise LogRewritten(index=edge.size)
            edge.add(hash_leaf(row.leaf))
    if edge.size != newest.size or edge.root() != newest.root:
        raise LogRewritten(index=min(edge.size, newest.size))
    return newest


def _stored_checkpoint(reading: Reading, key: LogKey, last: Checkpoint) -> Checkpoint:
    """Return the stored newest checkpoint, if the tiles lead to it and to ``last``."""
    try:
        note = tiles.newest_checkpoint(reading)
    except NotFound:
        stored = Checkpoint(key.origin, 0, EMPTY_ROOT)
    else:
        stored = notes.read_checkpoint(note, key.verifier)
    hashes = tiles.Hashes(reading)
    try:
        roots = hashes.root(stored.size), hashes.root(last.size)
    except NotFound as fault:
        raise LogRewritten(index=stored.size) from fault
    if stored.size < last.size or roots != (stored.root, last.root):
        raise LogRewritten(index=min(stored.size, last.size))
    return stored


def _append(tx: Transaction, known: Checkpoint, entries: Sequence[tuple[str, bytes]]) -> Checkpoint:
    """Extend the log by these (event id, leaf), and return the checkpoint that is to be signed over it."""
    numbered = [
        {"idx": known.size + position, "event_id": event_id, "leaf": raw}
        for position, (event_id, raw) in enumerate(entries)
    ]
    tx.execute(insert(log_entry), numbered)
    faults.point("sequence.entries_added")
    tiles.extend(tx, known.size, [hash_leaf(raw) for _, raw in entries])
    size = known.size + len(entries)
    checkpoint = Checkpoint(known.origin, size, tiles.Hashes(Reading(tx)).root(size))
    faults.point("sequence.tiles_extended")
    return checkpoint


def _check_entry(event_id: str, entry: bytes) -> None:
    try:
        told = leaf.parse(entry)
        known = told.id == event_id and told.kind != leaf.PADDING  # padding comes from here alone
    except Malformed:
        known = False
    if not known:
        raise JournalUnreadable(event=event_id)

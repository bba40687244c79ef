"""The sequencer's two acts: move what is journalled into the log, in order; and fill it up to what outsiders see.

Each ends with one checkpoint, signed over the log as it then stands. It is worked out beforehand, for on SQLite nobody
else writes meanwhile, and stored in one short transaction under one lock, if the log has not grown since: so two
sequencers cannot give one index twice, and a process killed at any point leaves either everything or nothing. What is
signed follows from hashes that were held against the log signed last: a database edited or restored under the sequencer
is refused, never signed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, text

from amana import faults, ids
from amana.audit.log import public, tiles
from amana.audit.log.tables import log_checkpoint, log_entry
from amana.audit.log.tiles import Tiles
from amana.audit.outbox.tables import journal
from amana.audit.tlog import checkpoint as notes
from amana.audit.tlog import leaf
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import Checkpoint, LogKey
from amana.audit.tlog.tree import EMPTY_ROOT, Frontier, hash_leaf
from amana.db import Database, Reading, Transaction
from amana.errors import AmanaError, Malformed, NotFound

LIMIT: Final = 100  # entries in one transaction: keeps SQLite's writers waiting for some milliseconds
_AT_ONCE: Final = 2000  # entries read at once where all are
_LOCK: Final = 0x616D616E61  # "amana": one advisory lock per PostgreSQL database
_ENTRY, _SIGNED = insert(log_entry), insert(log_checkpoint)
_MOVED: Final = delete(journal).where(journal.c.event_id == bindparam("moved"))


class LogRewritten(AmanaError):
    """The stored log is not the one that was signed; nothing more is signed until a person has looked."""

    code = "audit.log_rewritten"
    exit = 1


class JournalUnreadable(AmanaError):
    """A journal row is no entry of ours; nothing is sequenced until a person has looked."""

    code = "audit.journal_unreadable"
    exit = 1


@dataclass(frozen=True)
class _Growth:
    """What the log is to become, worked out from what was verified, while everybody else may still write.

    over:       the newest signed note, None before the first; once another one stands there, this is void.
    entries:    (index, event id, leaf) of rows to come, at least one.
    checkpoint: what is to be signed. mark: the instant of the calendar at which outsiders see it; None: they do not.
    """

    over: str | None
    entries: Sequence[tuple[int, str, bytes]]
    tiles: Tiles
    checkpoint: Checkpoint
    mark: datetime | None = None


def sequence(
    database: Database, key: LogKey, now: datetime, last: Checkpoint, limit: int = LIMIT
) -> tuple[Checkpoint, int]:
    """Return the newest checkpoint and how many entries were moved into the log (0: nothing to do, nothing signed).

    last:  the newest checkpoint this process knows (``check_log`` gives the first); the stored log must contain it.
    limit: entries moved at most; when as many were moved, there may be more.
    Raises LogRewritten, JournalUnreadable, or SignatureInvalid when the stored checkpoint is another key's.
    """
    grown = _grow(database, key, now, partial(_move, key=key, last=last, limit=limit))
    if grown is None:
        return last, 0
    faults.point("sequence.after_commit")
    return grown.checkpoint, len(grown.entries)


def show(database: Database, key: LogKey, now: datetime, last: Checkpoint, calendar: Calendar) -> Checkpoint:
    """Return the newest checkpoint, once outsiders have the one that is due by the calendar, padded to its size.

    Of several sequencers, one makes it. Raises as ``sequence``.
    """
    grown = _grow(database, key, now, partial(_pad, key=key, last=last, calendar=calendar, now=now))
    if grown is None:
        return last
    faults.point("sequence.shown")
    return grown.checkpoint


def _grow(
    database: Database, key: LogKey, now: datetime, work_out: Callable[[Reading], _Growth | None]
) -> _Growth | None:
    """Let the log grow by what is worked out, in a short transaction; anew, when another sequencer was quicker."""
    while True:
        with database.read() as reading:
            growth = work_out(reading)
        if growth is None:
            return None
        with _locked(database) as tx:
            faults.point("sequence.locked")
            if _newest_note(Reading(tx)) == growth.over:
                _store(tx, growth, key, now)
                return growth


def _move(reading: Reading, key: LogKey, last: Checkpoint, limit: int) -> _Growth | None:
    """Return the log with what waits in the journal, in order; None when nothing does."""
    waiting = select(journal.c.event_id, journal.c.leaf).order_by(journal.c.made_at, journal.c.event_id)
    rows = reading.execute(waiting.limit(limit)).all()
    for row in rows:
        _check_entry(row.event_id, row.leaf)
    return _with(reading, key, last, lambda _: [(row.event_id, row.leaf) for row in rows]) if rows else None


def _pad(reading: Reading, key: LogKey, last: Checkpoint, calendar: Calendar, now: datetime) -> _Growth | None:
    """Return the log filled up to the size that outsiders see; None when they have what is due."""
    shown = public.newest(reading)
    if not calendar.is_due(now, shown.at if shown else None):
        return None
    mark = calendar.mark(now)
    growth = _with(reading, key, last, lambda size: list(_padding(calendar.size_after(size) - size, mark)))
    faults.point("sequence.padded")
    return replace(growth, mark=mark)


def _with(
    reading: Reading, key: LogKey, last: Checkpoint, more: Callable[[int], Sequence[tuple[str, bytes]]]
) -> _Growth:
    """Return the log with more (event id, leaf); ``more`` is told its size. Raises as ``sequence``."""
    note = _newest_note(reading)
    known = _verified(reading, note, key, last)
    entries = [(known.size + place, *entry) for place, entry in enumerate(more(known.size))]
    changed = tiles.extended(reading, known.size, [hash_leaf(entry) for _, _, entry in entries])
    size = known.size + len(entries)
    checkpoint = Checkpoint(known.origin, size, tiles.root_with(reading, changed, size))
    return _Growth(note, entries, changed, checkpoint)


def _store(tx: Transaction, growth: _Growth, key: LogKey, now: datetime) -> None:
    tx.execute(_ENTRY, [{"idx": index, "event_id": event, "leaf": entry} for index, event, entry in growth.entries])
    faults.point("sequence.entries_added")
    tiles.store(tx, growth.tiles)
    faults.point("sequence.tiles_extended")
    note = notes.sign(growth.checkpoint, key)
    signed = {"size": growth.checkpoint.size, "note": note, "signed_at": now, "public_at": growth.mark}
    tx.execute(_SIGNED, signed)
    faults.point("sequence.signed")
    if growth.mark is None:
        tx.execute(_MOVED, [{"moved": event} for _, event, _ in growth.entries])
        faults.point("sequence.before_commit")
    else:
        faults.point("sequence.before_shown")


def _newest_note(reading: Reading) -> str | None:
    try:
        return tiles.newest_checkpoint(reading)
    except NotFound:
        return None


@contextmanager
def _locked(database: Database) -> Iterator[Transaction]:
    with database.write() as tx:
        if database.is_postgresql:
            tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield tx


def _padding(count: int, at: datetime) -> Iterator[tuple[str, bytes]]:
    for _ in range(count):
        entry = leaf.pad(ids.new("pad"), leaf.microseconds(at))
        yield entry.id, leaf.render(entry)


def check_log(reading: Reading, key: LogKey) -> Checkpoint:
    """Return the newest checkpoint, once every stored entry has been hashed again and leads to its root.

    About 5 s for a million entries. Raises LogRewritten when it does not, SignatureInvalid when another key signed it.
    """
    newest = _verified(reading, _newest_note(reading), key, Checkpoint(key.origin, 0, EMPTY_ROOT))
    edge = Frontier()
    entries = select(log_entry.c.idx, log_entry.c.leaf).order_by(log_entry.c.idx)
    with reading.execute(entries.execution_options(yield_per=_AT_ONCE)) as found:
        for rows in found.partitions():
            hashes: list[bytes] = []
            for place, row in enumerate(rows, start=edge.size):
                if row.idx != place or not isinstance(row.leaf, bytes):  # SQLite keeps whatever an editor put there
                    raise LogRewritten(index=place)
                hashes.append(hash_leaf(row.leaf))
            edge.add(hashes)
    if edge.size != newest.size or edge.root() != newest.root:
        raise LogRewritten(index=min(edge.size, newest.size))
    return newest


def _verified(reading: Reading, note: str | None, key: LogKey, last: Checkpoint) -> Checkpoint:
    """Return the stored newest checkpoint, the one in ``note``, if the tiles lead to it and to ``last``."""
    stored = notes.read_checkpoint(note, key.verifier) if note is not None else Checkpoint(key.origin, 0, EMPTY_ROOT)
    hashes = tiles.Hashes(reading)
    try:
        roots = hashes.root(stored.size), hashes.root(last.size)
    except NotFound as fault:
        raise LogRewritten(index=stored.size) from fault
    if stored.size < last.size or roots != (stored.root, last.root):
        raise LogRewritten(index=min(stored.size, last.size))
    return stored


def _check_entry(event_id: str, entry: bytes) -> None:
    try:
        told = leaf.parse(entry)
        known = told.id == event_id and told.kind != leaf.PADDING  # padding comes from here alone
    except Malformed:
        known = False
    if not known:
        raise JournalUnreadable(event=event_id)

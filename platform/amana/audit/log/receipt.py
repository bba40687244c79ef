"""Receipts: the proof that an event stands in the log, under the best checkpoint there is for whoever will read it.

Best is the newest with a quorum of witnesses; before there is one over this event, the newest that outsiders saw;
before that, the first that was signed over it, and no later one: who asks again and again must not see the log grow.
Reads as ``auditor_reader``.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import select

from amana.audit.log import public, tiles
from amana.audit.log.cosigned import Panel, newest_witnessed, with_cosignatures
from amana.audit.log.tables import log_checkpoint, log_entry
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog.checkpoint import parse_note
from amana.audit.tlog.proof import Proof
from amana.audit.tlog.tree import prove_inclusion
from amana.db import Reading
from amana.errors import AmanaError, NotFound


class ReceiptPending(AmanaError):
    """The event is journalled and not yet in the log: its receipt can be had within moments."""

    code: ClassVar[str] = "audit.receipt_pending"
    status: ClassVar[int] = 404
    exit: ClassVar[int] = 75


def receipt_of(reading: Reading, event_id: str, panel: Panel, now: datetime) -> Proof:
    """Return the proof of an event for somebody who was there. Raises ReceiptPending while no checkpoint covers it."""
    entry = reading.execute(select(log_entry.c.idx).where(log_entry.c.event_id == event_id)).first()
    if entry is None:
        raise ReceiptPending(event=event_id)
    return prove(reading, event_id, _best_note(reading, entry.idx, panel, now))


def prove(reading: Reading, event_id: str, note: str) -> Proof:
    """Return the proof that an event stands under the checkpoint in a note of this log, which covers it.

    Raises NotFound when the event is not in the log.
    """
    entry = reading.execute(select(log_entry.c.idx, log_entry.c.leaf).where(log_entry.c.event_id == event_id)).first()
    if entry is None:
        raise NotFound(what="event")
    path = prove_inclusion(entry.idx, parse_note(note).size, tiles.Hashes(reading).subtree)
    return Proof(entry.leaf, entry.idx, tuple(path), note)


def event_of(reading: Reading, kinds: tuple[str, ...], subject: str, country: str) -> str:
    """Return the newest event of these kinds about a subject, of one committee. Raises NotFound."""
    events = event_detail.c
    about = select(events.event_id).where(events.kind.in_(kinds), events.subject == subject, events.country == country)
    found: str | None = reading.execute(about.order_by(events.at.desc()).limit(1)).scalar()
    if found is None:
        raise NotFound(what="event")
    return found


def _best_note(reading: Reading, index: int, panel: Panel, now: datetime) -> str:
    witnessed = newest_witnessed(reading, panel, now, index)
    if witnessed is not None:
        return witnessed[0]
    shown = public.newest(reading)
    if shown is not None and shown.size > index:
        return with_cosignatures(reading, shown.size, shown.note)
    over = select(log_checkpoint.c.note).where(log_checkpoint.c.size > index).order_by(log_checkpoint.c.size).limit(1)
    return str(reading.execute(over).scalar_one())

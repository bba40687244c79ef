"""The journal: an event is written in the caller's own transaction, so that nothing happens without its entry.

Until the sequencer has put it under a checkpoint an entry is not yet protected; a sensitive act waits for that.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from amana import ids
from amana.audit.events import event as form
from amana.audit.events import mention
from amana.audit.events.event import REFUSED, Actor, Event
from amana.audit.outbox import readings, rows
from amana.audit.outbox.rows import Entry
from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail
from amana.db import Transaction

_HEADER: Final = {"clause": 120, "country": 3, "dataflow": 20, "purpose": 60, "subject": 80}  # characters


def append(tx: Transaction, event: Event, by: Actor, at: datetime) -> str:
    """Write that ``by`` did ``event`` at ``at``, in the caller's transaction, and return the event's id."""
    entry = prepare(event, by, at)
    rows.write(tx, [entry])
    return entry.detail.id


def prepare(event: Event, by: Actor, at: datetime) -> Entry:
    """Return what is to be written of an event, under a fresh id and with a fresh salt; nothing is written yet."""
    detail = describe(event, by, at, ids.new("evt"), secrets.token_bytes(leaf.SALT))
    return Entry(detail, leaf.entry_of(detail), mention.words(vars(event), detail), readings.countries(event))


def describe(event: Event, by: Actor, at: datetime, event_id: str, salt: bytes) -> Detail:
    """Return all that the log holds about an event.

    Its clause is the one that refused, or the one under which ``by`` was allowed to act. A header field that cannot be
    one of ours (too long, or with characters that do not print) is left empty: it came from outside and remains in the
    facts.
    """
    said = event.header
    header = {name: _fitting(getattr(said, name), length) for name, length in _HEADER.items()}
    if header["clause"] is None and said.outcome != REFUSED:
        header["clause"] = _fitting(by.under, _HEADER["clause"])
    return Detail(
        **header,
        id=event_id,
        kind=event.kind,
        at=leaf.microseconds(at),
        actor=by.id,
        role=by.role,
        organisation=by.organisation,
        outcome=said.outcome,
        salt=salt,
        facts=form.render(event),
    )


def _fitting(value: str | None, length: int) -> str | None:
    return value if value is not None and len(value) <= length and value.isprintable() else None

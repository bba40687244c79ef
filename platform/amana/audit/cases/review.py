"""An auditor's cases: open, write, pin, close, ask for a name. What is written is never changed, only answered.

Runs in: web, which has asked policy.decide first.
Sees: what an auditor writes, on its way in; it is read as ``auditor_reader`` (``contents``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import Row, insert, select, update

from amana import ids
from amana.audit.cases.tables import case_name, case_note, case_pin, review_case
from amana.audit.cases.tables import case_text as texts
from amana.audit.events import case_text
from amana.audit.events.auditors import CaseClosed, CaseNoted, CaseOpened, EventPinned, NameAsked
from amana.audit.events.case_text import Kind, Written
from amana.audit.events.event import Actor, Event
from amana.audit.outbox import journal
from amana.db import Reading, Transaction
from amana.errors import AmanaError, NotFound
from amana.faults import point

OPEN: Final = "OPEN"
CLOSED: Final = "CLOSED"


class CaseShut(AmanaError):
    """The case is closed; nothing is added to it any more."""

    code: ClassVar[str] = "audit.case_closed"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


class NoteDiffers(AmanaError):
    """The Idempotency-Key was used before, for something else; ``note`` is what it stands for."""

    code: ClassVar[str] = "audit.note_differs"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


@dataclass(frozen=True)
class Sending:
    """The writer's own name for one sending, and the keyed digest of all that is sent: 64 hex characters."""

    key: str
    digest: str


@dataclass(frozen=True)
class _Told:
    """By whom and when something was written, and the event that says so, by this digest."""

    made_by: str
    made_at: datetime
    event_id: str
    digest: str


@dataclass(frozen=True)
class Case:
    """A case, without what is written in it. erased_at: when its texts were erased."""

    id: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    erased_at: datetime | None

    @property
    def state(self) -> str:
        """Return OPEN or CLOSED."""
        return OPEN if self.closed_at is None else CLOSED


def find(reading: Reading | Transaction, case: str) -> Case:
    """Return a case. Raises NotFound."""
    return _case(reading.execute(select(review_case).where(review_case.c.id == case)).first(), case)


def find_sent(reading: Reading | Transaction, sending: Sending, by: Actor) -> str | None:
    """Return the case in which something was written under this key by the same hand; None when nothing was.

    Raises NoteDiffers when it was something else.
    """
    mine = (case_note.c.made_by == by.id, case_note.c.idempotency_key == sending.key)
    columns = (case_note.c.id, case_note.c.case_id, case_note.c.keyed_digest)
    row = reading.execute(select(*columns).where(*mine)).first()
    if row is not None and row.keyed_digest != sending.digest:
        raise NoteDiffers(note=row.id)
    return None if row is None else row.case_id


def open_case(tx: Transaction, title: str, question: str, sending: Sending, *, by: Actor, now: datetime) -> str:
    """Open a case with a question, and return its id. The caller has looked whether it was sent before."""
    case = ids.new("cas")
    asked = _make(case, Kind.QUESTION, question, title=title)
    digest = case_text.digest(asked)
    event = journal.append(tx, CaseOpened(case, asked.note, digest), by, now)
    tx.execute(insert(review_case).values(id=case, opened_by=by.id, opened_at=now, opened_event=event))
    _store(tx, asked, _Told(by.id, now, event, digest), sending)
    return case


def write(
    tx: Transaction, case: str, text: str, sending: Sending, *, answers: str | None, by: Actor, now: datetime
) -> str:
    """Add a note to an open case, and return its id. The caller has looked whether it was sent before.

    answers: a note of the same case. Raises NotFound, CaseShut.
    """
    _lock(tx, case)
    if answers is not None:
        mine = select(case_note.c.id).where(case_note.c.id == answers, case_note.c.case_id == case)
        if tx.execute(mine).first() is None:
            raise NotFound(what="note")
    made = _make(case, Kind.NOTE, text, answers=answers)
    _add(tx, made, lambda digest: CaseNoted(case, made.note, digest, answers), by=by, now=now, sending=sending)
    return made.note


def pin(tx: Transaction, case: str, events: Iterable[str], by: Actor, now: datetime) -> int:
    """Put events into an open case, and return how many were not there yet. Raises NotFound, CaseShut.

    events: ids of events that are there; the caller has looked, for this role cannot.
    """
    _lock(tx, case)
    there = set(tx.execute(select(case_pin.c.event_id).where(case_pin.c.case_id == case)).scalars())
    new = [one for one in dict.fromkeys(events) if one not in there]
    for event in new:
        noted = journal.append(tx, EventPinned(case, event), by, now)
        row = {"case_id": case, "event_id": event, "pinned_by": by.id, "pinned_at": now, "pinned_event": noted}
        tx.execute(insert(case_pin).values(row))
    return len(new)


def close(tx: Transaction, case: str, finding: str, by: Actor, now: datetime) -> None:
    """Close a case with a finding. Raises NotFound, CaseShut."""
    _lock(tx, case)
    made = _make(case, Kind.FINDING, finding)
    _add(tx, made, lambda digest: CaseClosed(case, made.note, digest), by=by, now=now)
    tx.execute(update(review_case).where(review_case.c.id == case).values(closed_at=now))


def ask_name(tx: Transaction, case: str, person: str, reason: str, *, by: Actor, now: datetime) -> bool:
    """Ask who an actor is, for an open case and a reason, and return whether this auditor had not asked yet.

    Raises NotFound, CaseShut.
    """
    _lock(tx, case)
    if asked_event(tx, case, person, by.id) is not None:
        return False
    made = _make(case, Kind.REASON, reason)
    event = _add(tx, made, lambda digest: NameAsked(case, made.note, digest, person), by=by, now=now)
    row = {"case_id": case, "person_id": person, "asked_by": by.id, "asked_at": now, "asked_event": event}
    tx.execute(insert(case_name).values({**row, "note_id": made.note}))
    point("case.name_asked")
    return True


def asked_event(reading: Reading | Transaction, case: str, person: str, by: str) -> str | None:
    """Return the event by which this auditor asked who this person is, for this case; None when she did not."""
    mine = (case_name.c.case_id == case, case_name.c.person_id == person, case_name.c.asked_by == by)
    return reading.execute(select(case_name.c.asked_event).where(*mine)).scalar_one_or_none()


def _lock(tx: Transaction, case: str) -> None:
    """Let nobody close the case before this transaction ends. Raises NotFound, CaseShut."""
    row = tx.execute(select(review_case).where(review_case.c.id == case).with_for_update()).first()
    if _case(row, case).state == CLOSED:
        raise CaseShut(case=case)


def _case(row: Row[*tuple[object, ...]] | None, case: str) -> Case:
    if row is None:
        raise NotFound(what="case", id=case)
    return Case(row.id, row.opened_by, row.opened_at, row.closed_at, row.erased_at)


def _make(case: str, kind: Kind, text: str, *, title: str | None = None, answers: str | None = None) -> Written:
    return Written(ids.new("nte"), case, kind, answers, title, text, secrets.token_bytes(case_text.SALT))


def _add(
    tx: Transaction,
    made: Written,
    event: Callable[[str], Event],
    *,
    by: Actor,
    now: datetime,
    sending: Sending | None = None,
) -> str:
    """Write a note under the event of its digest, and return the event's id."""
    digest = case_text.digest(made)
    told = journal.append(tx, event(digest), by, now)
    _store(tx, made, _Told(by.id, now, told, digest), sending)
    return told


def _store(tx: Transaction, made: Written, told: _Told, sending: Sending | None) -> None:
    row = {"id": made.note, "case_id": made.case, "kind": str(made.kind), "answers": made.answers, **vars(told)}
    sent = {"idempotency_key": sending.key, "keyed_digest": sending.digest} if sending else {}
    tx.execute(insert(case_note).values(row | sent))
    tx.execute(insert(texts).values(note_id=made.note, salt=made.salt, title=made.title, text=made.text))
    point("case.written")

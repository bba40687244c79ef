"""What a committee, as the owner, asks of the hub: rows and intents. The worker gives them effect under a checkpoint.

About a batch: let a version replace another, discard it, take a batch back. About persons, named by pseudonym in a
sealed list that this process cannot read: take them out, say what is held of them, put it right, leave them out for
good, or no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, func, insert, select, update

from amana import ids
from amana.audit.events.contributions import AnswerTaken, OwnerRequestReceived
from amana.audit.events.event import Actor
from amana.audit.outbox import journal
from amana.db import Reading, Transaction
from amana.errors import AmanaError, NotFound
from amana.faults import point
from amana.intake.daily import alone, midnight
from amana.intake.states import RequestState
from amana.intake.tables import answer, owner_request

_LISTED: Final = 200  # requests on one page
_LOCK: Final = 0x7413  # of PostgreSQL's advisory locks, the ones that count requests about persons


class Act(StrEnum):
    """What an owner may ask for; a withdrawal is of a batch or, with a list, of persons."""

    REPLACE = "replace"
    DISCARD = "discard"
    WITHDRAW = "withdraw"
    ACCESS = "access"
    RECTIFY = "rectify"
    OBJECT = "object"
    LIFT = "lift"


FOR_PERSONS: Final = (Act.WITHDRAW, Act.ACCESS, Act.RECTIFY, Act.OBJECT, Act.LIFT)


class AnswerGone(AmanaError):
    """The answer was taken before, or was kept its time; only asking again brings another."""

    code = "request.answer_gone"
    status = 410
    exit = 66


class RequestsSpent(AmanaError):
    """The committee has made its requests about persons of the day. Facts: ``per_day``."""

    code = "request.spent"
    status = 429
    exit = 75


@dataclass(frozen=True)
class OwnerRequest:
    """One request, as its committee sees it.

    period:  the only period that it is about; None for all.
    batch:   the batch that it is about; None where it is about persons.
    reached: whether the hub held ``all``, ``some`` or ``none`` of the persons; None before, and for batches.
    reason:  why it was refused: a code that has a sentence.
    """

    id: str
    committee: str
    act: str
    dataflow: str
    period: str | None
    batch: str | None
    state: str
    received_at: datetime
    received_event: str
    reached: str | None
    reason: str | None
    done_at: datetime | None
    done_event: str | None


@dataclass(frozen=True)
class Asked:
    """A request on its way in.

    digest: keyed digest of what was sent with it; of a word about a version, the name of the difference that was seen.
    sha256: of its sealed list.
    """

    committee: str
    act: Act
    dataflow: str
    idempotency_key: str
    period: str | None = None
    batch: str | None = None
    digest: str = ""
    manifest: str | None = None
    sha256: str | None = None


def enter(tx: Transaction, asked: Asked, by: Actor, now: datetime, request: str | None = None) -> str:
    """Enter a request with its intent, and return its id. Raises IntegrityError when its key was used before."""
    request = request or ids.new("req")
    told = OwnerRequestReceived(request, asked.committee, asked.dataflow, asked.act, asked.batch)
    same = ("committee", "act", "dataflow", "period", "idempotency_key", "manifest", "sha256")
    row = insert(owner_request).values(
        id=request,
        batch_id=asked.batch,
        state=RequestState.RECEIVED,
        made_by=by.id,
        received_at=now,
        received_event=journal.append(tx, told, by, now),
        keyed_digest=asked.digest,
        **{name: getattr(asked, name) for name in same},
    )
    tx.execute(row)
    point("requests.entered")
    return request


def take_one(tx: Transaction, committee: str, per_day: int, now: datetime) -> None:
    """Let this transaction enter one more request about persons, and no other of the committee at the same time.

    Raises RequestsSpent when the committee has made ``per_day`` in this UTC day.
    """
    alone(tx, _LOCK, committee)
    row = owner_request.c
    mine = (row.committee == committee, row.batch_id.is_(None), row.received_at >= midnight(now))
    if tx.execute(select(func.count()).select_from(owner_request).where(*mine)).scalar_one() >= per_day:
        raise RequestsSpent(per_day=per_day)


def find(reading: Reading | Transaction, request: str) -> OwnerRequest:
    """Return a request. Raises NotFound."""
    row = reading.execute(_columns().where(owner_request.c.id == request)).mappings().one_or_none()
    if row is None:
        raise NotFound(kind="request", id=request)
    return OwnerRequest(**row)


def of_committee(reading: Reading, committee: str) -> tuple[OwnerRequest, ...]:
    """Return what a committee has asked for, newest first."""
    query = _columns().where(owner_request.c.committee == committee)
    rows = reading.execute(query.order_by(owner_request.c.received_at.desc(), owner_request.c.id).limit(_LISTED))
    return tuple(OwnerRequest(**row) for row in rows.mappings())


def about(reading: Reading | Transaction, batch: str) -> tuple[OwnerRequest, ...]:
    """Return what was asked for about a batch, newest first."""
    query = _columns().where(owner_request.c.batch_id == batch).order_by(owner_request.c.received_at.desc())
    return tuple(OwnerRequest(**row) for row in reading.execute(query).mappings())


def receipt(reading: Reading, request: str) -> str | None:
    """Return the signed receipt of a request that is done, else None."""
    query = select(owner_request.c.receipt).where(owner_request.c.id == request)
    return reading.execute(query).scalar_one_or_none()


def findings(reading: Reading, request: str) -> str:
    """Return what was found in the list of a refused request, as JSON; ``[]`` when nothing was."""
    query = select(owner_request.c.findings).where(owner_request.c.id == request)
    return reading.execute(query).scalar_one_or_none() or "[]"


def has_answer(reading: Reading, request: str) -> bool:
    """Return whether a sealed answer waits to be taken."""
    return reading.execute(_waiting(request)).first() is not None


def take_answer(tx: Transaction, request: str, committee: str, by: Actor, now: datetime) -> bytes:
    """Return the sealed answer; from now on nobody is given it again. Raises AnswerGone."""
    sealed = tx.execute(_waiting(request)).scalar_one_or_none()
    mine = (answer.c.request_id == request, answer.c.taken_at.is_(None))
    if sealed is None or tx.execute(update(answer).where(*mine).values(taken_at=now)).rowcount != 1:
        raise AnswerGone(request=request)
    journal.append(tx, AnswerTaken(request, committee), by, now)
    return bytes(sealed)


def _waiting(request: str) -> Select[Any]:
    there = (answer.c.request_id == request, answer.c.taken_at.is_(None), answer.c.sealed.is_not(None))
    return select(answer.c.sealed).where(*there)


def _columns() -> Select[Any]:
    names = {"batch": "batch_id"}
    return select(*(owner_request.c[names.get(name, name)].label(name) for name in OwnerRequest.__dataclass_fields__))

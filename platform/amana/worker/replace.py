"""Versions: a new one takes the place of the one before, at its owner's word; or goes, at her word or unanswered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, select, update

from amana.audit.events.contributions import BatchAccepted
from amana.audit.outbox import journal
from amana.db import Reading, Transaction
from amana.intake.states import NEXT, BatchState, RequestState
from amana.intake.tables import batch, difference, owner_request
from amana.release import changed
from amana.states import move
from amana.vault.tables import current, holding, kept
from amana.worker.claim import Claim
from amana.worker.effect import Effect, Request, RequestRefused, close, end_holding
from amana.worker.workbench import WORKER, Workbench


def is_replacing(reading: Reading | Transaction, claim: Claim) -> bool:
    """Return whether something counts now that this batch would take the place of."""
    return reading.execute(select(holding.c.id).where(current(), *same_subject(claim)).limit(1)).first() is not None


def supersede(tx: Transaction, about: Any, now: datetime, event: str | None = None, *, but: str = "") -> None:  # noqa: ANN401 - whatever has committee, dataflow and period
    """Let everything of a committee, dataflow and period end that counts or waits, besides the batch ``but``.

    event: the intent under which it ends; None where the batch's own arrival is the intent.
    """
    changed.lock(tx, about.dataflow)
    rows = tx.execute(
        select(holding).where(kept(), holding.c.batch_id != but, *same_subject(about)).with_for_update()
    ).all()
    changed.refuse(tx, [row.id for row in rows], WORKER, now)
    for row in rows:
        end_holding(tx, row, event, now)
        was = tx.execute(select(batch.c.state).where(batch.c.id == row.batch_id)).scalar_one_or_none()
        if was is not None:
            move(NEXT, BatchState(was), BatchState.SUPERSEDED)
        tx.execute(update(batch).where(batch.c.id == row.batch_id).values(state=BatchState.SUPERSEDED))


def hold(tx: Transaction, claim: Claim, now: datetime) -> None:
    """Let versions that waited give way to a newer one that will wait; what counts is left as it is."""
    waiting = (kept(), holding.c.held_since.is_not(None), *same_subject(claim))
    for row in tx.execute(select(holding).where(*waiting).with_for_update()).all():
        end_holding(tx, row, None, now)
        close(tx, row.batch_id, BatchState.SUPERSEDED, now)


def accept(tx: Transaction, row: Any, now: datetime) -> None:  # noqa: ANN401 - a row
    """Let a version count that waited. What it was compared with has ended, and the figures of that with it."""
    tx.execute(update(holding).where(holding.c.id == row.id).values(held_since=None))
    tx.execute(update(batch).where(batch.c.id == row.batch_id).values(state=BatchState.ACCEPTED))
    journal.append(tx, BatchAccepted(row.batch_id, row.committee, row.dataflow, row.period), WORKER, now)


def replace(hub: Workbench, request: Request) -> Effect:  # noqa: ARG001 - as every act takes it
    """Return the effect of an owner's yes: the version that she saw the difference of takes the other's place."""

    def write(tx: Transaction, now: datetime) -> None:
        row = _held(tx, request)
        mine = (difference.c.batch_id == request.batch, difference.c.opening_event == request.seen)
        against = tx.execute(select(difference.c.against).where(*mine)).scalar_one_or_none()
        stands = tx.execute(select(holding.c.id).where(current(), *same_subject(row))).scalar_one_or_none()
        if against is None or against != stands:
            raise RequestRefused("request.version_changed")
        supersede(tx, row, now, request.event, but=row.batch_id)
        accept(tx, row, now)

    return Effect(write)


def discard(hub: Workbench, request: Request) -> Effect:  # noqa: ARG001 - as every act takes it
    """Return the effect of an owner's no: the version goes, what counts stays."""

    def write(tx: Transaction, now: datetime) -> None:
        row = _held(tx, request)
        end_holding(tx, row, request.event, now)
        close(tx, row.batch_id, BatchState.DISCARDED, now)

    return Effect(write)


def expire_next(hub: Workbench) -> bool:
    """Discard one version whose owner said nothing for as long as the policy lets it wait; return whether one was."""
    row = owner_request
    asked = exists().where(
        row.c.committee == holding.c.committee,
        row.c.dataflow == holding.c.dataflow,
        row.c.state == RequestState.RECEIVED,
    )
    before = hub.clock() - hub.policies.retention.held
    over = and_(kept(), holding.c.held_since <= before, ~asked)
    query = select(holding).where(over).limit(1)
    with hub.database.read() as reading:
        if reading.execute(query).first() is None:
            return False
    with hub.database.write() as tx:
        found = tx.execute(query.with_for_update(skip_locked=True)).first()
        if found is not None:
            end_holding(tx, found, None, hub.clock())
            close(tx, found.batch_id, BatchState.DISCARDED, hub.clock())
    return found is not None


def _held(tx: Transaction, request: Request) -> Any:  # noqa: ANN401 - a row
    waiting = (holding.c.batch_id == request.batch, kept(), holding.c.held_since.is_not(None))
    row = tx.execute(select(holding).where(*waiting).with_for_update()).first()
    if row is None:
        raise RequestRefused("request.batch_moved_on")
    return row


def same_subject(about: Any) -> tuple[Any, ...]:  # noqa: ANN401 - whatever has the three facts
    """Return the conditions that a holding is of the same committee, dataflow and period."""
    return tuple(getattr(holding.c, name) == getattr(about, name) for name in ("committee", "dataflow", "period"))

"""Claim a received batch: one worker at a time, neither lost nor done twice.

Before a batch may be opened, the use of the opening key is announced in the journal and must stand under a checkpoint.
A claim is a lease that counts while it is renewed. Who finds it expired claims anew with the next attempt number, and
what the earlier worker still tries to write finds another attempt in the row and is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from amana.audit import journal
from amana.audit.events import KeyUsed
from amana.db import Transaction
from amana.faults import point
from amana.intake.states import BatchState
from amana.intake.tables import batch
from amana.worker.workbench import WORKER, Workbench

OPENING: Final = "batch.open"  # what the key is used for
_AT_ONCE: Final = 32  # announcements in one transaction
_BEATS: Final = 6  # renewals per lease: every 5 s for a lease of 30 s


@dataclass(frozen=True)
class Claim:
    """One worker's lease on one batch. attempt: 1 for the first; every later claim has a higher one."""

    batch: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    manifest: str | None
    attempt: int


def announce_next(hub: Workbench) -> bool:
    """Announce that the opening key will be used on the batches that came in; return whether there were any."""
    waiting = select(batch.c.id).where(batch.c.state == BatchState.RECEIVED, batch.c.opening_event.is_(None))
    query = waiting.order_by(batch.c.received_at, batch.c.id).limit(_AT_ONCE)
    with hub.database.read() as reading:
        if not reading.execute(query.limit(1)).first():
            return False
    with hub.database.write() as tx:
        found = tx.execute(query.with_for_update(skip_locked=True)).scalars().all()
        for one in found:
            event = journal.append(tx, KeyUsed(hub.opener.recipients[0], OPENING, one), WORKER, hub.clock())
            tx.execute(update(batch).where(batch.c.id == one).values(opening_event=event))
        point("worker.announcing")
    point("worker.announced")
    return bool(found)


def take(hub: Workbench) -> Claim | None:
    """Claim the batch that has waited longest among those that may be opened, or return None."""
    now = hub.clock()
    with hub.database.read() as reading:
        waiting = reading.execute(_free(now)).all()
        ready = [one for one in waiting if journal.is_under_checkpoint(reading, one.opening_event)]
    for one in ready:
        held = {"claimed_by": hub.name, "lease_until": now + hub.lease, "attempt": one.attempt + 1}
        with hub.database.write() as tx:
            mine = update(batch).where(batch.c.id == one.id, batch.c.attempt == one.attempt, _is_free(now))
            if tx.execute(mine.values(**held)).rowcount != 1:
                continue
        point("worker.claimed")
        facts = (one.id, one.committee, one.dataflow, one.period, one.contribution, one.manifest)
        return Claim(*facts, attempt=one.attempt + 1)
    return None


def settle(tx: Transaction, claim: Claim, **values: object) -> bool:
    """Write the outcome and give the claim back; return False, having written nothing, when another holds it now."""
    freed = {"claimed_by": None, "lease_until": None}
    return tx.execute(update(batch).where(_is_mine(claim)).values(**freed, **values)).rowcount == 1


@contextmanager
def kept(hub: Workbench, claim: Claim) -> Iterator[None]:
    """Renew the lease from another thread while the block works; a renewal that fails is left to the next."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(hub.lease.total_seconds() / _BEATS):
            try:
                with hub.database.write() as tx:
                    tx.execute(update(batch).where(_is_mine(claim)).values(lease_until=hub.clock() + hub.lease))
            except SQLAlchemyError:
                continue

    thread = threading.Thread(target=beat, name=f"lease of {claim.batch}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _free(now: datetime) -> Select[Any]:
    earlier = batch.alias("earlier")
    same = and_(*(earlier.c[name] == batch.c[name] for name in ("committee", "dataflow", "period")))
    before = or_(
        earlier.c.received_at < batch.c.received_at,
        and_(earlier.c.received_at == batch.c.received_at, earlier.c.id < batch.c.id),
    )
    # A later file supersedes an earlier one, so the two are judged in the order in which they came.
    queued = exists().where(earlier.c.state == BatchState.RECEIVED, same, before)
    query = select(batch).where(_is_free(now), batch.c.opening_event.is_not(None), ~queued)
    return query.order_by(batch.c.received_at, batch.c.id)


def _is_free(now: datetime) -> ColumnElement[bool]:
    expired = or_(batch.c.lease_until.is_(None), batch.c.lease_until < now)
    return and_(batch.c.state == BatchState.RECEIVED, expired)


def _is_mine(claim: Claim) -> ColumnElement[bool]:
    row = and_(batch.c.id == claim.batch, batch.c.attempt == claim.attempt)
    return and_(row, batch.c.state == BatchState.RECEIVED)

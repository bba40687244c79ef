"""Claim a received batch: the one that has waited longest, by one worker at a time.

Before a batch may be opened, the use of the opening key is announced in the journal and must stand under a checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, exists, or_, select, update

from amana import lease
from amana.audit.events.vault import KeyUsed
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.faults import point
from amana.intake.states import BatchState, RequestState
from amana.intake.tables import batch, owner_request
from amana.lease import Lease, Queue
from amana.worker.workbench import WORKER, Workbench

QUEUE: Final = Queue(batch, BatchState.RECEIVED)
OPENING: Final = "batch.open"  # what the key is used for
_AT_ONCE: Final = 32  # announcements in one transaction


@dataclass(frozen=True)
class Claim:
    """What a received batch says of itself, and the lease on it.

    replaces: whether it takes an earlier version's place without asking its owner again.
    sheet:    which one of a workbook it is, where its sender said so.
    """

    batch: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    manifest: str | None
    replaces: bool
    dry_run: bool
    sheet: str | None
    lease: Lease


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
        ready = [one for one in waiting if is_under_checkpoint(reading, one.opening_event)]
    for one in ready:
        with hub.database.write() as tx:
            mine = lease.claim(tx, QUEUE, one.id, one.attempt, worker=hub.name, lasts=hub.lease, now=now)
        if mine is not None:
            point("worker.claimed")
            same = ("committee", "dataflow", "period", "contribution", "manifest", "replaces", "dry_run", "sheet")
            return Claim(batch=one.id, lease=mine, **{name: getattr(one, name) for name in same})
    return None


def _free(now: datetime) -> Select[Any]:
    earlier = batch.alias("earlier")
    same = and_(*(earlier.c[name] == batch.c[name] for name in ("committee", "dataflow", "period")))
    before = or_(
        earlier.c.received_at < batch.c.received_at,
        and_(earlier.c.received_at == batch.c.received_at, earlier.c.id < batch.c.id),
    )
    # A later file supersedes an earlier one, so the two are judged in the order in which they came.
    queued = exists().where(earlier.c.state == BatchState.RECEIVED, same, before)
    # And what its owner asked before it came is done before it is judged: an objection keeps a person out of it.
    asked = exists().where(
        owner_request.c.state == RequestState.RECEIVED,
        owner_request.c.committee == batch.c.committee,
        owner_request.c.dataflow == batch.c.dataflow,
        owner_request.c.received_at <= batch.c.received_at,
    )
    query = select(batch).where(QUEUE.free(now), batch.c.opening_event.is_not(None), ~queued, ~asked)
    return query.order_by(batch.c.received_at, batch.c.id)

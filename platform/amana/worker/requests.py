"""An owner's requests, one by one: announce, claim, carry out, and sign the receipt once nothing old can be read.

A request is the intent; it waits for its checkpoint. Its effect is one transaction, after which the vault holds what it
is to hold from now on. Then the files that stood before are destroyed with their keys, and the sealed list with them;
only when all of that is done is the request DONE. A crash at any point leaves the state from which the next step
begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, exists, or_, select, update

from amana import canonical, lease, signing
from amana.audit.events.contributions import (
    EnvelopeDestroyed,
    OwnerRequestChanged,
    OwnerRequestDone,
    OwnerRequestRefused,
)
from amana.audit.events.vault import KeyUsed
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.clock import rfc3339
from amana.faults import point
from amana.findings import render
from amana.intake.requests import Act
from amana.intake.states import BatchState, RequestState
from amana.intake.tables import answer, batch, owner_request
from amana.lease import Lease, Queue
from amana.vault.receipt import RECEIPT_TYPE, Receipt
from amana.vault.tables import holding
from amana.worker import replace, withdraw
from amana.worker.clear_away import sweep
from amana.worker.effect import Effect, Request, RequestRefused
from amana.worker.workbench import WORKER, Workbench

QUEUE: Final = Queue(owner_request, RequestState.RECEIVED)
OPENING: Final = "request.open"  # what the opening key is used for
MOST_ATTEMPTS: Final = 20  # a request whose every attempt died is refused, and holds up nothing for ever

_ABOUT_BATCHES: Final[Mapping[str, Callable[[Workbench, Request], Effect]]] = {
    Act.REPLACE: replace.replace,
    Act.DISCARD: replace.discard,
    Act.WITHDRAW: withdraw.batch_back,
}


def next_request(hub: Workbench) -> bool:
    """Take an owner's request a step further; return whether there was one."""
    return announce_next(hub) or carry_out_next(hub) or clear_next(hub) or finish_next(hub) or forget_next(hub)


def announce_next(hub: Workbench) -> bool:
    """Announce that the opening key will be used on a sealed list; return whether there was one."""
    row = owner_request
    waiting = (row.c.state == RequestState.RECEIVED, row.c.sha256.is_not(None), row.c.opening_event.is_(None))
    query = select(row.c.id).where(*waiting).order_by(row.c.received_at, row.c.id).limit(1)
    with hub.database.read() as reading:
        if reading.execute(query).first() is None:
            return False
    with hub.database.write() as tx:
        found = tx.execute(query.with_for_update(skip_locked=True)).scalar_one_or_none()
        if found is not None:
            event = journal.append(tx, KeyUsed(hub.opener.recipients[0], OPENING, found), WORKER, hub.clock())
            tx.execute(update(row).where(row.c.id == found).values(opening_event=event))
    point("requests.announced")
    return found is not None


def carry_out_next(hub: Workbench) -> bool:
    """Carry out the request that has waited longest among those that may be; return whether there was one."""
    found = _take(hub)
    if found is None:
        return False
    request, mine = found
    if mine.attempt > 1:
        sweep(hub)
    with lease.kept(hub.database, mine, hub.clock):
        try:
            _settle(hub, request, mine, _effect(hub, request))
        except RequestRefused as fault:
            _refuse(hub, request, mine, fault)
    return True


def clear_next(hub: Workbench) -> bool:
    """Destroy the sealed list of one request that was carried out or refused; return whether there was one."""
    row = owner_request
    over = (row.c.state != RequestState.RECEIVED, row.c.sha256.is_not(None), row.c.destroyed_at.is_(None))
    with hub.database.read() as reading:
        found = reading.execute(select(row.c.id, row.c.committee, row.c.sha256).where(*over).limit(1)).first()
    if found is None:
        return False
    hub.shelf.destroy(found.id, found.sha256)
    point("requests.list_destroyed")
    with hub.database.write() as tx:
        noted = update(row).where(row.c.id == found.id, row.c.destroyed_at.is_(None)).values(destroyed_at=hub.clock())
        if tx.execute(noted).rowcount:
            journal.append(tx, EnvelopeDestroyed(found.id, found.committee), WORKER, hub.clock())
    return True


def finish_next(hub: Workbench) -> bool:
    """Sign the receipt of one request of which nothing old is left; return whether there was one."""
    row = owner_request
    left = exists().where(holding.c.superseded_event == row.c.received_event, holding.c.destroyed_at.is_(None))
    listed = and_(row.c.sha256.is_not(None), row.c.destroyed_at.is_(None))
    query = select(row).where(row.c.state == RequestState.CHANGED, ~left, ~listed).limit(1)
    with hub.database.read() as reading:
        found = reading.execute(query).mappings().first()
    if found is None:
        return False
    now = hub.clock()
    told = OwnerRequestDone(*(found[name] for name in ("id", "committee", "dataflow", "act", "batch_id")))
    with hub.database.write() as tx:
        mine = (row.c.id == found["id"], row.c.state == RequestState.CHANGED)
        if tx.execute(update(row).where(*mine).values(state=RequestState.DONE, done_at=now)).rowcount:
            event = journal.append(tx, told, WORKER, now)
            receipt = _receipt(hub, found, now, event)
            tx.execute(update(row).where(row.c.id == found["id"]).values(done_event=event, receipt=receipt))
        point("requests.receipt_written")
    point("requests.done")
    return True


def forget_next(hub: Workbench) -> bool:
    """Delete one answer that was taken, or that nobody took in time; return whether there was one."""
    now = hub.clock()
    over = or_(answer.c.taken_at.is_not(None), answer.c.made_at <= now - hub.policies.retention.answer)
    query = select(answer.c.request_id, answer.c.taken_at).where(answer.c.sealed.is_not(None), over).limit(1)
    with hub.database.read() as reading:
        found = reading.execute(query).first()
    if found is None:
        return False
    with hub.database.write() as tx:
        mine = (answer.c.request_id == found.request_id, answer.c.sealed.is_not(None))
        if tx.execute(update(answer).where(*mine).values(sealed=None)).rowcount and found.taken_at is None:
            of = select(owner_request.c.committee).where(owner_request.c.id == found.request_id)
            journal.append(tx, EnvelopeDestroyed(found.request_id, tx.execute(of).scalar_one()), WORKER, now)
        point("requests.answer_forgotten")
    return True


def _take(hub: Workbench) -> tuple[Request, Lease] | None:
    now = hub.clock()
    with hub.database.read() as reading:
        waiting = reading.execute(_free(now)).mappings().all()
        ready = [one for one in waiting if all(is_under_checkpoint(reading, event) for event in _intents(one))]
    for one in ready:
        with hub.database.write() as tx:
            mine = lease.claim(tx, QUEUE, one["id"], one["attempt"], worker=hub.name, lasts=hub.lease, now=now)
        if mine is not None:
            point("requests.claimed")
            return Request.of(one, mine.attempt), mine
    return None


def _effect(hub: Workbench, request: Request) -> Effect:
    if request.attempt > MOST_ATTEMPTS:
        raise RequestRefused("request.cannot_be_carried_out")
    return _ABOUT_BATCHES[request.act](hub, request) if request.batch else withdraw.persons(hub, request)


def _intents(row: Mapping[Any, Any]) -> list[str]:
    return [row[name] for name in ("received_event", "opening_event") if row[name] is not None]


def _free(now: datetime) -> Select[Any]:
    """Return the free requests before which nothing of the same committee and dataflow came that is not settled.

    A committee's files and requests take effect in the order in which they came: an objection before the file that
    follows it, a withdrawal after the file that it is about.
    """
    row, earlier = owner_request, owner_request.alias("earlier")
    opened = or_(row.c.sha256.is_(None), row.c.opening_event.is_not(None))
    files = exists().where(
        batch.c.state == BatchState.RECEIVED,
        batch.c.committee == row.c.committee,
        batch.c.dataflow == row.c.dataflow,
        batch.c.received_at < row.c.received_at,
    )
    before = or_(
        earlier.c.received_at < row.c.received_at,
        and_(earlier.c.received_at == row.c.received_at, earlier.c.id < row.c.id),
    )
    same = (earlier.c.committee == row.c.committee, earlier.c.dataflow == row.c.dataflow)
    queued = exists().where(earlier.c.state == RequestState.RECEIVED, *same, before)
    return select(row).where(QUEUE.free(now), opened, ~files, ~queued).order_by(row.c.received_at, row.c.id)


def _settle(hub: Workbench, request: Request, mine: Lease, effect: Effect) -> None:
    """Write the effect; what another worker has meanwhile done is left as it is, and our files go."""
    written = False
    try:
        with hub.database.write() as tx:
            settled = lease.settle(tx, mine, state=RequestState.CHANGED, reached=effect.reached)
            if settled:
                effect.write(tx, hub.clock())
                about = (request.id, request.committee, request.dataflow, request.act, request.batch)
                journal.append(tx, OwnerRequestChanged(*about), WORKER, hub.clock())
            point("requests.effect_written")
            written = True
    except BaseException:
        # An error out of the commit itself leaves in doubt whether the rows name our files: then the sweep decides.
        if not written:
            effect.undo(hub)
        raise
    if not settled:
        effect.undo(hub)
    point("requests.changed")


def _refuse(hub: Workbench, request: Request, mine: Lease, fault: RequestRefused) -> None:
    now = hub.clock()
    found = canonical.encode([render(one) for one in fault.findings]).decode() if fault.findings else None
    with hub.database.write() as tx:
        if lease.settle(tx, mine, state=RequestState.REFUSED, reason=fault.reason, findings=found, done_at=now):
            about = (request.id, request.committee, request.dataflow, request.act, request.batch)
            event = journal.append(tx, OwnerRequestRefused(*about, fault.reason), WORKER, now)
            tx.execute(update(owner_request).where(owner_request.c.id == request.id).values(done_event=event))
    point("requests.refused")


def _receipt(hub: Workbench, row: Mapping[Any, Any], now: datetime, event: str) -> str:
    receipt = Receipt(
        request=row["id"],
        committee=row["committee"],
        dataflow=row["dataflow"],
        act=row["act"],
        batch=row["batch_id"],
        received_at=rfc3339(row["received_at"]),
        received_event=row["received_event"],
        done_at=rfc3339(now),
        done_event=event,
    )
    return signing.sign(receipt.render(), RECEIPT_TYPE, hub.bundle_key).decode()

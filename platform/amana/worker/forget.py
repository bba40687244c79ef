"""Erase what is told of events when their retention ends; their entries in the log stay, and every proof with them.

An order is journalled first and waited for until it is under a checkpoint: without it, whoever verifies the log takes
missing details for tampering. Then the rows go, a few at a time, and the end is journalled once. An event in a case
that is still open is held back, for so long as the policies grant, and that is journalled too.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import Select, delete, insert, or_, select, update

from amana.audit.cases.tables import case_pin, review_case
from amana.audit.events.log import DetailsErased, DetailsErasureOrdered, DetailsHeld
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.log.tables import log_entry
from amana.audit.outbox import journal
from amana.audit.outbox.tables import detail_erasure, event_detail, event_mention
from amana.audit.tlog import leaf
from amana.db import Transaction
from amana.faults import point
from amana.worker.workbench import WORKER, Workbench

_AT_ONCE: Final = 500  # rows in one transaction
_NAMED: Final = 50  # cases that one event names


def forget_next(hub: Workbench) -> bool:
    """Order that what is too old be erased, or erase some of it; return whether there was anything to do."""
    with hub.database.read() as reading:
        order = reading.execute(select(detail_erasure).where(detail_erasure.c.done_at.is_(None)).limit(1)).first()
        if order is None:
            until = _end(hub)
            old = reading.execute(_old(hub, until).limit(1)).first()
        elif not is_under_checkpoint(reading, order.event_id):
            return False
    if order is not None:
        return _erase(hub, order.event_id, order.until, order.days)
    return old is not None and _order(hub, until)


def _end(hub: Workbench) -> datetime:
    """Return before which midnight (UTC) events are no longer told."""
    day = (hub.clock() - hub.policies.retention.event).astimezone(UTC).date()
    return datetime.combine(day, time.min, UTC)


def _old(hub: Workbench, until: datetime) -> Select[str, datetime]:
    """Return the events that are to be told no more: those of before ``until`` that no open case holds back."""
    logged = event_detail.join(log_entry, log_entry.c.event_id == event_detail.c.event_id)
    old = select(event_detail.c.event_id, event_detail.c.at).select_from(logged).where(event_detail.c.at < until)
    pinned = _pins().where(case_pin.c.event_id == event_detail.c.event_id).exists()
    return old.where(or_(~pinned, event_detail.c.at < until - hub.policies.retention.pinned))


def _pins() -> Select[str, str]:
    opened = case_pin.join(review_case, review_case.c.id == case_pin.c.case_id)
    return select(case_pin.c.event_id, case_pin.c.case_id).select_from(opened).where(review_case.c.closed_at.is_(None))


def _order(hub: Workbench, until: datetime) -> bool:
    days = hub.policies.retention.event // timedelta(days=1)
    with hub.database.write() as tx:
        event = DetailsErasureOrdered(leaf.microseconds(until), days)
        event_id = journal.append(tx, event, WORKER, hub.clock())
        tx.execute(insert(detail_erasure).values(event_id=event_id, until=until, days=days))
    point("worker.details_ordered")
    return True


def _erase(hub: Workbench, event_id: str, until: datetime, days: int) -> bool:
    with hub.database.write() as tx:
        some = tx.execute(_old(hub, until).limit(_AT_ONCE)).all()
        events, moments = {one.event_id for one in some}, {one.at for one in some}
        tx.execute(delete(event_detail).where(event_detail.c.event_id.in_(events)))
        tx.execute(delete(event_mention).where(event_mention.c.at.in_(moments), event_mention.c.event_id.in_(events)))
    point("worker.details_erased")
    if len(some) == _AT_ONCE:
        return True
    mine = (detail_erasure.c.event_id == event_id, detail_erasure.c.done_at.is_(None))
    with hub.database.write() as tx:
        if tx.execute(update(detail_erasure).where(*mine).values(done_at=hub.clock())).rowcount:
            journal.append(tx, DetailsErased(leaf.microseconds(until), days), WORKER, hub.clock())
            _tell_held(tx, until, hub.clock())
    point("worker.details_noted")
    return True


def _tell_held(tx: Transaction, until: datetime, now: datetime) -> None:
    """Journal how many events open cases hold back, if any."""
    old = _pins().join(event_detail, event_detail.c.event_id == case_pin.c.event_id).where(event_detail.c.at < until)
    held = tx.execute(old).all()
    if held:
        cases = sorted({one.case_id for one in held})[:_NAMED]
        count = len({one.event_id for one in held})
        journal.append(tx, DetailsHeld(leaf.microseconds(until), count, tuple(cases)), WORKER, now)

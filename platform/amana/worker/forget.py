"""Erase what is told of events when their retention ends; their entries in the log stay, and every proof with them.

An order is journalled first and waited for until it is under a checkpoint: without it, whoever verifies the log takes
missing details for tampering. Then the rows go, a few at a time, and the end is journalled once.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import Select, delete, insert, select, update

from amana.audit import journal, leaf
from amana.audit.log_events import DetailsErased, DetailsErasureOrdered
from amana.audit.tables import detail_erasure, event_detail, event_mention, log_entry
from amana.faults import point
from amana.worker.workbench import WORKER, Workbench

_AT_ONCE: Final = 500  # rows in one transaction


def forget_next(hub: Workbench) -> bool:
    """Order that what is too old be erased, or erase some of it; return whether there was anything to do."""
    with hub.database.read() as reading:
        order = reading.execute(select(detail_erasure).where(detail_erasure.c.done_at.is_(None)).limit(1)).first()
        if order is None:
            until = _end(hub)
            old = reading.execute(_old(until).limit(1)).first()
        elif not journal.is_under_checkpoint(reading, order.event_id):
            return False
    if order is not None:
        return _erase(hub, order.event_id, order.until, order.days)
    return old is not None and _order(hub, until)


def _end(hub: Workbench) -> datetime:
    """Return before which midnight (UTC) events are no longer told."""
    day = (hub.clock() - hub.policies.retention.event).astimezone(UTC).date()
    return datetime.combine(day, time.min, UTC)


def _old(until: datetime) -> Select[str]:
    logged = event_detail.join(log_entry, log_entry.c.event_id == event_detail.c.event_id)
    return select(event_detail.c.event_id).select_from(logged).where(event_detail.c.at < until)


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
        some = tx.execute(_old(until).limit(_AT_ONCE)).scalars().all()
        tx.execute(delete(event_detail).where(event_detail.c.event_id.in_(some)))
    point("worker.details_erased")
    if len(some) == _AT_ONCE:
        return True
    mine = (detail_erasure.c.event_id == event_id, detail_erasure.c.done_at.is_(None))
    with hub.database.write() as tx:
        tx.execute(delete(event_mention).where(event_mention.c.at < until))
        if tx.execute(update(detail_erasure).where(*mine).values(done_at=hub.clock())).rowcount:
            journal.append(tx, DetailsErased(leaf.microseconds(until), days), WORKER, hub.clock())
    point("worker.details_noted")
    return True

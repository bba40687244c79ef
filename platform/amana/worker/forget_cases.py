"""Erase what auditors wrote in a case when its retention ends; who wrote when, and the digests, stay.

As with everything that is erased, an order is journalled first and waited for until it is under a checkpoint; then the
texts go, and the end is journalled once.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update

from amana.audit.cases.tables import case_note, case_text, review_case
from amana.audit.events.auditors import CaseErased, CaseErasureOrdered
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.faults import point
from amana.worker.workbench import WORKER, Workbench


def forget_next_case(hub: Workbench) -> bool:
    """Order that the texts of one case be erased, or erase them; return whether there was anything to do."""
    row = review_case.c
    ordered = select(row.id, row.erasure_event).where(row.erasure_event.is_not(None), row.erased_at.is_(None))
    old = select(row.id).where(row.closed_at <= hub.clock() - hub.policies.retention.case, row.erasure_event.is_(None))
    with hub.database.read() as reading:
        orders = reading.execute(ordered).all()
        due = [one.id for one in orders if is_under_checkpoint(reading, one.erasure_event)]
        late = reading.execute(old.order_by(row.closed_at).limit(1)).scalar_one_or_none()
    if due:
        return _erase(hub, due[0])
    return late is not None and _order(hub, late)


def _order(hub: Workbench, case: str) -> bool:
    mine = (review_case.c.id == case, review_case.c.erasure_event.is_(None))
    with hub.database.write() as tx:
        if tx.execute(select(review_case.c.id).where(*mine).with_for_update()).first():
            event = journal.append(tx, CaseErasureOrdered(case), WORKER, hub.clock())
            tx.execute(update(review_case).where(*mine).values(erasure_event=event))
    point("worker.case_ordered")
    return True


def _erase(hub: Workbench, case: str) -> bool:
    mine = (review_case.c.id == case, review_case.c.erased_at.is_(None))
    notes = select(case_note.c.id).where(case_note.c.case_id == case)
    with hub.database.write() as tx:
        tx.execute(delete(case_text).where(case_text.c.note_id.in_(notes)))
        if tx.execute(update(review_case).where(*mine).values(erased_at=hub.clock())).rowcount:
            journal.append(tx, CaseErased(case), WORKER, hub.clock())
    point("worker.case_erased")
    return True

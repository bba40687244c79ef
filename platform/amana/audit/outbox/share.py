"""One person's share of an interval of the public calendar: how many events they may make before they have to wait.

Whoever makes events, and knows how many, could fill an interval up to its block and see by one block more whether
others made any. A share of at most half a block keeps one person from it. Reads as ``auditor_reader``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from amana.audit.outbox.tables import event_detail
from amana.db import Reading


def is_spent(reading: Reading, actor: str, since: datetime, each: int) -> bool:
    """Return whether ``actor`` has made ``each`` events or more since an instant; looks at no more than so many."""
    mine = select(event_detail.c.event_id).where(event_detail.c.actor == actor, event_detail.c.at >= since)
    made = select(func.count()).select_from(mine.limit(each).subquery())
    return int(reading.execute(made).scalar_one()) >= each

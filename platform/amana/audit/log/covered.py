"""Whether a signed checkpoint covers an event: a sensitive act is journalled first, and waits for that."""

from __future__ import annotations

from sqlalchemy import select

from amana.audit.log.tables import log_checkpoint, log_entry
from amana.db import Reading


def is_under_checkpoint(reading: Reading, event_id: str) -> bool:
    """Return whether a signed checkpoint covers the event, so that it can no longer be denied."""
    covering = log_entry.join(log_checkpoint, log_checkpoint.c.size > log_entry.c.idx)
    found = select(log_entry.c.idx).select_from(covering).where(log_entry.c.event_id == event_id)
    return reading.execute(found.limit(1)).first() is not None

"""Which events the database tells otherwise than the log committed to: a page that shows them says so beside them.

Whoever can edit the database, and not the hub's code, edits what is told of an event in vain. Reads as auditor_reader.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from amana.audit.log.copy import DETAIL, detail_of
from amana.audit.log.tables import log_entry
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog import leaf
from amana.db import Reading


def altered(reading: Reading, events: Collection[str]) -> frozenset[str]:
    """Return those of these events of which something else is told than their entry in the log has committed to.

    events: ids, as many as stand on a page. One that is not yet in the log has nothing to be held against.
    """
    joined = log_entry.join(event_detail, event_detail.c.event_id == log_entry.c.event_id)
    query = select(log_entry.c.leaf, *DETAIL).select_from(joined).where(log_entry.c.event_id.in_(events))
    told = ((bytes(row.leaf), leaf.told(detail_of(row))) for row in reading.execute(query))
    return frozenset(detail[0] for entry, detail in told if not leaf.is_entry_of(detail, entry))

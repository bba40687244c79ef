"""Tell the log what strangers were refused, at the marks that the policies set, whether there was anything or not."""

from __future__ import annotations

from amana.audit.outbox import turned_away
from amana.worker.workbench import WORKER, Workbench


def tell_next(hub: Workbench) -> bool:
    """Journal what was counted, if a mark has come; return whether one had."""
    now = hub.clock()
    with hub.database.read() as reading:
        if not turned_away.is_due(reading, hub.tells_every, now):
            return False
    with hub.database.write() as tx:
        return turned_away.tell(tx, hub.tells_every, WORKER, now)

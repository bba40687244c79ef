"""Events as the log has them: place, leaf, and what they say, as long as that is there. Reads as auditor_reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from amana.audit.export.rows import Row
from amana.audit.log.copy import DETAIL, detail_of
from amana.audit.log.tables import log_entry
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog import leaf
from amana.db import Reading

_AT_A_TIME: Final = 500  # rows fetched at once


def rows_of(reading: Reading, events: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of those events that are in the log, by index; one whose details are gone comes without.

    Details that somebody has filled with other things than ours are as good as gone: ``amana audit verify`` names them.
    """
    joined = log_entry.outerjoin(event_detail, event_detail.c.event_id == log_entry.c.event_id)
    query = select(log_entry.c.idx, log_entry.c.leaf, *DETAIL).select_from(joined)
    rows: list[Row] = []
    for start in range(0, len(events), _AT_A_TIME):
        some = query.where(log_entry.c.event_id.in_(events[start : start + _AT_A_TIME]))
        for one in reading.execute(some):
            detail = detail_of(one) if one.kind is not None else None
            is_told = detail is not None and leaf.is_typed(detail)
            rows.append(Row(one.idx, leaf.parse(one.leaf), detail if is_told else None))
    return tuple(sorted(rows, key=lambda one: one.index))

"""How long the log lets events wait, and whether outsiders get what the calendar promises: what people are alarmed by.

Reads as ``auditor_reader`` or as the sequencer: both may see when the oldest waiting event was made, and no more of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from amana.audit.log import public
from amana.audit.outbox.tables import journal
from amana.db import Reading

_NONE: Final = timedelta(0)


@dataclass(frozen=True)
class Delay:
    """waiting: how long the oldest event has waited for its checkpoint; overdue: how late outsiders' is. Both >= 0."""

    waiting: timedelta
    overdue: timedelta

    def is_late(self, merge_delay: timedelta) -> bool:
        """Return whether people are to be alarmed."""
        return max(self.waiting, self.overdue) > merge_delay


def read(reading: Reading, interval: timedelta, now: datetime) -> Delay:
    """Return how late the log is. interval: from one public checkpoint to the next."""
    shown = public.newest(reading)
    overdue = now - (shown.at + interval) if shown else _NONE
    return Delay(longest(reading, now), max(overdue, _NONE))


def longest(reading: Reading, now: datetime) -> timedelta:
    """Return how long the oldest journalled event has waited; none when nothing waits, or a clock ran ahead."""
    oldest: datetime | None = reading.execute(select(func.min(journal.c.made_at))).scalar()
    return max(now - oldest, _NONE) if oldest else _NONE

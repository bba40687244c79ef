"""When outsiders are shown a checkpoint, and of what size: pure arithmetic on a fixed calendar.

Marks come whether or not anything happened, and a public size is a multiple of the block, so that neither the time nor
the size of a checkpoint tells how much happened in an ordinary interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Calendar:
    """interval: seconds between two marks, counted from midnight UTC (it divides a day). block: entries, >= 1."""

    interval: int
    block: int

    def mark(self, now: datetime) -> datetime:
        """Return the last mark at or before ``now``."""
        step = timedelta(seconds=self.interval)
        return _EPOCH + (now - _EPOCH) // step * step

    def is_due(self, now: datetime, last: datetime | None) -> bool:
        """Return whether outsiders are to be shown a checkpoint; ``last`` is the mark of the newest that they saw.

        A clock set back by more than an interval was wrong before, and the present is believed: otherwise one wrong
        hour in the future would leave outsiders without a checkpoint until it comes.
        """
        return last is None or self.mark(now) > last or now < last - timedelta(seconds=self.interval)

    def size_after(self, size: int) -> int:
        """Return the size of the next public checkpoint of a log of ``size`` entries: more than that, a multiple."""
        return (size // self.block + 1) * self.block

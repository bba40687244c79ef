"""Dry runs are limited: a committee may try its file as often as it takes to mend it, not to question a table with it.

Runs in: web.   Sees: rows about batches.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import ClassVar

from sqlalchemy import func, select

from amana.db import Reading
from amana.errors import AmanaError
from amana.intake.tables import batch


class TrialsSpent(AmanaError):
    """The committee has made its dry runs of the day. Facts: ``per_day``."""

    code: ClassVar[str] = "intake.trials_spent"
    status: ClassVar[int] = 429
    exit: ClassVar[int] = 75


def check_trials(reading: Reading, committee: str, per_day: int, now: datetime) -> None:
    """Return when the committee may make another dry run in this UTC day. Raises TrialsSpent."""
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    mine = (batch.c.committee == committee, batch.c.dry_run, batch.c.received_at >= midnight)
    if reading.execute(select(func.count()).select_from(batch).where(*mine)).scalar_one() >= per_day:
        raise TrialsSpent(per_day=per_day)

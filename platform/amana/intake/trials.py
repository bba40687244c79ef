"""Dry runs are limited: a committee may try its file as often as it takes to mend it, not to question a table with it.

Runs in: web.   Sees: rows about batches.
Counted twice: before the body is read, to spare the line, and again in the transaction that enters the batch, where no
two of one committee are at the same time. However many arrive together, no more get in than the day allows.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import func, select

from amana.db import Reading, Transaction
from amana.errors import AmanaError
from amana.intake.daily import alone, midnight
from amana.intake.tables import batch

_LOCK: Final = 0x7412  # of PostgreSQL's advisory locks, the ones that count dry runs


class TrialsSpent(AmanaError):
    """The committee has made its dry runs of the day. Facts: ``per_day``."""

    code: ClassVar[str] = "intake.trials_spent"
    status: ClassVar[int] = 429
    exit: ClassVar[int] = 75


def check_trials(reading: Reading | Transaction, committee: str, per_day: int, now: datetime) -> None:
    """Return when the committee may make another dry run in this UTC day. Raises TrialsSpent."""
    mine = (batch.c.committee == committee, batch.c.dry_run, batch.c.received_at >= midnight(now))
    if reading.execute(select(func.count()).select_from(batch).where(*mine)).scalar_one() >= per_day:
        raise TrialsSpent(per_day=per_day)


def take_trial(tx: Transaction, committee: str, per_day: int, now: datetime) -> None:
    """Let this transaction enter one more dry run, and no other of the committee at the same time.

    Raises TrialsSpent.
    """
    alone(tx, _LOCK, committee)
    check_trials(tx, committee, per_day, now)

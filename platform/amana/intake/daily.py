"""What a committee may do so often in one UTC day: counted in the transaction that does it, one at a time."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import func, select

from amana.db import Transaction


def midnight(now: datetime) -> datetime:
    """Return when the UTC day of ``now`` began."""
    return datetime.combine(now.date(), time(), now.tzinfo)


def alone(tx: Transaction, lock: int, committee: str) -> None:
    """Let no other transaction of the committee pass here before this one ends.

    lock: of PostgreSQL's advisory locks, which kind is counted. On SQLite a transaction that writes is alone anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(lock, func.hashtext(committee))))

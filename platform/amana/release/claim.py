"""Claim a planned release: work is done by one worker at a time, and neither lost nor done twice.

Runs in: worker.
Sees: rows about releases; no count.

A claim is a lease: it counts while it is renewed. Whoever finds it expired may claim anew, with the next attempt
number, and what the earlier worker still tries to write finds another attempt in the row and is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from amana.db import Database, Reading, Transaction
from amana.errors import AmanaError
from amana.faults import point
from amana.release import ledger, tables
from amana.release.ledger import Release
from amana.release.states import ReleaseState

_BEATS: Final = 6  # renewals per lease: DESIGN, a heartbeat of 5 s for a lease of 30 s


class ClaimLost(AmanaError):
    """Another worker holds the release now; what this one made was not written."""

    code: ClassVar[str] = "release.claim_lost"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


@dataclass(frozen=True)
class Claim:
    """One worker's lease on one release. attempt: 1 for the first; every later claim has a higher one."""

    release: Release
    attempt: int


def take(
    db: Database, worker: str, lease: timedelta, now: datetime, is_ready: Callable[[Reading, str], bool]
) -> Claim | None:
    """Claim the planned release that has waited longest among those that are ready, or return None."""
    row = tables.release
    free = and_(row.c.state == ReleaseState.PLANNED, or_(row.c.lease_until.is_(None), row.c.lease_until < now))
    with db.read() as reading:
        waiting = reading.execute(
            select(row.c.id, row.c.attempt).where(free).order_by(row.c.planned_at, row.c.id)
        ).all()
        ready = [one for one in waiting if is_ready(reading, one.id)]
    for one in ready:
        held = {"claimed_by": worker, "lease_until": now + lease, "attempt": one.attempt + 1}
        with db.write() as tx:
            mine = tx.execute(update(row).where(row.c.id == one.id, row.c.attempt == one.attempt, free).values(**held))
            if mine.rowcount == 1:
                point("release.claimed")
                return Claim(ledger.find(tx, one.id), one.attempt + 1)
    return None


def settle(tx: Transaction, claim: Claim, **values: object) -> None:
    """Write the outcome and give the claim back. Raises ClaimLost, which must undo the transaction."""
    freed = {"claimed_by": None, "lease_until": None}
    done = tx.execute(update(tables.release).where(_mine(claim)).values(**freed, **values))
    if done.rowcount != 1:
        raise ClaimLost(release=claim.release.id)


@contextmanager
def kept(db: Database, claim: Claim, lease: timedelta, clock: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease from another thread while the block works; a renewal that fails is left to the next."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(lease.total_seconds() / _BEATS):
            with suppress(SQLAlchemyError), db.write() as tx:
                tx.execute(update(tables.release).where(_mine(claim)).values(lease_until=clock() + lease))

    thread = threading.Thread(target=beat, name=f"lease of {claim.release.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _mine(claim: Claim) -> ColumnElement[bool]:
    row = tables.release
    return and_(row.c.id == claim.release.id, row.c.state == ReleaseState.PLANNED, row.c.attempt == claim.attempt)

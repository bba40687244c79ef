"""Claim a planned release: the one that has waited longest, by one worker at a time.

Runs in: worker.
Sees: rows about releases; no count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import and_, exists, select

from amana import lease
from amana.db import Database, Reading, Transaction
from amana.errors import AmanaError
from amana.faults import point
from amana.lease import Lease, Queue
from amana.release import ledger, tables
from amana.release.ledger import Release
from amana.release.states import ReleaseState

QUEUE: Final = Queue(tables.release, ReleaseState.PLANNED)


class ClaimLost(AmanaError):
    """Another worker holds the release now; what this one made was not written."""

    code: ClassVar[str] = "release.claim_lost"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


@dataclass(frozen=True)
class Claim:
    """A planned release, and the lease on it. broken: how many claims came to no end since the last that did."""

    release: Release
    lease: Lease
    broken: int


def take(
    db: Database, worker: str, lasts: timedelta, now: datetime, is_ready: Callable[[Reading, str], bool]
) -> Claim | None:
    """Claim the planned release that has waited longest among those that are ready, or return None."""
    row = tables.release
    with db.read() as reading:
        query = select(row.c.id, row.c.attempt, row.c.ended_attempt).where(QUEUE.free(now))
        query = query.order_by(row.c.planned_at, row.c.id)
        ready = [one for one in reading.execute(query).all() if is_ready(reading, one.id)]
    for one in ready:
        with db.write() as tx:
            mine = lease.claim(tx, QUEUE, one.id, one.attempt, worker=worker, lasts=lasts, now=now)
            if mine is not None:
                point("release.claimed")
                return Claim(ledger.find(tx, one.id), mine, one.attempt - one.ended_attempt)
    return None


def is_any_held(reading: Reading) -> bool:
    """Return whether a worker, living or dead, may still settle a claim, and so name a bundle that it has written."""
    row = tables.release
    held = and_(row.c.state == QUEUE.waiting, row.c.claimed_by.is_not(None))
    return bool(reading.execute(select(exists().where(held))).scalar_one())


def settle(tx: Transaction, claim: Claim, **values: object) -> None:
    """Write the outcome and give the claim back. Raises ClaimLost, which must undo the transaction."""
    if not lease.settle(tx, claim.lease, **values):
        raise ClaimLost(release=claim.release.id)


def give_back(tx: Transaction, claim: Claim, **values: object) -> None:
    """Give the claim back, its work done and the release still planned. Raises ClaimLost, as ``settle``."""
    settle(tx, claim, ended_attempt=claim.lease.attempt, **values)

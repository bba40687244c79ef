"""A lease on a row: work is done by one worker at a time, and neither lost nor done twice.

A row that waits for a worker is claimed by writing a lease into it, which counts while it is renewed. Whoever finds it
expired claims the row anew, with the next attempt number; what the earlier worker still tries to write finds another
attempt in the row and is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, or_, update
from sqlalchemy.exc import SQLAlchemyError

from amana.db import Database, Transaction

_BEATS: Final = 6  # renewals per lease: every 5 s for a lease of 30 s


@dataclass(frozen=True)
class Queue:
    """Rows that wait for a worker.

    rows:    a table with the columns id, state, claimed_by, lease_until and attempt.
    waiting: the state of a row on which work is still to be done.
    """

    rows: Table
    waiting: str

    def free(self, now: datetime) -> ColumnElement[bool]:
        """Return the condition that a row waits and that no lease on it counts any more."""
        expired = or_(self.rows.c.lease_until.is_(None), self.rows.c.lease_until < now)
        return and_(self.rows.c.state == self.waiting, expired)


@dataclass(frozen=True)
class Lease:
    """One worker's right to one row.

    attempt: 1 for the first claim of the row; every later one has a higher number.
    lasts:   how long it counts from its claim, and from each renewal.
    """

    queue: Queue
    row: str
    attempt: int
    lasts: timedelta

    @property
    def held(self) -> ColumnElement[bool]:
        """The condition that the row still waits and that nobody has claimed it since."""
        rows = self.queue.rows
        return and_(rows.c.id == self.row, rows.c.state == self.queue.waiting, rows.c.attempt == self.attempt)


def claim(
    tx: Transaction, queue: Queue, row: str, earlier: int, *, worker: str, lasts: timedelta, now: datetime
) -> Lease | None:
    """Claim a free row, and return the lease; None when another worker was quicker.

    earlier: attempts on the row when it was found free; one more by now means another worker.
    worker:  who claims, as an operator will read it.
    """
    mine = Lease(queue, row, earlier + 1, lasts)
    held = {"claimed_by": worker, "lease_until": now + lasts, "attempt": mine.attempt}
    unclaimed = (queue.rows.c.id == row, queue.rows.c.attempt == earlier, queue.free(now))
    return mine if tx.execute(update(queue.rows).where(*unclaimed).values(**held)).rowcount == 1 else None


def settle(tx: Transaction, lease: Lease, **values: object) -> bool:
    """Write the outcome and give the row back; return False, having written nothing, when another holds it now."""
    freed = {"claimed_by": None, "lease_until": None}
    return tx.execute(update(lease.queue.rows).where(lease.held).values(**freed, **values)).rowcount == 1


@contextmanager
def kept(database: Database, lease: Lease, clock: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease from another thread while the block works; a renewal that fails is left to the next."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(lease.lasts.total_seconds() / _BEATS):
            with suppress(SQLAlchemyError), database.write() as tx:
                tx.execute(update(lease.queue.rows).where(lease.held).values(lease_until=clock() + lease.lasts))

    thread = threading.Thread(target=beat, name=f"lease of {lease.row}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

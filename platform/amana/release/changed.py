"""What a release was built from, or under, has changed: one that is not published yet never will be.

Runs in: worker.
Sees: rows about releases; no count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select

from amana.audit.events.event import Actor
from amana.db import Database, Transaction
from amana.release import ledger, order, tables
from amana.release.ledger import Release
from amana.release.order import PlanChanged
from amana.release.states import ReleaseState

REASON: Final = "release.inputs_changed"
_STANDING: Final = (ReleaseState.BUILT, ReleaseState.APPROVED)


def lock(tx: Transaction, dataflow: str) -> None:
    """Let nobody change a release of the dataflow before this transaction ends.

    To be called before a holding is changed: a build that settles at the same moment either is seen by ``refuse``, or
    sees for itself that its inputs are no longer current.
    """
    row = tables.release
    tx.execute(select(row.c.id).where(row.c.dataflow == dataflow).order_by(row.c.id).with_for_update()).all()


def refuse(tx: Transaction, holdings: Collection[str], by: Actor, now: datetime) -> None:
    """Refuse every candidate that holds figures of these holdings and is not published; ``lock`` came before."""
    row, made_of = tables.release, tables.release_input
    inside = select(made_of.c.release_id).where(made_of.c.holding_id.in_(holdings))
    for release in tx.execute(select(row.c.id).where(row.c.id.in_(inside), row.c.state.in_(_STANDING))).scalars().all():
        order.refuse(tx, release, REASON, by=by, now=now)


def end_next(db: Database, by: Actor, now: datetime, is_in_force: Callable[[Release, Iterable[str]], bool]) -> bool:
    """Refuse the candidates that would be protected otherwise today; return whether there were any.

    Nobody can order them any more, and while they stand no other vintage of their period can be planned.
    """
    with db.read() as reading:
        standing = [one for state in _STANDING for one in ledger.listed(reading, state=state)]
        over = [one.id for one in standing if not is_in_force(one, ledger.contributors(reading, one.id))]
    for release in over:
        with db.write() as tx:
            if ledger.lock(tx, release).state in _STANDING:
                order.refuse(tx, release, PlanChanged.code, by=by, now=now)
    return bool(over)

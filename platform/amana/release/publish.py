"""Publish and withdraw: the effect of an order, once its intent stands under a checkpoint and its time has come.

Runs in: worker.
Sees: rows about releases; no count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select, update

from amana.audit.events.event import Actor
from amana.audit.events.releases import ReleasePublished, ReleaseSuperseded, ReleaseWithdrawn
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.db import Database, Transaction
from amana.faults import point
from amana.release import ledger, order, tables
from amana.release.ledger import ORDERABLE, PUBLISH, WITHDRAW, Release
from amana.release.states import NEXT, ReleaseState
from amana.states import move

_EFFECT: Final[Mapping[str, ReleaseState]] = {  # act → what it leads to
    PUBLISH: ReleaseState.PUBLISHED,
    WITHDRAW: ReleaseState.WITHDRAWN,
}


LAPSED: Final = "release.agreement_lapsed"  # the reason of a release that its committees no longer agree to
Objection = Callable[[Release, Iterable[str]], str | None]  # a release, its contributors → why it is not published


def perform_next(db: Database, worker: Actor, now: datetime, objection: Objection) -> str | None:
    """Give effect to one order that is due, and return the release's id; None when nothing is due yet.

    objection: asked once more at the effect; where it has a reason, the release is refused and nothing is published.
    Due: its intent is under a checkpoint and, for a publication, the calendar's time has come. The state and its event
    change in one transaction; of several workers one performs it, the others find nothing left to do.
    """
    due = next(iter(_due(db, now)), None)
    if due is None:
        return None
    release, act = due
    after = _EFFECT[act]
    point("release.effect_due")
    with db.write() as tx:
        found = ledger.lock_period(tx, release)
        if found.waiting != act:
            return None
        against = objection(found, ledger.contributors(tx, release)) if act == PUBLISH else None
        if against is not None:
            order.refuse(tx, release, against, by=worker, now=now)
            return release
        move(NEXT, found.state, after)
        times = {"published_at": now} if act == PUBLISH else {"withdrawn_at": now}
        row = tables.release
        tx.execute(update(row).where(row.c.id == release, row.c.state == found.state).values(state=after, **times))
        if act == PUBLISH:
            _supersede(tx, found, worker, now)
        event = ReleasePublished if act == PUBLISH else ReleaseWithdrawn
        journal.append(tx, event(release, found.dataflow, found.period, str(found.candidate)), worker, now)
        point("release.effect_written")
    point("release.effect_done")
    return release


def _supersede(tx: Transaction, new: Release, worker: Actor, now: datetime) -> None:
    """Let the earlier vintage of the plan and period stand aside, at the same moment: there is never none, or two."""
    row = tables.release
    for one in ledger.shown(tx, new.dataflow, new.period, besides=new.id):
        if one.plan == new.plan and one.state is ReleaseState.PUBLISHED:
            move(NEXT, one.state, ReleaseState.SUPERSEDED)
            tx.execute(update(row).where(row.c.id == one.id).values(state=ReleaseState.SUPERSEDED))
            told = ReleaseSuperseded(one.id, one.dataflow, one.period, str(one.candidate))
            journal.append(tx, told, worker, now)


def _due(db: Database, now: datetime) -> list[tuple[str, str]]:
    row = tables.release
    publish = and_(row.c.state == ReleaseState.APPROVED, row.c.ordered_act == PUBLISH, row.c.publish_at <= now)
    withdraw = and_(row.c.state.in_(ORDERABLE[WITHDRAW]), row.c.ordered_act == WITHDRAW)
    query = select(row.c.id, row.c.ordered_act, row.c.order_event).where(or_(publish, withdraw))
    with db.read() as reading:
        waiting = reading.execute(query.order_by(row.c.publish_at, row.c.id)).all()
        return [(one.id, one.ordered_act) for one in waiting if is_under_checkpoint(reading, one.order_event)]

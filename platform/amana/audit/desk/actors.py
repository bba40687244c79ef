"""Who acts, found without walking over what they did: each actor is the next one in an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, func, select

from amana.audit.outbox.tables import event_detail
from amana.db import Reading


@dataclass(frozen=True)
class Returned:
    """Somebody who acted after a silence: from ``before`` to ``at``."""

    actor: str
    before: datetime
    at: datetime


def newcomers(reading: Reading, since: datetime, until: datetime | None = None) -> list[tuple[str, datetime]]:
    """Return who acted for the first time within these bounds, and when: the latest first.

    Two seeks in an index for each actor that the log knows, however many events there are.
    """
    everybody = _everybody()
    of_actor = event_detail.c.actor == everybody.c.actor
    first = select(func.min(event_detail.c.at)).where(of_actor).scalar_subquery()
    some = select(everybody.c.actor, first.label("at")).where(everybody.c.actor.is_not(None)).subquery()
    query = select(some.c.actor, some.c.at).where(some.c.at >= since).order_by(some.c.at.desc(), some.c.actor)
    if until is not None:
        query = query.where(some.c.at < until)
    return [(row.actor, row.at) for row in reading.execute(query)]


def returned(reading: Reading, since: datetime) -> list[Returned]:
    """Return who acted from ``since`` on and had acted before, with the two ends of the silence; the latest first."""
    everybody = _everybody()
    of_actor = event_detail.c.actor == everybody.c.actor
    at = select(func.min(event_detail.c.at)).where(of_actor, event_detail.c.at >= since).scalar_subquery()
    before = select(func.max(event_detail.c.at)).where(of_actor, event_detail.c.at < since).scalar_subquery()
    some = select(everybody.c.actor, before.label("before"), at.label("at")).subquery()
    query = select(some).where(some.c.before.is_not(None), some.c.at.is_not(None)).order_by(some.c.at.desc())
    return [Returned(*row) for row in reading.execute(query)]


def _everybody() -> CTE:
    """Return each actor once, in order, and None at the end."""
    one = select(func.min(event_detail.c.actor).label("actor")).cte("everybody", recursive=True)
    behind = select(func.min(event_detail.c.actor)).where(event_detail.c.actor > one.c.actor).scalar_subquery()
    return one.union_all(select(behind).where(one.c.actor.is_not(None)))

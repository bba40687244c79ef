"""Plan a release, order its publication, order its withdrawal: intents, written down; the worker gives them effect.

Runs in: web, which has asked policy.decide first.
Sees: rows about releases; no count.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import insert, update

from amana import ids
from amana.audit.events.event import Actor
from amana.audit.events.releases import (
    PublicationOrdered,
    ReleasePlanned,
    ReleaseRefused,
    VintagePlanned,
    WithdrawalOrdered,
)
from amana.audit.outbox import journal
from amana.clock import rfc3339
from amana.db import Transaction
from amana.errors import AmanaError, Conflict
from amana.faults import point
from amana.plans.plan import Plan
from amana.release import ledger, tables
from amana.release.ledger import PUBLISH, WITHDRAW, Release
from amana.release.states import NEXT, ReleaseState
from amana.states import move

_PERIOD: Final = re.compile(r"[0-9]{4}")  # a calendar year; quarters come with their own plans


class PeriodInvalid(AmanaError):
    """A period is not a calendar year; nothing was planned."""

    code: ClassVar[str] = "release.period_invalid"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class PeriodFrozen(AmanaError):
    """The plan's tables of the period are published, or are ordered to be; nothing was planned, nothing ordered."""

    code: ClassVar[str] = "release.period_frozen"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 65


class PastChanged(AmanaError):
    """Other figures about the same persons were published, or ordered to be, since the candidate was cleared.

    Nothing was ordered: what two publications say together was not looked at.
    """

    code: ClassVar[str] = "release.past_changed"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 65


class BroughtForward(AmanaError):
    """An order names an earlier time than was planned; nothing was ordered. Facts: ``fields``, ``planned``."""

    code: ClassVar[str] = "release.brought_forward"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class PlanChanged(AmanaError):
    """The plan or the policies are not those that the release was planned under; it must be planned again."""

    code: ClassVar[str] = "release.plan_changed"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


class VintageOpen(AmanaError):
    """A new vintage of the period is on its way already; nothing was planned."""

    code: ClassVar[str] = "release.vintage_open"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 65


def plan_release(
    tx: Transaction, plan: Plan, period: str, *, policy_digest: str, publish_at: datetime, by: Actor, now: datetime
) -> str:
    """Plan a release of one period by one plan under the policies in force, and return its id.

    publish_at: the calendar's time, before which it will not be published; it may be put off when ordering.
    Raises PeriodInvalid; PeriodFrozen when the plan's tables of the period are published, or are ordered to be.
    """
    if not _PERIOD.fullmatch(period):
        raise PeriodInvalid(period=period)
    if any(one.plan == plan.id for one in ledger.shown(tx, plan.dataflow, period)):
        raise PeriodFrozen(period=period)
    release = _insert(tx, plan, period, 1, policy_digest=policy_digest, publish_at=publish_at, by=by, now=now)
    journal.append(tx, ReleasePlanned(release, plan.dataflow, period, plan.id, plan.digest, policy_digest), by, now)
    point("release.planned")
    return release


def plan_vintage(
    tx: Transaction, plan: Plan, release: str, *, policy_digest: str, publish_at: datetime, by: Actor, now: datetime
) -> str:
    """Plan a new vintage of a published release, from what the vault holds now, and return the new release's id.

    The published one stays as it is until the new one takes its place as a whole.
    Raises NotFound; Conflict when it is not the latest vintage of its period, or is not published at all; PlanChanged
    when the plan is not the one that it was made by; VintageOpen when another is on its way.
    """
    found = ledger.lock_period(tx, release)
    same = [one for one in ledger.shown(tx, found.dataflow, found.period) if one.plan == found.plan]
    if found.published_at is None or found.vintage < max(one.vintage for one in same):
        raise Conflict(state=found.state.value, to=ReleaseState.PLANNED.value)
    if (plan.id, plan.digest) != (found.plan, found.plan_digest):
        raise PlanChanged(release=release)
    if ledger.is_any_open(tx, found.plan, found.period):
        raise VintageOpen(period=found.period)
    number = found.vintage + 1
    new = _insert(tx, plan, found.period, number, policy_digest=policy_digest, publish_at=publish_at, by=by, now=now)
    about = (plan.dataflow, found.period, plan.id, plan.digest, policy_digest)
    journal.append(tx, VintagePlanned(new, *about, number), by, now)
    return new


def _insert(
    tx: Transaction,
    plan: Plan,
    period: str,
    vintage: int,
    *,
    policy_digest: str,
    publish_at: datetime,
    by: Actor,
    now: datetime,
) -> str:
    release = ids.new("rel")
    tx.execute(
        insert(tables.release).values(
            id=release,
            plan=plan.id,
            plan_digest=plan.digest,
            policy_digest=policy_digest,
            dataflow=plan.dataflow,
            period=period,
            state=ReleaseState.PLANNED,
            planned_by=by.id,
            planned_at=now,
            publish_at=publish_at,
            vintage=vintage,
        )
    )
    return release


def order_publication(
    tx: Transaction, release: str, candidate: str, *, by: Actor, now: datetime, publish_at: datetime | None = None
) -> str:
    """Order that an approved candidate be published at its calendar time, and return the intent's event id.

    candidate:  the digest that the orderer has seen; another is a conflict.
    publish_at: a later calendar time than planned.
    Raises NotFound; Conflict when it is not approved, was ordered already, or is another candidate; BroughtForward;
    PeriodFrozen when the same vintage was published by another release that was built beside it; PastChanged when
    anything else of these persons was. Asking at the build alone would let both through.
    """
    found = ledger.lock_period(tx, release)
    move(NEXT, found.state, ReleaseState.PUBLISHED)
    if found.candidate != candidate or found.ordered_act is not None:
        raise Conflict(state=found.state.value, to=ReleaseState.PUBLISHED.value)
    when = found.publish_at if publish_at is None else publish_at
    if when < found.publish_at:
        raise BroughtForward(fields=["publish_at"], planned=rfc3339(found.publish_at))
    others = ledger.shown(tx, found.dataflow, found.period, besides=release)
    if any((one.plan, one.vintage) == (found.plan, found.vintage) for one in others):
        raise PeriodFrozen(period=found.period)
    if not {one.candidate for one in others} <= ledger.past_of(tx, release):
        raise PastChanged(period=found.period)
    event = PublicationOrdered(release, found.dataflow, found.period, candidate)
    return _order(tx, found, event, by=by, now=now, publish_at=when)


def order_withdrawal(tx: Transaction, release: str, reason: str, *, by: Actor, now: datetime) -> str:
    """Order that a published release be withdrawn, for a stated reason, and return the intent's event id.

    Raises NotFound; Conflict when it is not published, or its withdrawal was ordered already.
    """
    found = ledger.lock(tx, release)
    move(NEXT, found.state, ReleaseState.WITHDRAWN)
    if found.ordered_act == WITHDRAW:
        raise Conflict(state=found.state.value, to=ReleaseState.WITHDRAWN.value)
    event = WithdrawalOrdered(release, found.dataflow, found.period, str(found.candidate))
    return _order(tx, found, event, by=by, now=now, reason=reason)


def refuse(tx: Transaction, release: str, reason_code: str, *, by: Actor, now: datetime) -> None:
    """End a release before publication. Raises NotFound; Conflict when it is published, withdrawn or refused.

    reason_code: a code that has a sentence, never a person's words.
    """
    found = ledger.lock(tx, release)
    move(NEXT, found.state, ReleaseState.REFUSED)
    before = [state for state, after in NEXT.items() if ReleaseState.REFUSED in after]
    row = tables.release
    tx.execute(
        update(row)
        .where(row.c.id == release, row.c.state.in_(before))
        .values(state=ReleaseState.REFUSED, reason=reason_code)
    )
    journal.append(tx, ReleaseRefused(release, found.dataflow, found.period, reason_code), by, now)


def _order(
    tx: Transaction,
    found: Release,
    event: PublicationOrdered | WithdrawalOrdered,
    *,
    by: Actor,
    now: datetime,
    **more: datetime | str,
) -> str:
    event_id = journal.append(tx, event, by, now)
    act = PUBLISH if isinstance(event, PublicationOrdered) else WITHDRAW
    row = tables.release
    tx.execute(
        update(row)
        .where(row.c.id == found.id, row.c.state == found.state)
        .values(order_event=event_id, ordered_act=act, ordered_by=by.id, **more)
    )
    point("release.ordered")
    return event_id

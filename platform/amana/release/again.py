"""Ask committees that keep their records at home to tabulate again, because a plan counts what their tables do not.

Runs in: worker (ask, settle), web (read).
Sees: rows about holdings and releases; no count.

A release waits, as PLANNED, until each of them has answered or the deadline is over; then it is built, or refused
because of whoever did not answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from amana.audit.events.event import Actor
from amana.audit.events.releases import TabulationAsked, TabulationEnded
from amana.audit.outbox import journal
from amana.db import Database, Reading, Transaction
from amana.release import ledger
from amana.release.ledger import Release
from amana.release.states import ReleaseState
from amana.release.tables import tabulation
from amana.vault.tables import current, holding


class Outcome(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"  # tables by the new plan are in the vault
    LAPSED = "lapsed"  # the deadline is over
    DROPPED = "dropped"  # the release was refused for another reason


@dataclass(frozen=True)
class Tabulation:
    """One request to one committee. plan: the id to tabulate by; ``outcome`` None while it is open."""

    release_id: str
    committee: str
    dataflow: str
    period: str
    plan: str
    plan_digest: str
    asked_at: datetime
    deadline: datetime
    ended_at: datetime | None
    outcome: str | None


def ask(
    tx: Transaction, release: Release, committees: Iterable[str], *, by: Actor, now: datetime, deadline: datetime
) -> bool:
    """Ask these committees, each of them once for one release; return whether anyone is asked who was not before."""
    asked = {one.committee for one in _of(tx, release.id)}
    news = sorted(set(committees) - asked)
    for committee in news:
        about = {"dataflow": release.dataflow, "period": release.period, "plan": release.plan}
        tx.execute(
            insert(tabulation).values(
                release_id=release.id,
                committee=committee,
                plan_digest=release.plan_digest,
                asked_at=now,
                deadline=deadline,
                **about,
            )
        )
        journal.append(tx, TabulationAsked(release.id, committee, release.dataflow, release.period), by, now)
    return bool(news)


def is_waiting(reading: Reading | Transaction, release: str) -> bool:
    """Return whether somebody who was asked may still answer."""
    return any(one.outcome is None for one in _of(reading, release))


def settle_next(db: Database, by: Actor, now: datetime) -> bool:
    """End the requests that were answered, have lapsed, or whose release came to nothing; return whether any was."""
    with db.read() as reading:
        ended = [(one, outcome) for one in _open(reading) if (outcome := _outcome(reading, one, now))]
    for one, outcome in ended:
        with db.write() as tx:
            mine = (tabulation.c.release_id == one.release_id, tabulation.c.committee == one.committee)
            still = update(tabulation).where(*mine, tabulation.c.outcome.is_(None))
            if tx.execute(still.values(ended_at=now, outcome=outcome.value)).rowcount:
                told = TabulationEnded(one.release_id, one.committee, one.dataflow, one.period, outcome.value)
                journal.append(tx, told, by, now)
    return bool(ended)


def asked_of(reading: Reading, committee: str) -> tuple[Tabulation, ...]:
    """Return what a committee is asked for at present, the most urgent first."""
    query = _ALL.where(tabulation.c.committee == committee, tabulation.c.outcome.is_(None))
    return _read(reading, query.order_by(tabulation.c.deadline, tabulation.c.release_id))


def asked_for(reading: Reading, release: str) -> tuple[Tabulation, ...]:
    """Return whom a release waits for, or has waited for, in alphabetical order."""
    return _of(reading, release)


def _outcome(reading: Reading, one: Tabulation, now: datetime) -> Outcome | None:
    if ledger.find(reading, one.release_id).state is not ReleaseState.PLANNED:
        return Outcome.DROPPED
    same = [
        getattr(holding.c, name) == getattr(one, name) for name in ("committee", "dataflow", "period", "plan_digest")
    ]
    if reading.execute(select(holding.c.id).where(*same, current())).first() is not None:
        return Outcome.ANSWERED
    return Outcome.LAPSED if one.deadline <= now else None


def _open(reading: Reading) -> tuple[Tabulation, ...]:
    return _read(reading, _ALL.where(tabulation.c.outcome.is_(None)).order_by(tabulation.c.asked_at))


def _of(reading: Reading | Transaction, release: str) -> tuple[Tabulation, ...]:
    return _read(reading, _ALL.where(tabulation.c.release_id == release).order_by(tabulation.c.committee))


def _read(reading: Reading | Transaction, query: Any) -> tuple[Tabulation, ...]:  # noqa: ANN401 - a Select of ours
    return tuple(Tabulation(**row) for row in reading.execute(query).mappings())


_ALL = select(*(tabulation.c[name] for name in Tabulation.__dataclass_fields__))

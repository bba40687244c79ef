"""The budget of noise: what each release cost a person, written down before anything is drawn, and never taken back.

Runs in: worker.
Sees: rows about releases, and terms of the policy; no count.

A draw happens once. Its cost is committed first; if the worker dies between the two, the noise is lost and the cost is
not: a second draw for the same cost would tell more than the first. So a release that finds its own cost in the
budget is refused, and has to be planned anew, at a new cost.

The cost of a person who is counted in several releases is their sum. She may be counted in ``periods`` yearly releases
(a year of one dataflow); so the dearest of them must stay within the cap together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import insert, select, text

from amana import ids
from amana.audit.events.event import Actor
from amana.audit.events.releases import BudgetDebited
from amana.audit.outbox import journal
from amana.db import Database, Reading, Transaction
from amana.disclosure.noise.zcdp import rho_of
from amana.errors import AmanaError
from amana.policy.noise import Noise
from amana.release.ledger import Release
from amana.release.tables import budget

MICRO: Final = 1_000_000  # of rho: the ledger holds whole numbers
_LOCK: Final = 0x627564676574  # "budget": one advisory lock per PostgreSQL database


class BudgetExceeded(AmanaError):
    """What the release costs does not fit into what may be learnt of one person; nothing was drawn, nothing spent."""

    code: ClassVar[str] = "release.budget_exceeded"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class DrawLost(AmanaError):
    """The release was debited, and the worker died before its noise was stored: it must be planned anew."""

    code: ClassVar[str] = "release.draw_lost"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


@dataclass(frozen=True)
class Debit:
    """One line of the ledger: what a release cost each person, in millionths of rho."""

    release: str
    dataflow: str
    period: str
    micro_rho: int
    debited_at: datetime


def cost(epsilon: float, noise: Noise) -> int:
    """Return the millionths of rho, rounded down, that keep within this epsilon at the region's delta."""
    return int(rho_of(epsilon, noise.delta) * MICRO)


def of_record(micro_rho: int, noise: Noise) -> float:
    """Return the rho that one record may be given, so that a person with ``committees`` of them costs no more.

    Source: Bun and Steinke (2016), Concentrated Differential Privacy, proposition 1.9: a group of r costs r² rho.
    """
    return micro_rho / MICRO / noise.committees**2


def debit(db: Database, release: Release, micro_rho: int, noise: Noise, *, by: Actor, now: datetime) -> None:
    """Write down what the release will cost. On return it is committed, and the draw may begin.

    Raises DrawLost when it was debited before, BudgetExceeded when it does not fit.
    """
    with db.write() as tx:
        if db.is_postgresql:  # on SQLite the transaction holds the only right to write
            tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _write(tx, release, micro_rho, noise, by=by, now=now)


def _write(tx: Transaction, release: Release, micro_rho: int, noise: Noise, *, by: Actor, now: datetime) -> None:
    spent = debits(tx)
    if any(one.release == release.id for one in spent):
        raise DrawLost(release=release.id)
    years = Counter({(release.dataflow, release.period): micro_rho})
    for one in spent:
        years[one.dataflow, one.period] += one.micro_rho
    if sum(sorted(years.values())[-noise.periods :]) > cost(noise.lifetime_epsilon, noise):
        raise BudgetExceeded(release=release.id)
    row = {"id": ids.new("bud"), "release_id": release.id, "dataflow": release.dataflow, "period": release.period}
    tx.execute(insert(budget).values(**row, micro_rho=micro_rho, debited_at=now))
    journal.append(tx, BudgetDebited(release.id, release.dataflow, release.period, micro_rho), by, now)


def debits(reading: Reading | Transaction) -> tuple[Debit, ...]:
    """Return every line of the ledger, oldest first."""
    column = budget.c
    chosen = (column.release_id, column.dataflow, column.period, column.micro_rho, column.debited_at)
    query = select(*chosen).order_by(column.debited_at, column.id)
    return tuple(Debit(*row) for row in reading.execute(query))

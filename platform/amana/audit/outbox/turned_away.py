"""Refusals that cost nobody a sign-in: counted as they happen, told as two events at each mark, were there none.

If each were an event, a stranger could make events, and see by the size of the public log whether others made any. So
however many there are, the log grows by the same. A count is durable before the refusal is answered, and only grows.

Runs in: web (count), worker (tell).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, select, update

from amana.audit.events.event import Actor
from amana.audit.events.refusals import RefusalsCounted, SignInsFailed
from amana.audit.outbox import journal
from amana.audit.outbox.tables import refusal_mark, turned_away
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.leaf import EPOCH
from amana.clock import rfc3339
from amana.db import Reading, Transaction, upsert
from amana.faults import point

FAILED: Final = "identity.sign_in_refused"
NAMED: Final = 50  # persons, and accounts, that one event names: those with the most
_NOWHERE: Final = "-"  # an address that is none of ours
_MORE: Final = upsert(turned_away, lambda _: {"times": turned_away.c.times + 1})

Rows = Sequence[Row[tuple[Any, ...]]]


def count(tx: Transaction, code: str, action: str, who: str = "") -> None:
    """Count one refusal. who: the digest of an account, or a person's id; empty when nobody is named."""
    tx.execute(_MORE[tx.dialect.name], {"code": code, "action": action, "who": who, "times": 1})


def is_due(reading: Reading | Transaction, every: int, now: datetime) -> bool:
    """Return whether a mark has come since refusals were told. every: seconds between two marks; it divides a day."""
    return Calendar(every, 1).is_due(now, _told_until(reading))


def tell(tx: Transaction, every: int, by: Actor, now: datetime) -> bool:
    """Journal what was counted, and begin anew; return False when another worker has, or no mark has come."""
    last, calendar = _told_until(tx), Calendar(every, 1)
    until = calendar.mark(now)
    mine = update(refusal_mark).where(refusal_mark.c.until == last).values(until=until)
    if not (calendar.is_due(now, last) and tx.execute(mine).rowcount):
        return False
    span = rfc3339(until - timedelta(seconds=every) if last == EPOCH else last), rfc3339(until)
    rows = tx.execute(delete(turned_away).returning(*turned_away.c)).all()
    journal.append(tx, _sign_ins(*span, rows), by, now)
    journal.append(tx, _refusals(*span, [row for row in rows if row.code != FAILED]), by, now)
    point("turned_away.told")
    return True


def _sign_ins(since: str, until: str, rows: Rows) -> SignInsFailed:
    accounts = Counter({row.who: row.times for row in rows if row.code == FAILED})
    return SignInsFailed(since, until, accounts.total(), *_most(accounts))


def _refusals(since: str, until: str, rows: Rows) -> RefusalsCounted:
    codes: Counter[str] = Counter()
    actions: Counter[str] = Counter()
    persons: Counter[str] = Counter()
    for row in rows:
        codes[row.code] += row.times
        actions[row.action or _NOWHERE] += row.times
        persons[row.who] += row.times
    del persons[""]
    return RefusalsCounted(since, until, codes.total(), codes, actions, *_most(persons))


def _most(counted: Counter[str]) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Return who has the most, how many each has, and how many others there are."""
    named = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:NAMED]
    return tuple(who for who, _ in named), tuple(times for _, times in named), len(counted) - len(named)


def _told_until(reading: Reading | Transaction) -> datetime:
    until: datetime = reading.execute(select(refusal_mark.c.until)).scalar_one()
    return until

"""Signing in: password, then second factor, then a session under a fresh name.

The slow part, the password, is checked outside any transaction; what it found is settled in a short one. Whoever
fails learns nothing from it: a wrong password, a wrong code, an unknown or closed or locked account do the same
work and end the same way.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import Row, select, update

from amana.audit.events.accounts import SignedIn, SignedOut
from amana.audit.events.event import Actor
from amana.audit.outbox import journal, turned_away
from amana.db import Reading, Transaction
from amana.errors import AmanaError
from amana.identity import people, second_factor, sessions
from amana.identity.passwords import Hasher
from amana.identity.people import Person
from amana.identity.sessions import Opened
from amana.identity.tables import person

LOCK_AFTER: Final = 5  # failures in a row
FIRST_LOCK: Final = timedelta(seconds=30)  # doubled by each further failure
LONGEST_LOCK: Final = timedelta(hours=1)
_ACTION: Final = "sign_in"
_CHECKED: Final = object()


class SignInRefused(AmanaError):
    """Nobody was signed in; the reason is not told."""

    code: ClassVar[str] = "identity.sign_in_refused"
    status: ClassVar[int] = 401
    exit: ClassVar[int] = 77


@dataclass(frozen=True)
class Account:
    """What was typed, and the account of that address if there is one."""

    email: str
    person_id: str | None
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class Checked:
    """An account whose password was compared; made by ``check`` only."""

    account: Account
    password_holds: bool
    _proof: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise TypeError for an account whose password nobody has compared."""
        if self._proof is not _CHECKED:
            raise TypeError("a Checked comes only from identity.sign_in.check()")


@dataclass(frozen=True)
class Welcome:
    """Somebody is signed in, in this session."""

    person: Person
    session: Opened


def look_up(reading: Reading, email: str) -> Account:
    """Return the account of an address, whatever its state; of an unknown address, one that nothing opens."""
    address = email.strip().lower()
    row = reading.execute(select(person.c.id, person.c.password_hash).where(person.c.email == address)).first()
    return Account(address, None, None) if row is None else Account(address, row.id, row.password_hash)


def check(account: Account, password: str, hasher: Hasher) -> Checked:
    """Compare the password: slow on purpose, equally slow for an unknown account. Hold no transaction meanwhile."""
    return Checked(account, hasher.holds(account.password_hash, password), _CHECKED)


def settle(
    tx: Transaction,
    checked: Checked,
    code: str,
    *,
    factor_optional: bool,
    digest_key: bytes,
    replacing: str | None = None,
    now: datetime,
) -> Welcome | None:
    """Sign in and journal it, or count the failure, for account and log, and return None; commit either way.

    code:            the six digits of the second factor; empty when none was typed.
    factor_optional: whether an account without a second factor may sign in: in a demo only.
    digest_key:      32 bytes, with which a failed address is digested for the journal.
    replacing:       the name of the session that the browser brought, which ends.
    """
    row = tx.execute(select(person).where(person.c.id == (checked.account.person_id or "")).with_for_update()).first()
    locked = row is not None and row.locked_until is not None and now < row.locked_until
    factor, step = _second_factor(row, code, optional=factor_optional, now=now)
    if row is None or row.disabled_at is not None or locked or not checked.password_holds or factor is None:
        _count_failure(tx, row, locked=locked, now=now)
        turned_away.count(tx, turned_away.FAILED, _ACTION, _digest(checked.account.email, digest_key))
        return None
    if replacing is not None:
        sessions.close(tx, replacing, now)
    return _welcome(tx, row.id, factor, step, now)


def sign_out(tx: Transaction, name: str, by: Actor, now: datetime) -> None:
    """End a session at its person's wish, and journal it. name: the session's name, from the cookie."""
    sessions.close(tx, name, now)
    journal.append(tx, SignedOut(), by=by, at=now)


def _welcome(tx: Transaction, person_id: str, method: str, step: int | None, now: datetime) -> Welcome:
    restored = {"failures": 0, "locked_until": None, "totp_last_step": step}
    tx.execute(update(person).where(person.c.id == person_id).values(**restored))
    owner = people.require(people.find(tx, person_id), person_id)
    opened = sessions.open_session(tx, owner.id, now)
    journal.append(tx, SignedIn(method), by=owner.actor, at=now)
    return Welcome(owner, opened)


def _second_factor(
    row: Row[tuple[object, ...]] | None, code: str, *, optional: bool, now: datetime
) -> tuple[str | None, int | None]:
    """Return the method that holds (None when it does not), and the step to remember."""
    if row is None:
        return None, None
    if row.totp_secret is None:
        return ("password" if optional else None), row.totp_last_step
    step = second_factor.step_of(row.totp_secret, code, row.totp_last_step, now)
    return (None if step is None else "password+totp"), step


def _count_failure(tx: Transaction, row: Row[tuple[object, ...]] | None, *, locked: bool, now: datetime) -> None:
    failures = (0 if row is None else row.failures) + (0 if locked else 1)
    until = row.locked_until if row is not None and locked else _locked_until(failures, now)
    account = "" if row is None else row.id
    tx.execute(update(person).where(person.c.id == account).values(failures=failures, locked_until=until))


def _locked_until(failures: int, now: datetime) -> datetime | None:
    if failures < LOCK_AFTER:
        return None
    doublings = min(failures - LOCK_AFTER, 16)  # beyond it the longest lock is long reached
    lock: timedelta = min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)
    return now + lock


def _digest(email: str, key: bytes) -> str:
    return hmac.new(key, b"amana sign-in\x00" + email.encode(), hashlib.sha256).hexdigest()

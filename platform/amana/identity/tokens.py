"""Tokens: 256 random bits behind ``amana_``, told once; what is stored is their SHA-256."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import and_, insert, select, update

from amana import ids
from amana.audit.events.accounts import TokenMade, TokenRevoked
from amana.audit.events.event import Actor
from amana.audit.outbox import journal
from amana.db import Reading, Transaction
from amana.errors import AmanaError, NotFound
from amana.identity import people
from amana.identity.people import Person
from amana.identity.roles import AccountRefused
from amana.identity.sessions import digest
from amana.identity.tables import token

PREFIX: Final = "amana_"
LONGEST: Final = timedelta(days=366)
_FORM: Final = re.compile(r"amana_[A-Za-z0-9_-]{43}")
_LONGEST_LABEL: Final = 80  # characters, as in the table
_TOUCH: Final = timedelta(minutes=1)


class TokenInvalid(AmanaError):
    """The token is unknown, over, revoked, or its account closed; which of these is not told."""

    code: ClassVar[str] = "identity.token_invalid"
    status: ClassVar[int] = 401
    exit: ClassVar[int] = 77


@dataclass(frozen=True)
class Holder:
    """Whose token it is; ``used_at`` is when it was last seen."""

    token_id: str
    person: Person
    used_at: datetime | None

    def is_stale(self, now: datetime) -> bool:
        """Return whether it is time to write that the token was used."""
        return self.used_at is None or now - self.used_at >= _TOUCH


def make(tx: Transaction, owner: Person, label: str, lasting: timedelta, *, by: Actor, now: datetime) -> str:
    """Return a fresh token, which is stored nowhere, and journal it. Raises AccountRefused beyond 366 days."""
    if not timedelta(0) < lasting <= LONGEST:
        raise AccountRefused(field="days", reason=f"between 1 and {LONGEST.days}")
    if not label.strip() or len(label) > _LONGEST_LABEL:
        raise AccountRefused(field="label", reason=f"between 1 and {_LONGEST_LABEL} characters")
    told = PREFIX + secrets.token_urlsafe(32)
    name = ids.new("tok")
    row = {"id": name, "person_id": owner.id, "digest": digest(told), "label": label}
    tx.execute(insert(token).values(**row, made_at=now, expires_at=now + lasting))
    journal.append(tx, TokenMade(name, owner.id), by=by, at=now)
    return told


def holder(reading: Reading | Transaction, told: str, now: datetime) -> Holder:
    """Return whose token it is. Raises TokenInvalid."""
    valid = and_(token.c.digest == digest(told), token.c.expires_at > now, token.c.revoked_at.is_(None))
    row = reading.execute(select(token).where(valid)).first() if _FORM.fullmatch(told) else None
    owner = None if row is None else people.find(reading, row.person_id)
    if row is None or owner is None:
        raise TokenInvalid
    return Holder(row.id, owner, row.last_used_at)


def used(tx: Transaction, held: Holder, now: datetime) -> None:
    """Write that the token was used now."""
    tx.execute(update(token).where(token.c.id == held.token_id).values(last_used_at=now))


def open_ones(tx: Reading | Transaction, person_id: str, label: str) -> tuple[str, ...]:
    """Return the ids of a person's tokens of that label that could still be used."""
    mine = (token.c.person_id == person_id, token.c.label == label, token.c.revoked_at.is_(None))
    return tuple(tx.execute(select(token.c.id).where(*mine)).scalars())


def revoke(tx: Transaction, token_id: str, by: Actor, now: datetime) -> None:
    """End a token and journal it. Raises NotFound when there is none of that id that could still be used."""
    open_one = and_(token.c.id == token_id, token.c.revoked_at.is_(None))
    row = tx.execute(select(token.c.person_id).where(open_one)).first()
    if row is None:
        raise NotFound(kind="token", id=token_id)
    tx.execute(update(token).where(token.c.id == token_id).values(revoked_at=now))
    journal.append(tx, TokenRevoked(token_id, row.person_id), by=by, at=now)

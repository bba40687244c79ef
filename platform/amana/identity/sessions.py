"""Sessions: an opaque name in the reader's cookie, and everything else here, so that it can be ended here.

Only the digest of the name is stored. A session ends after 15 minutes without a request and after 8 hours in any
case. Source: OWASP ASVS 5.0, chapter 7.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, insert, select, update

from amana.db import Reading, Transaction
from amana.identity import people
from amana.identity.people import Person
from amana.identity.tables import session

IDLE: Final = timedelta(minutes=15)
ABSOLUTE: Final = timedelta(hours=8)
_TOUCH: Final = timedelta(minutes=1)  # a session seen less than this ago need not be written again


@dataclass(frozen=True)
class Opened:
    """A session just opened; ``name`` goes into the cookie and is told this once."""

    name: str = field(repr=False)
    form_key: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Session:
    """A session that holds. ``form_key`` is what each of its forms must carry."""

    digest: str
    person: Person
    form_key: str = field(repr=False)
    purpose: str | None
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime

    def is_stale(self, now: datetime) -> bool:
        """Return whether it is time to ``touch`` it."""
        return now - self.seen_at >= _TOUCH


def open_session(tx: Transaction, person_id: str, now: datetime) -> Opened:
    """Open a session under a fresh name; whatever name the browser brought along is worth nothing."""
    opened = Opened(secrets.token_urlsafe(32), secrets.token_hex(32), now + ABSOLUTE)
    row = {"digest": digest(opened.name), "person_id": person_id, "form_key": opened.form_key}
    tx.execute(insert(session).values(**row, opened_at=now, seen_at=now, expires_at=opened.expires_at))
    return opened


def find(reading: Reading | Transaction, name: str, now: datetime) -> Session | None:
    """Return the session of that name, or None when it is unknown, over, or its person's account closed."""
    row = reading.execute(select(session).where(session.c.digest == digest(name), _holds(now))).first()
    owner = None if row is None else people.find(reading, row.person_id)
    if row is None or owner is None:
        return None
    times = {"opened_at": row.opened_at, "seen_at": row.seen_at, "expires_at": row.expires_at}
    return Session(digest=row.digest, person=owner, form_key=row.form_key, purpose=row.purpose, **times)


def touch(tx: Transaction, found: Session, now: datetime) -> None:
    """Write that the session was used now."""
    tx.execute(update(session).where(session.c.digest == found.digest).values(seen_at=now))


def choose_purpose(tx: Transaction, found: Session, purpose: str | None) -> None:
    """Remember for which purpose its person reads statistics; whether they may is asked at each reading."""
    tx.execute(update(session).where(session.c.digest == found.digest).values(purpose=purpose))


def close(tx: Transaction, name: str, now: datetime) -> None:
    """End the session of that name; an unknown or ended one stays as it is."""
    ended = and_(session.c.digest == digest(name), session.c.closed_at.is_(None))
    tx.execute(update(session).where(ended).values(closed_at=now))


def opened_by(reading: Reading | Transaction, person_id: str, now: datetime) -> tuple[datetime, ...]:
    """Return when each session of a person that still holds was opened, oldest first."""
    holding = select(session.c.opened_at).where(session.c.person_id == person_id, _holds(now))
    return tuple(reading.execute(holding.order_by(session.c.opened_at)).scalars())


def digest(name: str) -> str:
    """Return what is stored of a secret name of 256 random bits: its SHA-256, 64 hex characters."""
    return hashlib.sha256(name.encode()).hexdigest()


def _holds(now: datetime) -> ColumnElement[bool]:
    fresh = and_(session.c.expires_at > now, session.c.seen_at > now - IDLE)
    return and_(session.c.closed_at.is_(None), fresh)

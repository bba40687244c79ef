"""People and their organisations: who somebody is, and which roles and purposes they were given.

What may be done with a role is not decided here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Row, Select, insert, select, update

from amana import canonical, ids
from amana.audit.events.accounts import OrganisationAdded, PersonAdded, PersonDisabled
from amana.audit.events.event import Actor
from amana.audit.outbox import journal
from amana.db import Reading, Transaction
from amana.errors import NotFound
from amana.identity.roles import AccountRefused, refuse_conflicts
from amana.identity.tables import organisation, person, person_role
from amana.policy.decide import Principal
from amana.policy.region import NEVER

CLASSES: Final = ("committee", "justice", "interior", "foreign_affairs", "un_au_eu", "other")
_LONGEST_ID: Final = 60  # characters, as in the table
_LONGEST_EMAIL: Final = 254  # characters, RFC 5321 §4.5.3.1
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_ORGANISATION: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COMMITTEE: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Organisation:
    """An organisation of the forum. ``committee`` (ISO 3166-1 alpha-3) stands for the class committee only."""

    id: str
    name: str
    organisation_class: str
    committee: str | None
    purposes: frozenset[str]

    def __post_init__(self) -> None:
        """Raise AccountRefused when the description contradicts itself or names a purpose that nobody can have."""
        if not _ORGANISATION.fullmatch(self.id) or len(self.id) > _LONGEST_ID:
            raise AccountRefused(field="organisation", reason="an id is lower-case words joined by hyphens")
        if self.organisation_class not in CLASSES:
            raise AccountRefused(field="class", reason=f"one of {', '.join(CLASSES)}")
        if (self.organisation_class == "committee") != (self.committee is not None):
            raise AccountRefused(field="committee", reason="named for a national committee, and for no other")
        if self.committee is not None and not _COMMITTEE.fullmatch(self.committee):
            raise AccountRefused(field="committee", reason="an ISO 3166-1 alpha-3 code")
        for purpose in sorted(self.purposes & NEVER):
            raise AccountRefused(field="purposes", reason=f"nobody can be given {purpose}")


@dataclass(frozen=True)
class Person:
    """Somebody with an account that is open."""

    id: str
    email: str
    organisation: str
    organisation_class: str
    committee: str | None
    roles: frozenset[str]
    purposes: frozenset[str]

    @property
    def principal(self) -> Principal:
        """The person as the policies see them."""
        return Principal(
            id=self.id,
            roles=self.roles,
            committee=self.committee,
            organisation=self.organisation,
            organisation_class=self.organisation_class,
            purposes=self.purposes,
        )

    @property
    def actor(self) -> Actor:
        """The person as the journal names them: several roles are joined by a plus sign."""
        return Actor(self.id, "+".join(sorted(self.roles)), self.organisation)


def add_organisation(tx: Transaction, added: Organisation, by: Actor, now: datetime) -> None:
    """Store an organisation and journal it. Raises AccountRefused when its id is taken."""
    if tx.execute(select(organisation.c.id).where(organisation.c.id == added.id)).first():
        raise AccountRefused(field="organisation", reason=f"{added.id} is taken")
    purposes = tuple(sorted(added.purposes))
    tx.execute(
        insert(organisation).values(
            {
                "id": added.id,
                "name": added.name,
                "class": added.organisation_class,
                "committee": added.committee,
                "purposes": canonical.encode(purposes).decode(),
            }
        )
    )
    journal.append(tx, OrganisationAdded(added.id, added.organisation_class, added.committee, purposes), by=by, at=now)


def add_person(
    tx: Transaction,
    email: str,
    organisation_id: str,
    roles: Iterable[str],
    *,
    password_hash: str,
    totp_secret: str | None,
    by: Actor,
    now: datetime,
) -> Person:
    """Store a person with their roles, journal it, and return them.

    Raises NotFound for an unknown organisation, RoleConflict or AccountRefused when the roles or the e-mail do not do.
    """
    address = plain_email(email)
    home = tx.execute(select(organisation).where(organisation.c.id == organisation_id)).first()
    if home is None:
        raise NotFound(kind="organisation", id=organisation_id)
    given = refuse_conflicts(roles, home.committee)
    if tx.execute(select(person.c.id).where(person.c.email == address)).first():
        raise AccountRefused(field="email", reason="taken")
    name = ids.new("per")
    account = {"id": name, "email": address, "organisation_id": home.id, "added_at": now}
    tx.execute(insert(person).values(**account, password_hash=password_hash, totp_secret=totp_secret))
    for role in sorted(given):
        tx.execute(insert(person_role).values(person_id=name, role=role, granted_at=now))
        journal.append(tx, PersonAdded(name, role, home.id), by=by, at=now)
    return require(find(tx, name), address)


def disable(tx: Transaction, email: str, by: Actor, now: datetime) -> None:
    """Close an account for good, and journal it; its sessions and tokens end with it. Raises NotFound when unknown."""
    closed = require(by_email(tx, email), email)
    tx.execute(update(person).where(person.c.id == closed.id).values(disabled_at=now))
    journal.append(tx, PersonDisabled(closed.id, closed.organisation), by=by, at=now)


def find(reading: Reading | Transaction, person_id: str) -> Person | None:
    """Return the person of that id, or None when there is none or the account is closed."""
    return _first(reading, _open_accounts().where(person.c.id == person_id))


def by_email(reading: Reading | Transaction, email: str) -> Person | None:
    """Return the person of that address, or None when there is none or the account is closed."""
    return _first(reading, _open_accounts().where(person.c.email == email.strip().lower()))


def address(reading: Reading | Transaction, person_id: str) -> str | None:
    """Return the address of a person's account, also of one that is closed; None when there is no such person."""
    found = reading.execute(select(person.c.email).where(person.c.id == person_id)).scalar_one_or_none()
    return None if found is None else str(found)


def everybody(reading: Reading | Transaction) -> tuple[Person, ...]:
    """Return the people with an open account, by address."""
    rows = reading.execute(_open_accounts().order_by(person.c.email)).all()
    return tuple(_person(reading, row) for row in rows)


def require(found: Person | None, asked: str) -> Person:
    """Return the person. Raises NotFound, naming the id or address that was asked for, when there is none."""
    if found is None:
        raise NotFound(kind="person", id=asked)
    return found


def plain_email(email: str) -> str:
    """Return the address in the one form in which it is stored. Raises AccountRefused when it is none."""
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address) or len(address) > _LONGEST_EMAIL:
        raise AccountRefused(field="email", reason="not an e-mail address")
    return address


def _open_accounts() -> Select[tuple[object, ...]]:
    columns = (person.c.id, person.c.email, organisation.c.id.label("home"), organisation.c["class"].label("kind"))
    joined = person.join(organisation, person.c.organisation_id == organisation.c.id)
    chosen: Select[tuple[object, ...]] = select(*columns, organisation.c.committee, organisation.c.purposes)
    return chosen.select_from(joined).where(person.c.disabled_at.is_(None))


def _first(reading: Reading | Transaction, query: Select[tuple[object, ...]]) -> Person | None:
    row = reading.execute(query).first()
    return None if row is None else _person(reading, row)


def _person(reading: Reading | Transaction, row: Row[tuple[object, ...]]) -> Person:
    held = select(person_role.c.role).where(person_role.c.person_id == row.id, person_role.c.revoked_at.is_(None))
    return Person(
        id=row.id,
        email=row.email,
        organisation=row.home,
        organisation_class=row.kind,
        committee=row.committee,
        roles=frozenset(reading.execute(held).scalars()),
        purposes=frozenset(json.loads(row.purposes)),
    )

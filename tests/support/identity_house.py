"""A hub with two organisations, opened as its owner and as the web process; hashing at the demo's cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from amana.audit.events.event import Actor
from amana.audit.outbox.tables import event_detail
from amana.db import Database
from amana.identity import people
from amana.identity.passwords import DEMO, Hasher
from amana.identity.people import Organisation, Person

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHELL = Actor("operator-shell", "operator", "hub")
PASSWORD = "correct horse battery"
HASHER = Hasher.at(DEMO)
COMMITTEE = Organisation("committee-mar", "Committee", "committee", "MAR", frozenset({"policy_planning"}))
AGENCY = Organisation("un-agency", "Agency", "un_au_eu", None, frozenset({"research", "regional_reporting"}))


@dataclass(frozen=True)
class House:
    owner: Database
    web: Database
    hash: str = HASHER.hash(PASSWORD)

    def add(
        self,
        email: str = "amal@mar.example",
        organisation: str = "committee-mar",
        roles: tuple[str, ...] = ("submitter",),
        secret: str | None = None,
    ) -> Person:
        with self.owner.write() as tx:
            return people.add_person(
                tx, email, organisation, roles, password_hash=self.hash, totp_secret=secret, by=SHELL, now=NOON
            )

    def kinds(self) -> list[str]:
        """The kinds of event in the journal, by time of writing and name."""
        with self.owner.read() as reading:
            return sorted(reading.execute(select(event_detail.c.kind)).scalars())


def found_house(owner: Database, web: Database) -> House:
    with owner.write() as tx:
        people.add_organisation(tx, COMMITTEE, SHELL, NOON)
        people.add_organisation(tx, AGENCY, SHELL, NOON)
    return House(owner, web)

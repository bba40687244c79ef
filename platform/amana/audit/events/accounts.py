"""Who signs in and out, and what operators do to organisations, accounts and tokens."""

from __future__ import annotations

from amana.audit.events.event import Event


class SignedIn(Event, kind="signed.in"):
    """Somebody signed in."""

    method: str


class SignedOut(Event, kind="signed.out"):
    """Somebody signed out."""


class OrganisationAdded(Event, kind="organisation.added", about="organisation"):
    """An organisation may send people from now on, for these purposes."""

    organisation: str
    class_: str
    committee: str | None
    purposes: tuple[str, ...]


class PersonAdded(Event, kind="person.added", about="person"):
    """An account was opened."""

    person: str
    role: str
    organisation: str


class PersonDisabled(Event, kind="person.disabled", about="person"):
    """An account was closed; its sessions and tokens ended with it."""

    person: str
    organisation: str


class TokenMade(Event, kind="token.made", about="person"):
    """A token was made for a person."""

    token: str
    person: str


class TokenRevoked(TokenMade, kind="token.revoked"):
    """A token opens nothing from now on."""

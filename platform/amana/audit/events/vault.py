"""What happens in the vault, to what it holds and to its keys."""

from __future__ import annotations

from amana.audit.events.event import INTENDED, Event


class RecordsStored(Event, kind="records.stored", about="holding"):
    """Records or raw tables rest in the vault, encrypted."""

    holding: str
    batch: str
    committee: str
    dataflow: str
    period: str
    kind_: str


class HoldingSuperseded(Event, kind="holding.superseded", about="holding"):
    """Another took the place of this one, or nothing did."""

    holding: str
    committee: str
    dataflow: str
    period: str


class KeyUsed(Event, kind="key.used", outcome=INTENDED, about="subject_"):
    """A process is about to use a key that opens something: on what, and what for."""

    key: str
    purpose_: str
    subject_: str


class _OfKey(Event, about="key"):
    key: str
    committee: str | None


class KeyMade(_OfKey, kind="key.made"):
    """A key of the vault was made."""


class KeyDestroyed(_OfKey, kind="key.destroyed"):
    """A key of the vault was destroyed, and with it what it encrypts."""


class CommitteeKeyAdded(_OfKey, kind="committee_key.added"):
    """A committee's signing key is known from now on."""

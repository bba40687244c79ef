"""What the processes of the hub say of themselves."""

from __future__ import annotations

from amana.audit.events.event import Event


class PolicyLoaded(Event, kind="policy.loaded", about="digest"):
    """A process decides by these policies from now on."""

    digest: str


class ProcessStarted(Event, kind="process.started", about="process"):
    """A process passed its own tests and serves."""

    process: str
    version: str

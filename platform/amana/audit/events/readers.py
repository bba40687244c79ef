"""What readers do to their own account, and what is told of readings."""

from __future__ import annotations

from amana.audit.events.event import Event


class AccountRead(Event, kind="account.read"):
    """Somebody looked at their own account, or at what waits for them."""


class PurposeChosen(Event, kind="purpose.chosen"):
    """Somebody said for which of their organisation's purposes they read from now on."""

    purpose: str


class ReadingsCounted(Event, kind="readings.counted"):
    """Readings of statistics up to an instant (RFC 3339) were added to the counts that committees see."""

    until: str


class ReadingsRead(Event, kind="readings.read"):
    """A committee looked at how often statistics that include its data were read."""

    committee: str
    format: str


class StatisticsRead(Event, kind="statistics.read", about="cube"):
    """Somebody read published statistics."""

    dataflow: str
    cube: str
    countries: tuple[str, ...]
    periods: tuple[str, ...]
    purpose: str | None
    format: str

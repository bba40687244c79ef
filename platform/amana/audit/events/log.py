"""What can happen to the log itself."""

from __future__ import annotations

from amana.audit.events.event import INTENDED, Event


class LogDelayed(Event, kind="log.delayed"):
    """An event waited longer for its checkpoint than the policy promises; seconds: how long the oldest had waited."""

    seconds: int


class ClockStepped(Event, kind="clock.stepped"):
    """The sequencer's clock jumped; seconds: how far, below zero for a clock that was set back."""

    seconds: int


class SigningResumed(Event, kind="log.resumed"):
    """The sequencer began again; seconds: since the last signature, by clocks that somebody may have set meanwhile."""

    seconds: int


class DetailsErasureOrdered(Event, kind="details.erasure_ordered", outcome=INTENDED):
    """The end of retention: what is told of events before ``until`` (microseconds since 1970) is to be erased.

    days: the term of the policy; whoever verifies the log takes the order for an excuse only when it was kept.
    """

    until: int
    days: int


class DetailsHeld(Event, kind="details.held"):
    """Of what was erased, this was held back: it is in cases that are still open.

    until: as the order has it. events: how many. cases: in which cases, the first fifty by id.
    """

    until: int
    events: int
    cases: tuple[str, ...]


class DetailsErased(DetailsErasureOrdered, kind="details.erased", outcome="done"):
    """What was told of events before ``until`` is erased; their entries and all proofs stay."""

"""What witnesses and their receipts bring about."""

from __future__ import annotations

from amana.audit.events.event import Event


class CheckpointCosigned(Event, kind="checkpoint.cosigned", about="witness"):
    """A committee's witness cosigned the log at this size; it says at what time (seconds since 1970)."""

    witness: str
    committee: str
    size: int
    time: int


class WitnessesRead(Event, kind="witnesses.read"):
    """Somebody looked at who witnesses the log, and how far they have come."""


class ProofTaken(Event, kind="proof.taken", about="of"):
    """Somebody took away the proof that an event of hers stands in the log.

    of: the batch, request or release it is about.
    """

    of: str
    event: str
    committee: str

"""A batch's life, as a table: received, then accepted or refused; an accepted one may be superseded by a later."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from amana.states import Steps


class BatchState(StrEnum):
    """Where a batch stands, as stored in ``batch.state``."""

    RECEIVED = "RECEIVED"  # acknowledged and sealed; nobody has looked inside
    ACCEPTED = "ACCEPTED"  # judged sound; its records or tables are in the vault
    REFUSED = "REFUSED"  # judged, with findings; nothing was stored
    SUPERSEDED = "SUPERSEDED"  # a later batch of the same committee, dataflow and period took its place


NEXT: Final[Steps[BatchState]] = {
    BatchState.RECEIVED: frozenset({BatchState.ACCEPTED, BatchState.REFUSED}),
    BatchState.ACCEPTED: frozenset({BatchState.SUPERSEDED}),
    BatchState.REFUSED: frozenset(),
    BatchState.SUPERSEDED: frozenset(),
}

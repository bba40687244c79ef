"""The life of a batch, and of its owner's request about what the hub holds, as tables: which state may follow which."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from amana.states import Steps


class BatchState(StrEnum):
    """Where a batch stands, as stored in ``batch.state``."""

    RECEIVED = "RECEIVED"  # acknowledged and sealed; nobody has looked inside
    ACCEPTED = "ACCEPTED"  # judged sound; its records or tables are in the vault
    REFUSED = "REFUSED"  # judged, with findings; nothing was stored
    MAPPING = "MAPPING"  # sealed as it came; its owner is to say what its own columns and words mean
    CHECKED = "CHECKED"  # a dry run: judged, its owner was told, and nothing was stored
    HELD = "HELD"  # judged sound and stored; its owner is to say whether it takes an earlier one's place
    SUPERSEDED = "SUPERSEDED"  # a later batch of the same committee, dataflow and period took its place
    DISCARDED = "DISCARDED"  # it was held; its owner did not want it, or did not say so in time; nothing is kept
    WITHDRAWN = "WITHDRAWN"  # its owner took it back, or everybody in it; nothing is kept


NEXT: Final[Steps[BatchState]] = {
    BatchState.RECEIVED: frozenset(
        {BatchState.ACCEPTED, BatchState.HELD, BatchState.REFUSED, BatchState.CHECKED, BatchState.MAPPING}
    ),
    BatchState.ACCEPTED: frozenset({BatchState.SUPERSEDED, BatchState.WITHDRAWN}),
    BatchState.HELD: frozenset({BatchState.ACCEPTED, BatchState.DISCARDED, BatchState.SUPERSEDED}),
    BatchState.REFUSED: frozenset(),
    BatchState.MAPPING: frozenset({BatchState.RECEIVED, BatchState.REFUSED}),
    BatchState.CHECKED: frozenset(),
    BatchState.SUPERSEDED: frozenset(),
    BatchState.DISCARDED: frozenset(),
    BatchState.WITHDRAWN: frozenset(),
}


SEALED: Final = frozenset({BatchState.RECEIVED, BatchState.MAPPING})  # its envelope is still needed


class RequestState(StrEnum):
    """Where an owner's request stands, as stored in ``owner_request.state``."""

    RECEIVED = "RECEIVED"  # acknowledged: an intent in the journal; nothing has been changed
    CHANGED = "CHANGED"  # the vault holds what it is to hold from now on; what it held before is being destroyed
    DONE = "DONE"  # nothing of what was asked away can be read any more; the receipt is signed
    REFUSED = "REFUSED"  # it could not be carried out; nothing was changed


REQUEST_NEXT: Final[Steps[RequestState]] = {
    RequestState.RECEIVED: frozenset({RequestState.CHANGED, RequestState.REFUSED}),
    RequestState.CHANGED: frozenset({RequestState.DONE}),
    RequestState.DONE: frozenset(),
    RequestState.REFUSED: frozenset(),
}

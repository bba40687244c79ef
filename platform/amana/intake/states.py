"""A batch's life, as a table: received, then accepted or refused; an accepted one may be superseded by a later."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from amana.errors import Conflict


class BatchState(StrEnum):
    """Where a batch stands, as stored in ``batch.state``."""

    RECEIVED = "RECEIVED"  # acknowledged and sealed; nobody has looked inside
    ACCEPTED = "ACCEPTED"  # judged sound; its records or tables are in the vault
    REFUSED = "REFUSED"  # judged, with findings; nothing was stored
    SUPERSEDED = "SUPERSEDED"  # a later batch of the same committee, dataflow and period took its place


NEXT: Final[Mapping[BatchState, frozenset[BatchState]]] = {
    BatchState.RECEIVED: frozenset({BatchState.ACCEPTED, BatchState.REFUSED}),
    BatchState.ACCEPTED: frozenset({BatchState.SUPERSEDED}),
    BatchState.REFUSED: frozenset(),
    BatchState.SUPERSEDED: frozenset(),
}


def move(state: BatchState, to: BatchState) -> BatchState:
    """Return ``to`` when the table lets a batch go there from ``state``. Raises Conflict when it does not."""
    if to not in NEXT[state]:
        raise Conflict(state=state.value, to=to.value)
    return to


def diagram(steps: Mapping[BatchState, frozenset[BatchState]] = NEXT) -> str:
    """Return ``docs/states/batch.md``: the table above as a drawing, so that page and code cannot disagree."""
    lines = [f"    {state} --> {to}" for state, after in steps.items() for to in sorted(after)]
    ends = [f"    {state} --> [*]" for state, after in steps.items() if not after]
    table = [f"| {state} | {', '.join(sorted(after)) or 'nothing'} |" for state, after in steps.items()]
    return "\n".join(
        [
            "# The states of a batch",
            "",
            "Generated from `amana/intake/states.py`; a test compares the two.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {BatchState.RECEIVED}",
            *lines,
            *ends,
            "```",
            "",
            "| from | may become |",
            "|---|---|",
            *table,
            "",
        ]
    )

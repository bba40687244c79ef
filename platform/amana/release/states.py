"""A release's life, as a table: planned, built, approved, published, perhaps withdrawn; refused at any point before."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from amana.errors import Conflict


class ReleaseState(StrEnum):
    """Where a release stands, as stored in ``release.state``."""

    PLANNED = "PLANNED"  # asked for, by digest; nothing has been opened
    BUILT = "BUILT"  # a cleared candidate waits, sealed, for the contributing committees
    APPROVED = "APPROVED"  # every contributing committee has approved this very candidate
    PUBLISHED = "PUBLISHED"  # members read it
    WITHDRAWN = "WITHDRAWN"  # a tombstone stands where it was
    REFUSED = "REFUSED"  # it will never be published; the reason is recorded


NEXT: Final[Mapping[ReleaseState, frozenset[ReleaseState]]] = {
    ReleaseState.PLANNED: frozenset({ReleaseState.BUILT, ReleaseState.REFUSED}),
    ReleaseState.BUILT: frozenset({ReleaseState.APPROVED, ReleaseState.REFUSED}),
    ReleaseState.APPROVED: frozenset({ReleaseState.PUBLISHED, ReleaseState.REFUSED}),
    ReleaseState.PUBLISHED: frozenset({ReleaseState.WITHDRAWN}),
    ReleaseState.WITHDRAWN: frozenset(),
    ReleaseState.REFUSED: frozenset(),
}


def move(state: ReleaseState, to: ReleaseState) -> ReleaseState:
    """Return ``to`` when the table lets a release go there from ``state``. Raises Conflict when it does not."""
    if to not in NEXT[state]:
        raise Conflict(state=state.value, to=to.value)
    return to


def diagram(steps: Mapping[ReleaseState, frozenset[ReleaseState]] = NEXT) -> str:
    """Return ``docs/states/release.md``: the table above as a drawing, so that page and code cannot disagree."""
    lines = [f"    {state} --> {to}" for state, after in steps.items() for to in sorted(after)]
    ends = [f"    {state} --> [*]" for state, after in steps.items() if not after]
    table = [f"| {state} | {', '.join(sorted(after)) or 'nothing'} |" for state, after in steps.items()]
    return "\n".join(
        [
            "# The states of a release",
            "",
            "Generated from `amana/release/states.py`; a test compares the two.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {ReleaseState.PLANNED}",
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

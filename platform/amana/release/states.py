"""A release's life, as a table: planned, built, approved, published; refused at any point before.

What was published may be superseded by a new vintage of the same plan and period, or withdrawn, or first one and then
the other.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from amana.states import Steps


class ReleaseState(StrEnum):
    """Where a release stands, as stored in column ``state`` of ``release``."""

    PLANNED = "PLANNED"  # asked for, by digest; nothing has been opened
    BUILT = "BUILT"  # a cleared candidate waits, sealed, for the contributing committees
    APPROVED = "APPROVED"  # every contributing committee has approved this very candidate
    PUBLISHED = "PUBLISHED"  # members read it
    SUPERSEDED = "SUPERSEDED"  # a later vintage stands in its place; whoever asks for it by its address still reads it
    WITHDRAWN = "WITHDRAWN"  # a tombstone stands where it was
    REFUSED = "REFUSED"  # it will never be published; the reason is recorded


NEXT: Final[Steps[ReleaseState]] = {
    ReleaseState.PLANNED: frozenset({ReleaseState.BUILT, ReleaseState.REFUSED}),
    ReleaseState.BUILT: frozenset({ReleaseState.APPROVED, ReleaseState.REFUSED}),
    ReleaseState.APPROVED: frozenset({ReleaseState.PUBLISHED, ReleaseState.REFUSED}),
    ReleaseState.PUBLISHED: frozenset({ReleaseState.SUPERSEDED, ReleaseState.WITHDRAWN}),
    ReleaseState.SUPERSEDED: frozenset({ReleaseState.WITHDRAWN}),
    ReleaseState.WITHDRAWN: frozenset(),
    ReleaseState.REFUSED: frozenset(),
}

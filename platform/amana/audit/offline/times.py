"""The times that entries bear, held against their order in the log, which nobody can choose afterwards.

An event is dated by whoever wrote it. One that is dated long before another that stands in front of it was held back
from the log, or its writer's clock ran behind; a clock that runs ahead is found by the reader's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """Entry ``index`` is dated ``by`` microseconds before some entry that stands in front of it."""

    index: int
    by: int


class Times:
    """What the times of entries that follow each other show, in microseconds since 1970.

    newest: the latest; None where there is no entry.   back: the longest step back, the first of several.
    """

    def __init__(self) -> None:
        """Begin before any entry."""
        self.newest: int | None = None
        self.back: Step | None = None
        self._oldest: tuple[int, int] | None = None  # time and index

    def add(self, index: int, at: int) -> None:
        """Take in the next entry."""
        if self.newest is None or self._oldest is None:
            self.newest, self._oldest = at, (at, index)
        elif at >= self.newest:
            self.newest = at
        else:
            self._step(index, self.newest - at)
            if at < self._oldest[0]:
                self._oldest = (at, index)

    def join(self, more: Times) -> None:
        """Take in entries that come next, as others have read them."""
        if more.newest is None or more._oldest is None:
            return
        at, index = more._oldest
        if self.newest is not None and at < self.newest:
            self._step(index, self.newest - at)
        if more.back is not None:
            self._step(more.back.index, more.back.by)
        self.newest = more.newest if self.newest is None else max(self.newest, more.newest)
        self._oldest = more._oldest if self._oldest is None else min(self._oldest, more._oldest)

    def _step(self, index: int, by: int) -> None:
        if self.back is None or (by, -index) > (self.back.by, -self.back.index):
            self.back = Step(index, by)

"""Pair: the judged publication and one of the past, side by side.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells; what the vault says of who revised.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from amana.disclosure.checker.page import Page
from amana.disclosure.checker.reading import UNKNOWN, Shown
from amana.disclosure.checker.vintages import came_or_went, having
from amana.disclosure.table import Flags, Publication


@dataclass(frozen=True)
class Pair:
    """The judged publication and one of the past, side by side. Cells of the judged come first on the page."""

    judged: Publication
    past: Publication

    @cached_property
    def page(self) -> Page:
        """Return both as one list of quantities."""
        return Page([self.judged, self.past])

    @cached_property
    def now(self) -> Shown:
        """Return what the judged shows."""
        return Shown(self.page, [self.judged])

    @cached_property
    def then(self) -> Shown:
        """Return what that of the past shows."""
        return Shown(self.page, [self.past])

    @property
    def own(self) -> int:
        """Return how many of the quantities are cells of the judged publication."""
        return 1 + max(int(grid.max()) for publication, _, grid in self.page.grids if publication is self.judged)

    @property
    def told(self) -> Flags:
        """Return (n,) the quantities that are shown both times."""
        both: Flags = (self.now.value != UNKNOWN) & (self.then.value != UNKNOWN)
        return both

    @property
    def moved(self) -> Flags:
        """Return (n,) the quantities that are shown both times, and not with the same figure."""
        differ: Flags = self.now.value != self.then.value
        return self.told & differ

    @cached_property
    def seen(self) -> frozenset[str]:
        """Return the areas of which anybody sees that they have revised, come or gone."""
        return having(self.page, self.moved) | came_or_went(self.judged, self.past)

    @property
    def said(self) -> frozenset[str]:
        """Return who has revised by what the vault says."""
        return self.past.revised or frozenset()

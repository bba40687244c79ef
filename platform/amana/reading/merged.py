"""Cells merged in the body of a table: merged downwards they mean one value for several rows; sideways nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from amana.findings import Severity, letter
from amana.reading.header import Merged
from amana.reading.tally import Tally


class Filled:
    """The merged cells below the header. header: 0-based last line of it."""

    def __init__(self, merged: Sequence[Merged], header: int) -> None:
        body = [one for one in merged if one.top > header]
        self._across = [one for one in body if one.right > one.left]
        self._begins: dict[int, list[Merged]] = defaultdict(list)
        for one in body:
            if one.right == one.left:
                self._begins[one.top].append(one)
        self._running: dict[int, tuple[int, str]] = {}

    def tell(self, tally: Tally, left: int) -> None:
        """Count, by column, the cells merged downwards (a warning) and sideways (a fault)."""
        down = [one for ones in self._begins.values() for one in ones]
        for rule, ones, severity in (
            ("structure.merged", down, Severity.WARNING),
            ("structure.merged_across", self._across, Severity.ERROR),
        ):
            places: dict[int, list[int]] = defaultdict(list)
            for one in ones:
                places[one.left].append(one.top + 1)
            for column, rows in sorted(places.items()):
                tally.add(rule, sorted(rows), letter=letter(left + column), severity=severity)

    def row(self, at: int, cells: list[str]) -> list[str]:
        """Return the cells of line ``at`` (0-based), each that hangs from a merged one with the text of it.

        Lines come in rising order; line 0 begins a new pass.
        """
        if at == 0:
            self._running.clear()
        for one in self._begins.get(at, ()):
            if one.left < len(cells):
                self._running[one.left] = (one.bottom, cells[one.left])
        for column, (bottom, text) in list(self._running.items()):
            cells[column] = text
            if at >= bottom:
                del self._running[column]
        return cells

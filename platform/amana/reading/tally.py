"""Faults of rows, counted while a file streams by: one finding for each rule and column, with every row it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amana.canonical import Json
from amana.findings import Finding, Severity, at_rows
from amana.rows import RowSet

_Place = tuple[str, str | None]


@dataclass
class Tally:
    """What one pass over a file has found so far. sheet: how findings name it."""

    sheet: str | None = None
    _notes: list[Finding] = field(default_factory=list)
    _facts: dict[_Place, tuple[Severity, Mapping[str, Json]]] = field(default_factory=dict)
    _rows: dict[_Place, list[RowSet]] = field(default_factory=dict)

    def note(self, finding: Finding) -> None:
        """Keep a finding about the file or the sheet as a whole."""
        self._notes.append(finding)

    def add(
        self,
        rule: str,
        rows: Sequence[int],
        *,
        letter: str | None = None,
        severity: Severity = Severity.ERROR,
        **facts: Json,
    ) -> None:
        """Count ``rows`` (1-based, rising, later than those counted before) under this rule and column."""
        if len(rows):
            place = (rule, letter)
            self._facts.setdefault(place, (severity, facts))
            self._rows.setdefault(place, []).append(RowSet.of(rows))

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found, each with its first rows named and all of them kept."""
        return (*self._notes, *(self._finding(place) for place in self._rows))

    def _finding(self, place: _Place) -> Finding:
        severity, facts = self._facts[place]
        rows = RowSet()
        for each in self._rows[place]:
            rows |= each
        rule, letter = place
        return at_rows(Finding(rule, severity, sheet=self.sheet, letter=letter, facts=facts), rows)

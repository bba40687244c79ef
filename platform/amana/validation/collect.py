"""Collect: the findings of many blocks become those of one file, none of them cut short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from amana import canonical
from amana.canonical import Json
from amana.findings import Finding, at_rows
from amana.rows import RowSet

_Key = tuple[str, str, str | None, str | None, str | None, tuple[tuple[str, str | int | bytes], ...]]


@dataclass
class _Gathered:
    """One finding as it was first made, and what the blocks after that add to it."""

    first: Finding
    count: int = 0
    rows: list[RowSet] = field(default_factory=list)

    def whole(self) -> Finding:
        rows = RowSet()
        for each in self.rows:
            rows |= each
        placed = at_rows(self.first, rows) if rows else self.first
        return replace(placed, count=self.count)


class Collected:
    """Findings in the order in which each was first made.

    Two are one when they say the same of the same column: counts add up, and so do the rows.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[_Key, _Gathered] = {}
        self.refuses = False  # whether any of them refuses the contribution

    def add(self, findings: Iterable[Finding | None]) -> None:
        """Take the findings of one block, or of the whole file."""
        for one in findings:
            if one is not None:
                gathered = self._found.setdefault(_key(one), _Gathered(one))
                gathered.count += one.count
                gathered.rows.append(_rows(one))
                self.refuses = self.refuses or one.refuses

    def findings(self) -> tuple[Finding, ...]:
        """Return each finding with the count and the rows of all its blocks."""
        return tuple(each.whole() for each in self._found.values())


def _rows(finding: Finding) -> RowSet:
    return finding.rows if isinstance(finding.rows, RowSet) else RowSet.of([*finding.rows])


def _key(finding: Finding) -> _Key:
    facts = ((name, _hashable(fact)) for name, fact in finding.facts.items() if name != "rows")
    return finding.rule, finding.severity.value, finding.sheet, finding.column, finding.letter, tuple(sorted(facts))


def _hashable(fact: Json) -> str | int | bytes:
    return fact if isinstance(fact, str | int) else canonical.encode(fact)

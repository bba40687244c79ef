"""What was found in a contribution: a rule, a place and a count; never a value.

A finding stands for all the rows in which one rule found one thing in one column: it names the first row, counts
them all and lists the first few, so that a file with a million faults is told in a page. Beside what is told it keeps
every row, for whoever marks the cells in the file itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from amana.canonical import Json
from amana.errors import Malformed

ROWS_NAMED: Final = 20  # rows listed per finding; the count is always complete


class Severity(StrEnum):
    """Whether a finding refuses the contribution or only asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One rule's answer about one place.

    rule:   id of the rule; ``rule.<id>`` has its sentence in each language.
    sheet:  the sheet, for workbooks; None for CSV.
    row:    1-based row of the file (the header is row 1) of the first case; None when the file as a whole is meant.
    column: name of a canonical column. A header that is not ours is never repeated: it may be a person's name.
    letter: the column as a spreadsheet names it.
    count:  cases in all.
    facts:  what the sentence needs: limits, code list ids, shapes such as ``AA######``; never a value.
    rows:   every row meant, in rising order, where the finding was just made; neither stored nor sent.
    """

    rule: str
    severity: Severity = Severity.ERROR
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    letter: str | None = None
    count: int = 1
    facts: Mapping[str, Json] = field(default_factory=dict)
    rows: Collection[int] = field(default=(), compare=False, repr=False)

    @property
    def refuses(self) -> bool:
        """Whether the contribution cannot be accepted with this finding in it."""
        return self.severity is Severity.ERROR

    @property
    def told(self) -> dict[str, object]:
        """Everything that the rule's sentence may name, places included."""
        places: dict[str, object] = {
            "row": self.row,
            "column": self.column or self.letter,
            "letter": self.letter,
            "count": self.count,
        }
        named = self.facts.get("rows")
        rows = {"rows": ", ".join(map(str, named))} if isinstance(named, Sequence) else {}
        return {**{name: fact for name, fact in places.items() if fact is not None}, **self.facts, **rows}


def letter(index: int) -> str:
    """Return the spreadsheet's letter of the 0-based column ``index``: A to Z, then AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def at_rows(finding: Finding, rows: Iterable[int]) -> Finding:
    """Return ``finding`` placed at these 1-based rows, of which there is at least one; a RowSet is kept as it is."""
    from amana.rows import RowSet  # noqa: PLC0415 - numpy, without which the commands that only send start quickly

    each = rows if isinstance(rows, RowSet) else RowSet.of(list(rows))
    named = each.first(ROWS_NAMED)
    facts: dict[str, Json] = {**finding.facts, "rows": [*named]}
    return replace(finding, row=named[0], count=len(each), facts=facts, rows=each)


def refuses(findings: Iterable[Finding]) -> bool:
    """Return whether any of the findings refuses the contribution."""
    return any(finding.refuses for finding in findings)


def render(finding: Finding) -> dict[str, Json]:
    """Return the finding as JSON; ``parse`` is its inverse."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "letter": finding.letter,
        "count": finding.count,
        "facts": dict(finding.facts),
    }


def parse(document: Mapping[str, Json]) -> Finding:
    """Return the finding that ``render`` wrote. Raises Malformed for anything else."""
    try:
        rule, count, facts = document["rule"], document["count"], document["facts"]
        severity = Severity(str(document["severity"]))
        row = document.get("row")
    except (KeyError, ValueError) as fault:
        raise Malformed(format="finding") from fault
    if not (isinstance(rule, str) and isinstance(count, int) and isinstance(facts, Mapping)):
        raise Malformed(format="finding")
    if not (row is None or isinstance(row, int)):
        raise Malformed(format="finding")
    sheet, column, place = (_text(document.get(name)) for name in ("sheet", "column", "letter"))
    return Finding(rule, severity, sheet, row, column, place, count, facts)


def _text(value: Json) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Malformed(format="finding")

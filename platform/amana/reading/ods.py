"""ODS: the survey of all its sheets, which share one part (OpenDocument 1.3, part 3: 9.1 tables, 19.385 formulas).

A row or a cell may say that it is repeated, a thousand million times if it likes. Repeats are multiplied here, before
any memory is given to them; those that repeat nothing, as every sheet has at its end, cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from amana.reading.archive import Archive
from amana.reading.header import Merged
from amana.reading.limits import Limits
from amana.reading.survey import Survey, parse, parser_of_part
from amana.reading.unreadable import unreadable

CONTENT: Final = "content.xml"
MIMETYPE: Final = "mimetype"
_MANIFEST: Final = "META-INF/manifest.xml"
_KEPT: Final = (MIMETYPE, _MANIFEST, CONTENT)
_LINKED: Final = frozenset({"table:table-source", "table:cell-range-source", "office:dde-source"})
_CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
_VALUES: Final = tuple(
    f"office:{name}" for name in ("value", "date-value", "time-value", "boolean-value", "string-value")
)
_LAST: Final = 1 << 31  # above any repeat that a program writes, below any that could overflow


@dataclass(frozen=True)
class Listed:
    """A sheet with its survey."""

    name: str
    visible: bool
    survey: Survey


def refuse_active(archive: Archive) -> None:
    """Raise FileUnreadable for passwords and macros."""
    if _MANIFEST in archive and b"encryption-data" in archive.part(_MANIFEST):
        raise unreadable("structure.encrypted")
    if any(name.startswith(("Basic/", "Scripts/")) for name in archive.names):
        raise unreadable("structure.macros")


def parts_for(archive: Archive) -> Sequence[str]:
    """Return the parts that are needed to read the values; nothing else is handed on."""
    return [name for name in _KEPT if name in archive]


@dataclass
class _Cell:
    """The cell that is being read. repeat: how many there are of it, side by side."""

    kind: str
    repeat: int
    formula: str | None
    valued: bool
    error: bool
    down: int
    across: int
    text: int = 0
    note: int = 0  # depth inside a comment, whose text is no value
    paragraph: int = 0


@dataclass
class _Tables:
    """The state of one pass over the content."""

    limits: Limits
    hidden: set[str] = field(default_factory=set)
    found: list[Listed] = field(default_factory=list)
    style: str = ""
    row: int = 0
    repeat: int = 1
    column: int = 0
    in_row: int = 0
    cell: _Cell | None = None

    @property
    def survey(self) -> Survey:
        if not self.found:
            raise unreadable("structure.damaged")
        return self.found[-1].survey

    def start(self, tag: str, facts: Mapping[str, str]) -> None:
        if tag in _LINKED:
            raise unreadable("structure.external_links")
        if tag in _CELLS:
            self._begin(facts)
        elif self.cell is not None:
            self.cell.note += tag == "office:annotation"
            self.cell.paragraph += tag == "text:p"
            self.cell.text += _times(facts, "text:c") if tag == "text:s" else 0  # spaces, as many as it says
        elif tag == "table:table-row":
            self.repeat, self.column, self.in_row = _times(facts, "table:number-rows-repeated"), 0, 0
        elif tag == "table:table":
            self._table(facts)
        else:
            self._styled(tag, facts)

    def end(self, tag: str) -> None:
        if tag in _CELLS and self.cell is not None:
            self._finish(self.cell)
            self.cell = None
        elif self.cell is not None:
            self.cell.note -= tag == "office:annotation"
        elif tag == "table:table-row":
            self._end_row()

    def characters(self, data: str) -> None:
        if self.cell is not None and not self.cell.note and self.cell.paragraph:
            self.cell.text += len(data)

    def _begin(self, facts: Mapping[str, str]) -> None:
        if self.cell is not None:  # a table in a cell of a table
            raise unreadable("structure.nested_file")
        self.cell = _cell(facts)

    def _styled(self, tag: str, facts: Mapping[str, str]) -> None:
        if tag == "style:style":
            self.style = facts.get("style:name", "")
        elif tag == "style:table-properties" and facts.get("table:display") == "false":
            self.hidden.add(self.style)

    def _table(self, facts: Mapping[str, str]) -> None:
        visible = facts.get("table:style-name", "") not in self.hidden
        self.found.append(Listed(facts.get("table:name", ""), visible, Survey()))
        self.row = 0

    def _finish(self, cell: _Cell) -> None:
        survey, row = self.survey, self.row + 1
        if cell.formula is not None:
            if cell.error:
                survey.errors[self.column].append(row)
            survey.formula(
                cell.formula, row, self.column, calculated=cell.valued or cell.text > 0 or cell.kind == "string"
            )
        if cell.down > 1 or cell.across > 1:
            bottom, right = self.row + cell.down - 1, self.column + cell.across - 1
            survey.merged.append(Merged(self.row, self.column, bottom, right))
        self.column += cell.repeat
        if cell.text or cell.valued or cell.formula is not None:
            self.in_row += cell.repeat
            survey.columns = max(survey.columns, self.column)
            survey.text += (cell.text + 1) * cell.repeat * self.repeat
            survey.within(self.limits)

    def _end_row(self) -> None:
        self.row += self.repeat
        if self.in_row:
            survey = self.survey
            survey.rows = self.row
            survey.filled += self.in_row * self.repeat
            survey.wide += self.repeat if self.in_row > 1 else 0
            survey.within(self.limits)


def _cell(facts: Mapping[str, str]) -> _Cell:
    kind = facts.get("office:value-type", "")
    return _Cell(
        kind=kind,
        repeat=_times(facts, "table:number-columns-repeated"),
        formula=facts.get("table:formula"),
        valued=any(name in facts for name in _VALUES),
        error=any(name.endswith(":value-type") and value == "error" for name, value in facts.items()),
        down=_times(facts, "table:number-rows-spanned"),
        across=_times(facts, "table:number-columns-spanned"),
    )


def _times(facts: Mapping[str, str], name: str) -> int:
    times = int(facts.get(name, "1"))
    if not 0 < times < _LAST:
        raise unreadable("structure.damaged")
    return times


def sheets(archive: Archive, limits: Limits) -> Sequence[Listed]:
    """Return every sheet with its survey. Raises FileUnreadable where all of them together are too large."""
    tables = _Tables(limits)
    parser = parser_of_part()
    parser.StartElementHandler, parser.EndElementHandler = tables.start, tables.end
    parser.CharacterDataHandler = tables.characters
    parse(archive.chunks(CONTENT), parser)
    area = sum(one.survey.rows * one.survey.columns for one in tables.found)
    if area > limits.workbook_cells:
        raise unreadable("structure.workbook_limit", limit=limits.workbook_cells)
    return tables.found

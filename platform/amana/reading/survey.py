"""What a sheet of a workbook is like, before its values are read: how far it reaches, and what in it is no plain value.

The survey is a single pass of expat over the sheet's XML. It keeps places, never texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from amana.findings import Severity, letter
from amana.reading.header import Merged
from amana.reading.limits import Limits
from amana.reading.tally import Tally
from amana.reading.unreadable import FileUnreadable, unreadable

_FUNCTIONS: Final = (
    "HYPERLINK|WEBSERVICE|FILTERXML|ENCODEURL|RTD|DDE|DDEINITIATE|CALL|REGISTER(?:[.]ID)?|EXEC|EXECUTE|SQL[.]REQUEST"
    "|IMPORT(?:DATA|XML|HTML|FEED|RANGE)|IMAGE|CUBE[A-Z]+|STOCKHISTORY"
)
# Whatever stands in a formula, no part of it is gone over twice: a file may hold one of a million characters.
_TRICK: Final = re.compile(
    rf"(?:^|[^A-Z0-9_])(?:{_FUNCTIONS})\s*\("  # a function that fetches or starts something
    r"|\[[^\[\]]+\](?:[^\[\]']*'|[^\[\]!(),;+*/&=<>' ]*)!"  # another workbook: [1]Sheet1!A1, '[figures.xlsx]Sheet 1'!A1
    r"|[A-Z]://|FILE:|'\\\\"  # another place, as ODS and share names write it
    r"|\|[^|]*!",  # dynamic data exchange: cmd|'/c calc'!A0
    re.IGNORECASE,
)
_TABLE_LINES: Final = 2  # lines that fill at least as many cells make a table
Places = dict[int, list[int]]


@dataclass
class Survey:
    """One sheet. rows, columns: how far filled cells reach, 1-based. Places are column (0-based) → rows (1-based).

    filled: cells that hold something. wide: rows that fill two cells or more. text: characters of all cells together.
    """

    rows: int = 0
    columns: int = 0
    filled: int = 0
    wide: int = 0
    text: int = 0
    formulas: Places = field(default_factory=lambda: defaultdict(list))
    uncalculated: Places = field(default_factory=lambda: defaultdict(list))
    errors: Places = field(default_factory=lambda: defaultdict(list))
    tricks: Places = field(default_factory=lambda: defaultdict(list))
    merged: list[Merged] = field(default_factory=list)

    @property
    def is_table(self) -> bool:
        """Whether the sheet holds more than a note."""
        return self.wide >= _TABLE_LINES

    def formula(self, text: str, row: int, column: int, *, calculated: bool) -> None:
        """Take a formula: a trick, one that was never calculated, or an ordinary one."""
        if _TRICK.search(text):
            self.tricks[column].append(row)
        elif calculated:
            self.formulas[column].append(row)
        else:
            self.uncalculated[column].append(row)

    def within(self, limits: Limits) -> None:
        """Raise FileUnreadable when the sheet is larger than what may be read into memory."""
        if self.rows > limits.workbook_rows or self.rows * self.columns > limits.workbook_cells:
            raise unreadable("structure.workbook_limit", limit=limits.workbook_cells)
        if self.columns > limits.columns:
            raise unreadable("structure.columns_limit", limit=limits.columns)
        if self.text > limits.inflated:
            raise unreadable("structure.inflated", limit=limits.inflated >> 20)

    def refuse_tricks(self, sheet: str | None) -> None:
        """Raise FileUnreadable with the place of each formula that fetches, links or starts something."""
        if self.tricks:
            tally = Tally(sheet)
            for column, rows in sorted(self.tricks.items()):
                tally.add("structure.formula_trick", rows, letter=letter(column))
            raise FileUnreadable(tally.findings())

    def tell(self, tally: Tally, below: int) -> None:
        """Count the formulas and the error cells of the rows below row ``below``."""
        for rule, places, severity in (
            ("structure.formula", self.formulas, Severity.WARNING),
            ("structure.formula_uncalculated", self.uncalculated, Severity.ERROR),
            ("structure.error_cell", self.errors, Severity.ERROR),
        ):
            for column, rows in sorted(places.items()):
                tally.add(rule, [row for row in rows if row > below], letter=letter(column), severity=severity)


def parser_of_part() -> expat.XMLParserType:
    """Return a parser of one part in UTF-8. Names come as they stand, prefix and all: calamine takes them so too."""
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.XmlDeclHandler = _only_utf8
    return parser


def parse(chunks: Iterable[bytes], parser: expat.XMLParserType) -> None:
    """Feed a part to a parser of ours. Raises FileUnreadable where it is no well-formed XML, or declares a type."""
    try:
        for chunk in chunks:
            parser.Parse(chunk)
        parser.Parse(b"", True)  # noqa: FBT003 - expat knows the argument by its place only
    except (expat.ExpatError, ValueError, OverflowError) as fault:
        raise unreadable("structure.damaged") from fault


def _no_document_type(*_: object) -> None:
    raise unreadable("structure.document_type")


def _only_utf8(_version: str, encoding: str | None, _standalone: int) -> None:
    """Refuse other encodings: what reads the part after us might take their bytes for other characters."""
    if encoding is not None and encoding.lower() not in {"utf-8", "us-ascii"}:
        raise unreadable("structure.damaged")

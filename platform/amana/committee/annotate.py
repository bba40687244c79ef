"""A copy of a file, as a workbook, with what was found marked in its cells: made at home, where the values may be seen.

Each cell stands where it stands in the file: same row, same letter. What is found wrong is coloured and says why in a
comment; behind the copy stand the same sheets of rules and places that the hub offers. Nothing is ever a formula.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from amana import durable
from amana.committee.refusals import AlreadyThere
from amana.findings import Finding
from amana.reading.open import FileUnreadable, open_file
from amana.reading.sheet import Block, Sheet
from amana.rows import RowSet
from amana.validation.told import by_rule, fix, message
from amana.validation.workbook import COLOURS, OPTIONS, add_sheets
from amana.wording.load import sentence

COMMENTS: Final = 20_000  # in all: Excel grows slow with more, and stops at 65,530 of a sheet's drawn objects
OF_ONE_RULE: Final = 1_000  # comments for one finding, so that a common one leaves room for the rare ones
SHEET_ROWS: Final = 1_048_576  # Excel's limit
_CELL: Final = 32_000  # characters of a cell (Excel's limit is 32,767)
_COMMENT: Final = {"author": "amana", "x_scale": 2.4, "y_scale": 1.6}

Marks = Mapping[tuple[int, str], list[Finding]]  # (1-based row, letter) → what was found in that cell


@dataclass
class _Comments:
    """How many comments may still be written, in all and of each finding. left_out: coloured cells without one."""

    left: int
    of_one: int
    written: dict[int, int] = field(default_factory=dict)  # by identity of the finding
    left_out: int = 0

    def allows(self, finding: Finding) -> bool:
        """Note one comment more, if there is room."""
        done = self.written.get(id(finding), 0)
        if self.left <= 0 or done >= self.of_one:
            return False
        self.written[id(finding)] = done + 1
        return True


class _Rows:
    """The rows of one finding, taken block by block in rising order."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self._each = iter(finding.rows if isinstance(finding.rows, RowSet) else ())
        self._next = next(self._each, None)

    def until(self, last: int) -> Iterator[int]:
        """Yield the rows up to ``last`` that were not yielded before."""
        while self._next is not None and self._next <= last:
            yield self._next
            self._next = next(self._each, None)


def annotate(
    path: Path, findings: Sequence[Finding], out: Path, language: str, *, sheet: str | None = None,
    comments: int = COMMENTS, of_one_rule: int = OF_ONE_RULE,
) -> int:  # fmt: skip
    """Write the copy to ``out``, readable by its owner alone; return how many cells were coloured without a comment.

    sheet: as the file was judged. comments, of_one_rule: how many comments are written, in all and for each finding.
    Raises AlreadyThere.
    """
    budget = _Comments(comments, of_one_rule)
    try:
        created = durable.create(out)
    except FileExistsError:
        raise AlreadyThere(place=out) from None
    with created as file, TemporaryDirectory(dir=out.parent, prefix=".amana-") as drafts:
        book = xlsxwriter.Workbook(file, {**OPTIONS, "tmpdir": drafts})
        try:
            copy = _Copy(book, findings, budget, language)
            copy.write(path, sheet)
            add_sheets(book, by_rule(findings), language, copy.notes(path))
        finally:
            book.close()
        file.flush()
        os.fsync(file.fileno())
    return budget.left_out


class _Copy:
    """The sheets that hold the file's own cells."""

    def __init__(self, book: Any, findings: Sequence[Finding], budget: _Comments, language: str) -> None:  # noqa: ANN401 - a Workbook, untyped
        self._book, self._budget, self._language = book, budget, language
        self._found = [_Rows(one) for one in findings]
        self._colours: dict[str, Format] = {
            name: book.add_format({"bg_color": colour, "border": 1, "border_color": "#C0C0C0"})
            for name, colour in COLOURS.items()
        }
        self._head: Format = book.add_format({"bold": True, "bottom": 2})
        self._sheets: list[Worksheet] = []
        self._places: dict[str, int] = {}
        self._shift = 0  # rows by which a file without a header is moved down
        self._unread = False

    def write(self, path: Path, sheet: str | None) -> None:
        """Write the header and every row that can be read."""
        try:
            with open_file(path, sheet=sheet) as opened:
                self._header(opened.sheet)
                for block in opened.blocks():
                    self._block(block)
        except FileUnreadable:
            self._unread = True
        self._marks_only(self._taken(SHEET_ROWS * 100))

    def notes(self, path: Path) -> list[str]:
        """Return what a reader must know of this copy, before the rules."""
        said = [path.name, sentence("annotated.values", self._language)]
        if self._budget.left_out:
            said.append(sentence("annotated.more", self._language, {"count": self._budget.left_out}))
        if self._shift:
            said.append(sentence("annotated.shifted", self._language, {"count": self._shift}))
        if len(self._sheets) > 1:
            said.append(sentence("annotated.sheets", self._language, {"count": SHEET_ROWS}))
        return [*said, sentence("annotated.unread", self._language)] if self._unread else said

    def _header(self, sheet: Sheet) -> None:
        self._places = {letter: _index(letter) for letter in sheet.letters}
        self._shift = 0 if sheet.header_row else 1
        row = sheet.header_row + self._shift
        marks: Marks = defaultdict(list)
        for one in self._found:
            about = one.finding
            if about.letter in self._places and (about.row is None or about.row == sheet.header_row) and not about.rows:
                marks[row, about.letter or ""].append(about)
        for letter, name in zip(sheet.letters, sheet.header, strict=True):
            self._cell(row, letter, name, marks.get((row, letter), []), self._head)

    def _block(self, block: Block) -> None:
        if not len(block):
            return
        marks = self._taken(int(block.rows[-1]))
        letters = block.frame.columns
        places = [self._places[letter] for letter in letters]
        rows, marked = block.rows.to_list(), {row for row, _ in marks}
        loose = sorted(marked - set(rows))
        for row, cells in zip(rows, block.frame.iter_rows(), strict=True):
            while loose and loose[0] < row:
                self._loose(loose.pop(0), marks)
            if row not in marked:
                self._row(row + self._shift, places, cells)
                continue
            for letter, cell in zip(letters, cells, strict=True):
                at = marks.get((row, letter), ())
                if cell or at:
                    self._cell(row + self._shift, letter, cell or "", at, None)

    def _taken(self, last: int) -> Marks:
        """Return the marks of the rows up to ``last``; what names no column of the file is marked at its first."""
        marks: Marks = defaultdict(list)
        first = next(iter(self._places), "A")
        for one in self._found:
            letter = one.finding.letter or ""
            for row in one.until(last):
                marks[row, letter if letter in self._places else first].append(one.finding)
        return marks

    def _loose(self, row: int, marks: Marks) -> None:
        """Mark a row that could not be read, where it would stand."""
        for (at, letter), found in marks.items():
            if at == row:
                self._cell(row + self._shift, letter, "", found, None)

    def _marks_only(self, marks: Marks) -> None:
        for row, letter in sorted(marks, key=lambda mark: mark[0]):
            self._cell(row + self._shift, letter, "", marks[row, letter], None)

    def _row(self, row: int, places: Sequence[int], cells: Sequence[str | None]) -> None:
        """Write a row in which nothing was found, as nearly all are."""
        number, line = divmod(row - 1, SHEET_ROWS)
        write = self._sheet(number).write_string
        for place, cell in zip(places, cells, strict=True):
            if cell:
                write(line, place, cell[:_CELL])

    def _cell(self, row: int, letter: str, text: str, found: Sequence[Finding], style: Format | None) -> None:
        number, line = divmod(row - 1, SHEET_ROWS)
        sheet, place = self._sheet(number), self._places.get(letter, 0)
        if not found:
            sheet.write_string(line, place, text[:_CELL], style)
            return
        worst = next((one for one in found if one.refuses), found[0])
        sheet.write_string(line, place, text[:_CELL], self._colours[worst.severity.value])
        said = [one for one in found if self._budget.allows(one)]
        if said:
            self._budget.left -= 1
            told = "\n\n".join(dict.fromkeys(self._said(one, row - self._shift) for one in said))
            sheet.write_comment(line, place, told[:_CELL], _COMMENT)
        else:
            self._budget.left_out += 1

    def _said(self, finding: Finding, row: int) -> str:
        """Return what was found, as of this one row, and what can be done."""
        here = replace(finding, row=row, count=1, facts={**finding.facts, "rows": [row]}) if finding.rows else finding
        return "\n".join(filter(None, (message(here, self._language), fix(here, self._language))))

    def _sheet(self, number: int) -> Worksheet:
        while len(self._sheets) <= number:
            name = sentence("annotated.file", self._language)
            made: Worksheet = self._book.add_worksheet(name if not self._sheets else f"{name} {len(self._sheets) + 1}")
            if self._language == "ar":
                made.right_to_left()
            self._sheets.append(made)
        return self._sheets[number]


def _index(letter: str) -> int:
    """Return the 0-based column of a spreadsheet's letter."""
    place = 0
    for sign in letter:
        place = place * 26 + ord(sign) - ord("A") + 1
    return place - 1

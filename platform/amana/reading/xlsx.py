"""XLSX: which sheets there are, and the survey of one of them (ECMA-376, part 1: 18.2 workbook, 18.3 worksheets)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from amana.reading.archive import Archive
from amana.reading.header import Merged
from amana.reading.limits import Limits
from amana.reading.survey import Survey, parse, parser_of_part
from amana.reading.unreadable import unreadable

WORKBOOK: Final = "xl/workbook.xml"
STRINGS: Final = "xl/sharedStrings.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_KEPT: Final = ("[Content_Types].xml", "_rels/.rels", WORKBOOK, _RELATIONS, STRINGS, "xl/styles.xml")
_LINKS: Final = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
_NESTED: Final = ("xl/embeddings/", "xl/activex/")
_CELL_TAGS: Final = frozenset({"c", "v", "f", "t", "is", "row"})
_TEXT_TAGS: Final = frozenset({"v", "f", "t"})
_LETTERS: Final = re.compile("[A-Z]{1,3}")
_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LONGEST: Final = 1 << 16  # characters of a cell or a formula; Excel's limits are 32,767 and 8,192
_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_SPARE: Final = 1_000_000  # strings that a table may announce beyond those it holds: room is made for them at once


@dataclass(frozen=True)
class Listed:
    """A sheet as its workbook lists it. part: the name of its XML in the archive."""

    name: str
    part: str
    visible: bool


def refuse_active(archive: Archive) -> None:
    """Raise FileUnreadable for macros, links to elsewhere and files inside the workbook."""
    names = [name.lower() for name in archive.names]
    if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in names):
        raise unreadable("structure.macros")
    types = archive.part("[Content_Types].xml").lower()
    if b"macroenabled" in types or b"vbaproject" in types:
        raise unreadable("structure.macros")
    if any(name.startswith(_LINKS) for name in names):
        raise unreadable("structure.external_links")
    if any(name.startswith(_NESTED) for name in names):
        raise unreadable("structure.nested_file")
    for name in archive.names:
        if name.lower().endswith(".rels"):
            _refuse_links(archive, name)


def _refuse_links(archive: Archive, name: str) -> None:
    """Refuse what is taken from elsewhere. A link that somebody may click is never followed: it passes."""

    def start(tag: str, facts: Mapping[str, str]) -> None:
        kind = facts.get("Type", "").rpartition("/")[2].lower()
        if _local(tag) == "Relationship" and facts.get("TargetMode", "").lower() == "external" and kind != "hyperlink":
            raise unreadable("structure.external_links")

    parser = parser_of_part()
    parser.StartElementHandler = start
    parse(archive.chunks(name), parser)


def sheets(archive: Archive) -> Sequence[Listed]:
    """Return the worksheets in the order of their tabs.

    Raises FileUnreadable where two share one part: no program writes it, and each would be gone over again.
    """
    targets: dict[str, str] = {}
    found: list[tuple[str, str, bool]] = []

    def relation(tag: str, facts: Mapping[str, str]) -> None:
        if _local(tag) == "Relationship" and facts.get("Type", "").endswith("/worksheet"):
            targets[facts.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", facts.get("Target", "")))[1:]

    def listed(tag: str, facts: Mapping[str, str]) -> None:
        if _local(tag) == "sheet":
            key = next((value for name, value in facts.items() if name.endswith(":id")), "")
            found.append((facts.get("name", ""), key, facts.get("state", "visible") == "visible"))

    for part, handler in ((_RELATIONS, relation), (WORKBOOK, listed)):
        parser = parser_of_part()
        parser.StartElementHandler = handler
        parse(archive.chunks(part), parser)
    there = [Listed(name, targets[key], seen) for name, key, seen in found if targets.get(key) in archive]
    if len({one.part for one in there}) < len(there):
        raise unreadable("structure.damaged")
    return there


def parts_for(archive: Archive, listed: Listed) -> Sequence[str]:
    """Return the parts that are needed to read one sheet's values; nothing else is handed on."""
    return [name for name in (*_KEPT, listed.part) if name in archive]


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


@dataclass
class _Strings:
    """The lengths of the shared strings. Readings for pronunciation count too; that only makes the bound safer."""

    lengths: list[int] = field(default_factory=list)
    announced: int = 0

    def start(self, tag: str, facts: Mapping[str, str]) -> None:
        tag = _local(tag)
        if tag == "si":
            self.lengths.append(0)
        elif tag == "sst":
            self.announced = int(facts.get("uniqueCount", "0"))

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


def string_lengths(archive: Archive) -> Sequence[int]:
    """Return how many characters each shared string has. Raises FileUnreadable where far more are announced."""
    if STRINGS not in archive:
        return ()
    strings = _Strings()
    parser = parser_of_part()
    parser.StartElementHandler, parser.CharacterDataHandler = strings.start, strings.text
    parse(archive.chunks(STRINGS), parser)
    if not 0 <= strings.announced <= len(strings.lengths) + _SPARE:
        raise unreadable("structure.damaged")
    return strings.lengths


@dataclass
class _Cells:
    """The state of one pass over a worksheet. Every cell comes through here: what is rare is left to methods."""

    strings: Sequence[int]
    limits: Limits
    survey: Survey = field(default_factory=Survey)
    row: int = 0
    row_text: str = ""
    column: int = -1
    in_row: int = 0
    kind: str = "n"
    inside: str = ""
    value: str = ""
    formula: str | None = None

    def start(self, tag: str, facts: Mapping[str, str]) -> None:
        if tag not in _CELL_TAGS:
            tag = _local(tag)
        if tag == "c":
            column = self._column(facts["r"]) if "r" in facts else self.column + 1
            if not self.column < column < _LAST_COLUMN:
                raise unreadable("structure.damaged")
            self.column, self.kind = column, facts.get("t", "n")
            self.value, self.formula, self.inside = "", None, ""
        elif tag in _TEXT_TAGS:
            self.inside = tag
            if tag == "f":
                self.formula = ""
        elif tag == "row":
            self._row(facts)
        elif tag == "mergeCell":
            self._merge(facts.get("ref", ""))

    def text(self, data: str) -> None:
        if self.inside == "f":
            self.formula = (self.formula or "") + data
        elif self.inside:
            self.value += data
        if len(self.value) > _LONGEST or len(self.formula or "") > _LONGEST:
            raise unreadable("structure.damaged", self.row)

    def end(self, tag: str) -> None:
        if tag not in _CELL_TAGS:
            tag = _local(tag)
        if tag == "c":
            if self.value or self.formula is not None:
                self._finish(self.value)
        elif tag in _TEXT_TAGS:
            self.inside = ""
        elif tag == "row":
            self.survey.wide += self.in_row > 1
            self.survey.within(self.limits)

    def _row(self, facts: Mapping[str, str]) -> None:
        row = int(facts.get("r", self.row + 1))
        if not self.row < row <= _LAST_ROW:
            raise unreadable("structure.damaged")
        self.row, self.row_text, self.column, self.in_row = row, str(row), -1, 0

    def _column(self, reference: str) -> int:
        if not reference.endswith(self.row_text):
            raise unreadable("structure.damaged")
        return column_of(reference[: -len(self.row_text)])

    def _finish(self, value: str) -> None:
        survey = self.survey
        if self.formula is not None:
            calculated = bool(value) or self.kind == "str"
            survey.formula(self.formula, self.row, self.column, calculated=calculated)
        if self.kind == "e":
            survey.errors[self.column].append(self.row)
        survey.text += self._length(value) if self.kind == "s" else len(value)
        survey.filled += 1
        self.in_row += 1
        survey.rows = self.row
        if self.column >= survey.columns:
            survey.columns = self.column + 1

    def _length(self, value: str) -> int:
        at = int(value)
        if not 0 <= at < len(self.strings):
            raise unreadable("structure.damaged", self.row)
        return self.strings[at]

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        (top, left), (bottom, right) = place(first), place(last or first)
        self.survey.merged.append(Merged(top - 1, left, bottom - 1, right))


def place(reference: str) -> tuple[int, int]:
    """Return the 1-based row and the 0-based column of ``AB12``. Raises FileUnreadable for anything else."""
    found = _PLACE.fullmatch(reference.replace("$", ""))
    if found is None:
        raise unreadable("structure.damaged")
    return int(found[2]), column_of(found[1])


@lru_cache(maxsize=_LAST_COLUMN)
def column_of(letters: str) -> int:
    """Return the 0-based column of ``A`` to ``XFD``. Raises FileUnreadable for anything else."""
    if not _LETTERS.fullmatch(letters):
        raise unreadable("structure.damaged")
    column = 0
    for sign in letters:
        column = column * 26 + ord(sign) - ord("A") + 1
    return column - 1


def survey(archive: Archive, listed: Listed, strings: Sequence[int], limits: Limits) -> Survey:
    """Return what one sheet is like. Raises FileUnreadable where it is damaged or too large."""
    cells = _Cells(strings, limits)
    parser = parser_of_part()
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.text
    parse(archive.chunks(listed.part), parser)
    return cells.survey

"""XLSX: which sheets there are, and the survey of one of them (ECMA-376, part 1: 18.2 workbook, 18.3 worksheets)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
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
    """Return the worksheets in the order of their tabs."""
    targets: dict[str, str] = {}
    found: list[tuple[str, str, bool]] = []

    def relation(tag: str, facts: Mapping[str, str]) -> None:
        if _local(tag) == "Relationship" and facts.get("Type", "").endswith("/worksheet"):
            targets[facts.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", facts.get("Target", "")))[1:]

    def listed(tag: str, facts: Mapping[str, str]) -> None:
        if _local(tag) == "sheet":
            key = next((value for name, value in facts.items() if name.endswith("relationships id")), "")
            found.append((facts.get("name", ""), key, facts.get("state", "visible") == "visible"))

    for part, handler in ((_RELATIONS, relation), (WORKBOOK, listed)):
        parser = parser_of_part()
        parser.StartElementHandler = handler
        parse(archive.chunks(part), parser)
    return [Listed(name, targets[key], seen) for name, key, seen in found if targets.get(key) in archive]


def parts_for(archive: Archive, listed: Listed) -> Sequence[str]:
    """Return the parts that are needed to read one sheet's values; nothing else is handed on."""
    return [name for name in (*_KEPT, listed.part) if name in archive]


def _local(tag: str) -> str:
    return tag.rpartition(" ")[2]


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
    """The state of one pass over a worksheet."""

    strings: Sequence[int]
    limits: Limits
    survey: Survey = field(default_factory=Survey)
    row: int = 0
    column: int = -1
    in_row: int = 0
    kind: str = "n"
    inside: str = ""
    value: list[str] = field(default_factory=list)
    formula: list[str] | None = None

    def start(self, tag: str, facts: Mapping[str, str]) -> None:
        tag = _local(tag)
        if tag == "c":
            self._begin(facts)
        elif tag in {"v", "f", "t"}:
            self.inside = tag
            if tag == "f":
                self.formula = []
        elif tag == "row":
            self._row(facts)
        elif tag == "mergeCell":
            self._merge(facts.get("ref", ""))

    def text(self, data: str) -> None:
        if self.inside == "f" and self.formula is not None:
            self.formula.append(data)
        elif self.inside:
            self.value.append(data)

    def end(self, tag: str) -> None:
        tag = _local(tag)
        if tag == "c":
            self._finish()
        elif tag in {"v", "f", "t"}:
            self.inside = ""
        elif tag == "row":
            self.survey.wide += self.in_row > 1
            self.survey.within(self.limits)

    def _row(self, facts: Mapping[str, str]) -> None:
        row = int(facts.get("r", self.row + 1))
        if not self.row < row <= _LAST_ROW:
            raise unreadable("structure.damaged")
        self.row, self.column, self.in_row = row, -1, 0

    def _begin(self, facts: Mapping[str, str]) -> None:
        row, column = self.row, self.column + 1
        if "r" in facts:
            row, column = place(facts["r"])
        if row != self.row or not self.column < column < _LAST_COLUMN:
            raise unreadable("structure.damaged")
        self.column, self.kind = column, facts.get("t", "n")
        self.value, self.formula, self.inside = [], None, ""

    def _finish(self) -> None:
        value, survey = "".join(self.value), self.survey
        if self.formula is not None:
            calculated = bool(value) or self.kind == "str"
            survey.formula("".join(self.formula), self.row, self.column, calculated=calculated)
        if not value and self.formula is None:
            return
        if self.kind == "e":
            survey.errors[self.column].append(self.row)
        survey.text += self._length(value)
        survey.filled += 1
        self.in_row += 1
        survey.rows, survey.columns = self.row, max(survey.columns, self.column + 1)

    def _length(self, value: str) -> int:
        if self.kind != "s":
            return len(value)
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
    column = 0
    for sign in found[1]:
        column = column * 26 + ord(sign) - ord("A") + 1
    return int(found[2]), column - 1


def survey(archive: Archive, listed: Listed, strings: Sequence[int], limits: Limits) -> Survey:
    """Return what one sheet is like. Raises FileUnreadable where it is damaged or too large."""
    cells = _Cells(strings, limits)
    parser = parser_of_part()
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.text
    parse(archive.chunks(listed.part), parser)
    return cells.survey

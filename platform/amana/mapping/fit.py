"""Set a mapping against a file's header: which entry reads which column, and what fits nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from amana.codebook.model import Codebook, Dataflow
from amana.codebook.model import Kind as Answer
from amana.findings import Finding
from amana.mapping.document import AS_ROW, ColumnMap, Kind, NationalMapping
from amana.mapping.words import normal
from amana.reading.sheet import Sheet

Mark = Callable[[str], str]  # normal form of a header → its keyed digest, where headers may not be read


@dataclass(frozen=True)
class Fit:
    """letters: per entry of the mapping, the letter that it reads; None for a constant or a column that is gone.

    parts:    header, as an entry's ``parts`` or ``at`` names it → letter.
    findings: columns that nothing is said of, ``mapping.column_new``, and entries without one, ``mapping.column_gone``.
    """

    letters: tuple[str | None, ...]
    parts: Mapping[str, str]
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether every column of the file is spoken of, and every entry finds its column."""
        return not self.findings


def names(sheet: Sheet) -> tuple[str, ...]:
    """Return each column's normal name, all different: a blank header is ``column`` and its letter, a second *2*."""
    found: list[str] = []
    for header, letter in zip(sheet.header, sheet.letters, strict=True):
        name = normal(header) or normal(f"column {letter}")
        times = sum(1 for earlier in sheet.header[: len(found)] if (normal(earlier) or "-") == name)
        found.append(f"{name} {times + 1}" if times else name)
    return tuple(found)


def fit(mapping: NationalMapping, sheet: Sheet, mark: Mark | None = None) -> Fit:
    """Return which entry reads which column. ``mark``: how the hub knows a header again that it may not keep."""
    by_name = dict(zip(names(sheet), sheet.letters, strict=True))
    by_mark = {mark(name): letter for name, letter in by_name.items()} if mark else {}
    letters = tuple(_letter(column, by_name, by_mark) for column in mapping.columns)
    asked = {header for column in mapping.columns for header in (*column.parts, column.at) if header}
    parts = {header: by_name[normal(header)] for header in asked if normal(header) in by_name}
    spoken = {*letters, *parts.values()}
    new = [
        Finding("mapping.column_new", sheet=sheet.place, row=sheet.header_row, letter=letter)
        for letter in sheet.letters
        if letter not in spoken
    ]
    return Fit(letters, parts, (*new, *_gone(mapping, sheet, letters, parts)))


def targets(mapping: NationalMapping, flow: Dataflow, book: Codebook) -> dict[str, list[int]]:
    """Return canonical column → the entries that tell it, in the order of the canonical file."""
    told: dict[str, list[int]] = {}
    for variable in flow.variables:
        entries = [
            i for i, one in enumerate(mapping.columns) if one.target == variable.id and one.kind is not Kind.CANONICAL
        ]
        names_of = book.list_of(variable).storable if variable.kind is Answer.MULTI else (variable.id,)
        if entries:
            told |= dict.fromkeys(names_of, entries)
    told |= {
        column.target: [i]
        for i, column in enumerate(mapping.columns)
        if column.kind is Kind.CANONICAL and column.target
    }
    order = {column.name: place for place, column in enumerate(flow.columns(book))}
    return dict(sorted(told.items(), key=lambda pair: order[pair[0]]))


def _letter(column: ColumnMap, by_name: Mapping[str, str], by_mark: Mapping[str, str]) -> str | None:
    if column.mark:
        return by_mark.get(column.mark)
    found = [by_name[normal(header)] for header in column.headers if normal(header) in by_name]
    return found[0] if len(found) == 1 else None


def _gone(
    mapping: NationalMapping, sheet: Sheet, letters: tuple[str | None, ...], parts: Mapping[str, str]
) -> list[Finding]:
    gone = []
    for column, letter in zip(mapping.columns, letters, strict=True):
        lacks = letter is None and bool(column.headers or column.mark)
        lacks = lacks or any(part not in parts and part != AS_ROW for part in (*column.parts, column.at) if part)
        if lacks and column.kind is not Kind.IGNORED:
            gone.append(Finding("mapping.column_gone", sheet=sheet.place, row=sheet.header_row, column=column.target))
    return gone

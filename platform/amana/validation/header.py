"""The header of a canonical file: which column is where, and which is missing, foreign, misspelt or there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from amana.codebook.model import Column
from amana.findings import Finding
from amana.reading.sheet import Sheet


def letters(sheet: Sheet, columns: Sequence[Column]) -> dict[str, str]:
    """Return canonical column → letter, for the canonical columns that the sheet has, in the sheet's order."""
    known = {column.name for column in columns}
    return {name: letter for name, letter in zip(sheet.header, sheet.letters, strict=True) if name in known}


def duplicates(sheet: Sheet, columns: Sequence[Column]) -> list[Finding]:
    """Return one finding per column whose name stands twice: which of them is meant, nobody can tell."""
    known = {column.name for column in columns}
    times = Counter(sheet.header)
    return [
        _on(sheet, Finding("header.duplicate", column=name if name in known else None, letter=letter))
        for name, letter in zip(sheet.header, sheet.letters, strict=True)
        if times[name] > 1
    ]


def faults(sheet: Sheet, columns: Sequence[Column]) -> Iterator[Finding]:
    """Yield what is wrong with the names of the columns; a name that is not ours is never repeated."""
    known = {column.name: column for column in columns}
    for name, letter in zip(sheet.header, sheet.letters, strict=True):
        if name not in known:
            yield _on(sheet, _foreign(name, letter, known))
    begun = {known[name].variable for name in sheet.header if name in known and known[name].code}
    for column in columns:
        if column.name in sheet.header:
            continue
        if column.required:
            yield _on(sheet, Finding("header.missing", column=column.name))
        elif column.code and column.variable in begun:
            facts = {"variable": column.variable}
            yield _on(sheet, Finding("header.incomplete", column=column.name, facts=facts))


def _foreign(name: str, letter: str, known: Mapping[str, Column]) -> Finding:
    meant = get_close_matches(name.strip().upper(), known, n=1, cutoff=0.85)
    if meant:
        return Finding("header.misspelt", letter=letter, facts={"meant": meant[0]})
    return Finding("header.unknown", letter=letter)


def _on(sheet: Sheet, finding: Finding) -> Finding:
    return replace(finding, sheet=sheet.place, row=sheet.header_row or None)

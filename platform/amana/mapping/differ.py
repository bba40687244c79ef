"""What is different about the next file: columns gone, new or renamed, and words that were not there before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amana.mapping.document import Kind, NationalMapping
from amana.mapping.fit import Mark, fit, names
from amana.mapping.proposal import Proposal, Value
from amana.mapping.words import likeness, normal
from amana.reading.sheet import Sheet


@dataclass(frozen=True)
class Difference:
    """gone: headers of the mapping that the file lacks. new: letters that it says nothing of. renamed: header → letter.

    values: letter → spellings that the mapping does not know.
    """

    gone: tuple[str, ...]
    new: tuple[str, ...]
    renamed: Mapping[str, str]
    values: Mapping[str, tuple[Value, ...]]

    def __bool__(self) -> bool:
        return bool(self.gone or self.new or self.renamed or self.values)


def differs(remembered: NationalMapping, sheet: Sheet, proposal: Proposal, mark: Mark | None = None) -> Difference:
    """Return what ``remembered`` does not cover of a file, or expects of it in vain.

    A gone column and a new one are one column renamed where the proposal gives the new one the same meaning, or where
    their headers are alike.
    """
    fitted = fit(remembered, sheet, mark)
    spoken = {*fitted.letters, *fitted.parts.values()}
    new = [letter for letter in sheet.letters if letter not in spoken]
    gone = [
        (entry.headers[0] if entry.headers else entry.target or "", entry.target)
        for entry, letter in zip(remembered.columns, fitted.letters, strict=True)
        if letter is None and (entry.headers or entry.mark) and entry.kind is not Kind.IGNORED
    ]
    named = dict(zip(sheet.letters, names(sheet), strict=True))
    meant = {one.letter: one.target for one in proposal.columns}
    renamed: dict[str, str] = {}
    for header, target in gone:
        alike = [
            letter
            for letter in new
            if likeness(normal(header), named[letter]) or (target and meant.get(letter) == target)
        ]
        if len(alike) == 1 and alike[0] not in renamed.values():
            renamed[header] = alike[0]
    return Difference(
        tuple(header for header, _ in gone if header not in renamed),
        tuple(letter for letter in new if letter not in renamed.values()),
        renamed,
        {one.letter: one.unknown or one.values for one in proposal.columns if one.kept and one.values},
    )

"""Look for direct identifiers in every header and in every cell that is not a known code, block by block.

A finding tells the place and the shape of what was found (letters as A, digits as #), never the value. Distinct
values only, and only those that could hold an identifier at all, reach presidio: that is what makes it fast. A column
that is full of identifiers is not read to its end: what could be more of them is counted unread, and refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from amana.findings import Finding
from amana.identifiers.column import Column
from amana.identifiers.columns import Known, known_columns
from amana.identifiers.reading import Reading, Under
from amana.identifiers.recognisers import Recognisers
from amana.reading.sheet import Block, Sheet

__all__ = ["Known", "Scan", "known_columns"]


class Scan:
    """The search through one sheet: ``see`` each of its blocks, as they stand in the file, then ask for ``findings``.

    It remembers the values that it read, at most a few thousand of each column, and never shows one.
    """

    def __init__(self, sheet: Sheet, known: Mapping[str, Known], recognisers: Recognisers, committee: str) -> None:
        """Begin with the header.

        known:     letter → what may stand in that column. A column that is not in it is foreign.
        committee: the uploading country, ISO alpha-3, in whose light numbers are read.
        """
        self._sheet = sheet
        self._reading = Reading(recognisers, committee)
        self._headers = [
            one for letter, text in self._foreign(known) for one in self._header(letter, text, recognisers)
        ]
        self._columns = {
            letter: Column(text, known.get(letter), self._reading)
            for letter, text in zip(sheet.letters, sheet.header, strict=True)
        }

    def see(self, block: Block) -> None:
        """Read the next block."""
        for letter, column in self._columns.items():
            column.see(block.frame[letter], block.rows)

    @property
    def refuses(self) -> bool:
        """Whether something was found that must not be kept: from here on, nothing of the file may be stored."""
        return any(one.refuses for one in self._headers) or any(one.refuses for one in self._columns.values())

    def findings(self) -> tuple[Finding, ...]:
        """Return what looks like a direct identifier, in the light of the uploading country.

        An ERROR means that the batch must not be kept; a WARNING is a form too common to be sure of.
        """
        below = [one for letter, column in self._columns.items() for one in column.findings(self._sheet.place, letter)]
        return (*self._headers, *below)

    def _foreign(self, known: Mapping[str, Known]) -> Iterator[tuple[str, str]]:
        for letter, text in zip(self._sheet.letters, self._sheet.header, strict=True):
            if letter not in known:
                yield letter, text

    def _header(self, letter: str, text: str, recognisers: Recognisers) -> Iterator[Finding]:
        """Yield what a foreign heading announces, and what it holds: a file without its header begins with a person."""
        place = Finding("identifier.header", sheet=self._sheet.place, row=self._sheet.header_row or None, letter=letter)
        if recognisers.headings.announces(text):
            yield place
        for cell, form in self._reading.candidates(pl.Series([text], dtype=pl.String), Under()).iter_rows():
            hit = self._reading.hit(cell, Under(), form=form)
            if hit and (hit.blocks or hit.form.rule != "identifier.name"):
                yield hit.at(place)

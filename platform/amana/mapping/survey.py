"""What stands in a sheet's columns: the different texts and how often each, up to a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from amana.codebook.cells import BASE64URL
from amana.mapping.fit import names
from amana.reading.sheet import Block, Sheet

MOST: Final = 400  # different texts that are kept of one column: more is no list of words


@dataclass(frozen=True)
class Surveyed:
    """One column. texts: different cells → rows that hold them, the first ``MOST``; full: there were more.

    keyed: rows whose cell has the form of a keyed pseudonym.
    """

    letter: str
    name: str
    header: str = field(repr=False)
    filled: int
    blank: int
    keyed: int
    full: bool
    texts: Mapping[str, int] = field(repr=False)


class Survey:
    """A sheet being looked through: ``see`` its blocks, then ask for ``columns``."""

    def __init__(self, sheet: Sheet) -> None:
        """Begin with the header."""
        self.sheet = sheet
        self._texts: dict[str, dict[str, int]] = {letter: {} for letter in sheet.letters}
        self._sums: dict[str, list[int]] = {letter: [0, 0, 0] for letter in sheet.letters}
        self._full: set[str] = set()

    def see(self, block: Block) -> None:
        """Take the next rows into account."""
        for letter in self.sheet.letters:
            cells = block.frame[letter]
            filled = cells.str.strip_chars() != ""
            sums = self._sums[letter]
            sums[0] += int(filled.sum())
            sums[1] += len(cells) - int(filled.sum())
            sums[2] += int(cells.str.contains(BASE64URL).sum())  # whose signs include those of hexadecimal
            self._count(letter, cells.filter(filled))

    @property
    def columns(self) -> tuple[Surveyed, ...]:
        """What was seen of each column, in the order of the sheet."""
        named = zip(self.sheet.letters, names(self.sheet), self.sheet.header, strict=True)
        return tuple(self._surveyed(letter, name, header) for letter, name, header in named)

    def _surveyed(self, letter: str, name: str, header: str) -> Surveyed:
        filled, blank, keyed = self._sums[letter]
        return Surveyed(letter, name, header, filled, blank, keyed, letter in self._full, self._texts[letter])

    def _count(self, letter: str, cells: pl.Series) -> None:
        texts = self._texts[letter]
        for text, rows in cells.value_counts(sort=True).iter_rows():
            if text in texts or len(texts) < MOST:
                texts[text] = texts.get(text, 0) + rows
            else:
                self._full.add(letter)
                return


def surveyed(sheet: Sheet, block: Block) -> Survey:
    """Return the survey of one block."""
    survey = Survey(sheet)
    survey.see(block)
    return survey

"""What a scan may expect in a column: the codes of a canonical column, pseudonyms, counts; nothing in a foreign one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import polars as pl

from amana.codebook.cells import BASE64URL, HEXADECIMAL
from amana.codebook.model import OBS_VALUE, UNKNOWN, Codebook, Kind

# A sound pseudonym, a small number, a year or two: the scan need not read these, whatever column they stand in.
_HARMLESS: Final = r"-?[0-9]{1,3}|(?:19|20)[0-9]{2}(?: ?[-/–] ?(?:19|20)[0-9]{2})?|_[A-Z]"

_DIGITS: Final = 3  # of 32 random characters, 25 in 26 show so many; of words, next to none


class Expected(Enum):
    """What the cells of a column are that are no codes; the value is the pattern of those that need no reading."""

    OTHER = rf"^(?:{_HARMLESS})$"
    PSEUDONYM = rf"{HEXADECIMAL}|^(?:{_HARMLESS})$"
    COUNT = rf"^(?:[0-9]{{1,9}}|{_HARMLESS})$"

    def harmless(self, cells: pl.Series) -> pl.Series:
        """Return (n,) whether each cell needs no reading here."""
        harmless = cells.str.contains(self.value)
        if self is not Expected.PSEUDONYM or harmless.all():
            return harmless
        return harmless | _is_base64url(cells)


def _is_base64url(cells: pl.Series) -> pl.Series:
    """Return (n,) whether each cell looks like random bits in base64url, and not like words with hyphens."""
    mixed = cells.str.contains("[a-z]") & cells.str.contains("[A-Z]")
    return mixed & cells.str.contains(BASE64URL) & (cells.str.count_matches("[0-9]") >= _DIGITS)


@dataclass(frozen=True)
class Known:
    """A column whose meaning is known.

    column: its canonical name, which findings may print; None where one national column answers several.
    cells:  the texts that are codes there, national ones where a mapping says so.
    """

    column: str | None
    cells: frozenset[str] = field(default=frozenset(), repr=False)
    expected: Expected = Expected.OTHER


def known_columns(letters: Mapping[str, str], dataflow: str, book: Codebook) -> dict[str, Known]:
    """Return what may stand in each column of a canonical file.

    letters: canonical column → letter. Returns letter → what is known; a letter that is not in it is foreign.
    """
    known: dict[str, Known] = {}
    flow = book.dataflow(dataflow)
    for column in flow.columns(book):
        if column.name not in letters:
            continue
        if column.name == OBS_VALUE:
            known[letters[column.name]] = Known(column.name, expected=Expected.COUNT)
            continue
        variable = flow.variable(column.variable)
        if variable.kind in {Kind.PSEUDONYM, Kind.LINK}:
            known[letters[column.name]] = Known(column.name, frozenset({UNKNOWN}), Expected.PSEUDONYM)
        else:
            codes = frozenset(code.id for code in book.list_of(variable).codes)
            known[letters[column.name]] = Known(column.name, codes)
    return known

"""Look for direct identifiers in every header and in every cell that is not a known code.

A finding tells the place and the shape of what was found (letters as A, digits as #), never the value. Distinct
values only, and only those that could hold an identifier at all, reach presidio: that is what makes it fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

from amana.codebook.model import OBS_VALUE, Codebook, Kind
from amana.findings import Finding, Severity, at_rows, refuses
from amana.identifiers.recognisers import Form, Recognisers, plain
from amana.reading.sheet import Block, Sheet

CANDIDATES: Final = 2_000  # distinct values of one column that presidio reads; what is left is refused by the rules
_SHAPE: Final = 40  # characters of a shape that are shown

# A cell without any of these holds nothing that a pattern of identifiers.toml, or of presidio, could match.
COULD: Final = r"[@<:]|\p{Nd}(?:[^\p{L}\p{Nd}]{0,3}\p{Nd}){3,}|[\p{L}\p{Nd}-]\.\p{L}{2,}"
# Well-formed pseudonyms and small numbers hold none either.
SAFE: Final = r"^(?:[0-9a-f]{32,128}|[0-9A-F]{32,128}|-?[0-9]{1,3})$"
COUNT: Final = r"^[0-9]{1,9}$"  # what OBS_VALUE may hold


@dataclass(frozen=True)
class Known:
    """What a column of the file is in the codebook. cells: the codes it may hold; counts: whether it holds numbers."""

    column: str
    cells: frozenset[str] = frozenset()
    counts: bool = False


class Scan:
    """The search of one file: ``see`` its blocks as they stand, in order; ``findings`` tell what was there.

    An ERROR means that the file must not be kept; a WARNING is a form too common to be sure of.
    """

    def __init__(self, sheet: Sheet, known: Mapping[str, Known], recognisers: Recognisers, committee: str) -> None:
        """Search the header, in the light of the uploading committee's country (ISO alpha-3).

        known: letter → what the column is; columns that are not in it are foreign.
        """
        self._sheet = sheet
        self._known = known
        self._reader = _Lazy(recognisers, committee)
        self._found = list(self._headers(recognisers))

    @property
    def refuses(self) -> bool:
        """Whether something was found that refuses the file."""
        return refuses(self._found)

    def see(self, block: Block) -> None:
        """Search the next rows, every column of them."""
        for place in block.frame.columns:
            self._found += self._column(block, place)

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found so far, one finding per block, column and shape."""
        return tuple(self._found)

    def _headers(self, recognisers: Recognisers) -> Iterator[Finding]:
        for place, name in zip(self._sheet.letters, self._sheet.header, strict=True):
            if place in self._known:
                continue
            if names_a_person(name, recognisers):
                yield Finding("identifier.header", sheet=self._sheet.place, row=self._sheet.header_row, letter=place)
            if hit := self._reader.first(name):
                yield self._finding(hit, name, place, [self._sheet.header_row])

    def _column(self, block: Block, place: str) -> Iterator[Finding]:
        cells, known = block.frame[place], self._known.get(place, Known(""))
        candidates = _candidates(cells, COUNT if known.counts else SAFE, known.cells)
        hits = {value: hit for value in candidates if (hit := self._reader.first(value))}
        grouped: dict[tuple[str, Severity, str], list[str]] = {}
        for value, (form, severity) in hits.items():
            grouped.setdefault((form.rule, severity, shape(value)), []).append(value)
        for values in grouped.values():
            rows = block.rows.filter(cells.is_in(values)).to_list()
            yield self._finding(hits[values[0]], values[0], place, rows)

    def _finding(self, hit: tuple[Form, Severity], value: str, place: str, rows: list[int]) -> Finding:
        form, severity = hit
        facts = {"shape": shape(value), "kind": form.id, "country": form.country or ""}
        column = self._known[place].column if place in self._known else None
        return at_rows(Finding(form.rule, severity, self._sheet.place, None, column, place, facts=facts), rows)


class _Lazy:
    """The reader, made when the first text asks for it: a sound file has none, and is judged at once."""

    def __init__(self, recognisers: Recognisers, committee: str) -> None:
        self._made_with = (recognisers, committee)

    @cached_property
    def _reader(self) -> Any:  # noqa: ANN401 - the type comes with the import
        from amana.identifiers.engine import Reader  # noqa: PLC0415 - presidio takes seconds to import

        return Reader(*self._made_with)

    def first(self, text: str) -> tuple[Form, Severity] | None:
        """Return the weightiest identifier in the text, if there is one."""
        hits = self._reader.hits(text)
        return (hits[0].form, hits[0].severity) if hits else None


def shape(text: str) -> str:
    """Return the text with every letter as A and every digit as #, cut to 40 characters; the rest stays."""
    signs = ("#" if sign.isdecimal() else "A" if sign.isalpha() else sign if sign.isascii() else "?" for sign in text)
    drawn = "".join(sign if sign.isprintable() else "?" for sign in signs)
    return drawn if len(drawn) <= _SHAPE else drawn[: _SHAPE - 1] + "…"


def names_a_person(header: str, recognisers: Recognisers) -> bool:
    """Return whether a column's name announces a direct identifier, in one of the three languages."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[^\w]+|_+", " ", header)
    words = plain(spaced).split()
    said = " ".join(words)
    return not recognisers.header_words.isdisjoint(words) or any(one in said for one in recognisers.header_phrases)


def _candidates(cells: pl.Series, safe: str, known: frozenset[str]) -> list[str]:
    distinct = cells.unique(maintain_order=True)
    could = distinct.str.contains(COULD) & ~distinct.str.contains(safe)
    return [value for value in distinct.filter(could).to_list() if value not in known][:CANDIDATES]


def known_columns(letters: Mapping[str, str], dataflow: str, book: Codebook) -> dict[str, Known]:
    """Return letter → what the column is, of canonical columns (name → letter)."""
    return {
        place: Known(name, known_cells(dataflow, name, book), counts=name == OBS_VALUE)
        for name, place in letters.items()
    }


def known_cells(dataflow: str, column: str | None, book: Codebook) -> frozenset[str]:
    """Return the codes that a canonical column may hold; nothing for a foreign or a pseudonymous column."""
    flow = book.dataflow(dataflow)
    variable = next((one for one in flow.columns(book) if one.name == column), None)
    if variable is None or variable.name == OBS_VALUE:
        return frozenset()
    asked = flow.variable(variable.variable)
    if asked.kind in {Kind.PSEUDONYM, Kind.LINK}:
        return frozenset()
    return frozenset(code.id for code in book.list_of(asked).codes)

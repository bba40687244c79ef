"""The cells of one column and what they mean: each distinct text is asked about once, what has no meaning is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from amana.findings import Finding, at_rows
from amana.mapping.dates import age
from amana.mapping.document import AS_ROW
from amana.mapping.keying import Home, pseudonym
from amana.mapping.words import normal
from amana.reading.sheet import Block
from amana.rows import RowSet

Meaning = Callable[[str], str | None]
UNKNOWN_VALUE: Final = "mapping.value_unknown"
BLANK: Final = "mapping.blank"
_BETWEEN: Final = "\x1f"  # ASCII unit separator; reading refuses it in a cell


@dataclass
class Cells:
    """One block being read; ``findings`` gathers what has no meaning, at its own rows and letter."""

    block: Block
    sheet: str | None
    findings: list[Finding] = field(default_factory=list)

    def every(self, cell: str | None) -> pl.Series:
        """Return (n,) the same cell in every row."""
        return pl.repeat(cell, len(self.block), dtype=pl.String, eager=True)

    def meant(
        self, letter: str, target: str | None, blank: str | None, meaning: Meaning, unknown: str = UNKNOWN_VALUE
    ) -> pl.Series:
        """Return (n,) what each cell means; null, and a finding, where nothing is known of it.

        blank: what a cell without a visible sign means; None finds it. unknown: the rule that a strange value breaks.
        """
        return self._meant(self.block.frame[letter], letter, target, blank, meaning, unknown=unknown)

    def keyed(self, parts: Sequence[str], letters: Sequence[str], target: str, home: Home) -> pl.Series:
        """Return (n,) pseudonyms of what the ``parts`` of each row say; ``#row`` is the row's own number."""
        if AS_ROW in parts:
            named = [pseudonym(home, ("row", home.period, str(row))) for row in self.block.rows]
            return pl.Series(named, dtype=pl.String)
        said = self._together(letters)

        def meaning(cell: str) -> str | None:
            told = [normal(part) for part in cell.split(_BETWEEN)]
            return pseudonym(home, told) if all(told) else None

        return self._meant(said, letters[0], target, None, meaning, unknown="mapping.key_blank")

    def born(self, letter: str, at: str, target: str, blank: str | None) -> pl.Series:
        """Return (n,) the age, on the date in the column ``at``, of who was born on the date in ``letter``."""

        def meaning(cell: str) -> str | None:
            birth, _, then = cell.partition(_BETWEEN)
            return blank if not birth.strip() else age(birth, then)

        return self._meant(self._together([letter, at]), letter, target, None, meaning, unknown=UNKNOWN_VALUE)

    def _together(self, letters: Sequence[str]) -> pl.Series:
        return self.block.frame.select(pl.concat_str(list(letters), separator=_BETWEEN)).to_series()

    def _meant(
        self, cells: pl.Series, letter: str, target: str | None, blank: str | None, meaning: Meaning, *, unknown: str
    ) -> pl.Series:
        texts = cells.unique().to_list()
        empty = [text for text in texts if not normal(text)]
        told = [blank if text in set(empty) else meaning(text) for text in texts]
        strange = [text for text, code in zip(texts, told, strict=True) if code is None and normal(text)]
        if blank is None:
            self._find(BLANK, target, letter, cells, empty)
        self._find(unknown, target, letter, cells, strange)
        return cells.replace_strict(texts, told, return_dtype=pl.String) if texts else cells

    def _find(self, rule: str, target: str | None, letter: str, cells: pl.Series, texts: Sequence[str]) -> None:
        rows = self.block.rows.filter(cells.is_in(list(texts))) if texts else None
        if rows is not None and len(rows):
            finding = Finding(rule, sheet=self.sheet, column=target, letter=letter)
            self.findings.append(at_rows(finding, RowSet.of(rows.to_numpy())))

"""Free text: a column of sentences holds what no pattern can find, so it is refused whatever stands in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from amana.rows import RowSet

_WORDS: Final = 4  # words that a sentence has, and no label of a code in practice has twice
_LENGTH: Final = 20  # characters
_DIFFERENT: Final = 5  # sentences, all different, below which a column is not called prose
_SHARE: Final = 0.3  # of the filled cells
_MANY: Final = 200  # different sentences that no list of codes has


@dataclass
class Prose:
    """What is remembered of a foreign column: digests of the different sentences, and where they stand."""

    filled: int = 0
    different: set[int] = field(default_factory=set)
    rows: RowSet = field(default_factory=RowSet)

    def see(self, cells: pl.Series, rows: pl.Series) -> None:
        """Take the next (n,) cells of the column, and their rows."""
        self.filled += int((cells.str.strip_chars() != "").sum())
        sentences = (cells.str.len_chars() >= _LENGTH) & (cells.str.count_matches(r"[\p{L}\p{M}]{2,}") >= _WORDS)
        if sentences.any():
            if len(self.different) < _MANY:
                self.different.update(cells.filter(sentences).unique().hash().to_list())
            self.rows |= RowSet.of(rows.filter(sentences).to_numpy())

    @property
    def is_free(self) -> bool:
        """Whether the column is prose: many different sentences, or few but hardly anything else."""
        different = len(self.different)
        return different >= _MANY or (different >= _DIFFERENT and different >= _SHARE * self.filled)

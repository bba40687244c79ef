"""A batch: one block of a contribution as columns of text under the names of the codebook, not yet judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.findings import Finding, at_rows
from amana.rows import RowSet

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Batch:
    """Some rows of a contribution, by canonical column.

    frame:   (n, columns) String; every column is a canonical one.
    rows:    (n,) Int64, the 1-based row of the sender's file that each row is.
    letters: canonical column → letter in the sender's file, for every column of the frame; columns that answer one
             question by several codes may share a letter.
    sheet:   the sheet, for workbooks.
    findings: what a mapping could not read of the rows; such a cell is null, and no rule finds it a second time.
    """

    dataflow: str
    frame: pl.DataFrame = field(repr=False)
    rows: pl.Series = field(repr=False)
    letters: Mapping[str, str]
    sheet: str | None = None
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return self.frame.height

    def __contains__(self, column: object) -> bool:
        return column in self.letters

    def cells(self, column: str) -> pl.Series:
        """Return the (n,) texts of a canonical column that is present."""
        return self.frame[column]

    def once(self, asked: Callable[[pl.Series], _Answer], column: str) -> _Answer:
        """Return what ``asked`` answers of a column's cells, worked out once for this batch."""
        if (asked, column) not in self._answers:
            self._answers[asked, column] = asked(self.cells(column))
        answer: _Answer = self._answers[asked, column]
        return answer

    @cached_property
    def _answers(self) -> dict[tuple[Callable[[pl.Series], Any], str], Any]:
        return {}

    def only(self, mask: pl.Series) -> Batch:
        """Return the rows where ``mask`` (n,) is true; they keep the row numbers of their file."""
        return replace(self, frame=self.frame.filter(mask), rows=self.rows.filter(mask))

    def narrowed(self, column: str, mask: pl.Series) -> Batch:
        """Return one column alone, and only the rows where ``mask`` (n,) is true: a few cells are quickly looked at."""
        frame = self.frame.select(column).filter(mask)
        return replace(self, frame=frame, rows=self.rows.filter(mask), findings=())

    def at(self, rule: str, column: str | None, mask: pl.Series, **facts: str | int) -> Finding | None:
        """Return one finding for the rows where ``mask`` (n,) is true, or None where there is no such row."""
        return self.at_places(rule, column, mask.arg_true().to_numpy(), **facts) if mask.any() else None

    def at_places(self, rule: str, column: str | None, places: NDArray[np.integer[Any]], **facts: str | int) -> Finding:
        """Return one finding for the rows at these places in the batch, of which there is at least one."""
        return at_rows(self.finding(rule, column, **facts), RowSet.of(self.rows.to_numpy()[places]))

    def finding(self, rule: str, column: str | None, **facts: str | int) -> Finding:
        """Return a finding about a column of this sheet that is not yet placed at any row."""
        return Finding(
            rule, sheet=self.sheet, column=column, letter=self.letters.get(column or "") or None, facts=dict(facts)
        )


def render(batch: Batch, *, header: bool) -> bytes:
    """Return the rows as lines of the canonical CSV, under its header or, for the blocks that follow, without."""
    return batch.frame.write_csv(include_header=header, line_terminator="\r\n").encode()

"""What the rows of a table-only dataflow may not show together: one cell of the table, stated twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import OBS_VALUE, Codebook, Dataflow
from amana.findings import Finding, at_rows
from amana.rows import RowSet
from amana.validation.batch import Batch
from amana.validation.pseudonyms import repeated


class SameCell:
    """The watch over rows that state the same cell: all dimensions alike. It keeps 12 bytes for each row."""

    def __init__(self, flow: Dataflow, _book: Codebook) -> None:
        """Watch the dimensions of ``flow``."""
        self._dimensions = [one.id for one in flow.variables]
        self._digests: list[NDArray[np.uint64]] = []
        self._rows: list[NDArray[np.int32]] = []
        self._sheet: str | None = None
        self._letter: str | None = None

    def see(self, batch: Batch) -> None:
        """Remember a digest of 64 bits of each row's dimensions."""
        names = [name for name in self._dimensions if name in batch]
        if names:
            self._digests.append(batch.frame.select(names).hash_rows().to_numpy())
            self._rows.append(batch.rows.to_numpy().astype(np.int32))
            self._sheet, self._letter = batch.sheet, batch.letters.get(OBS_VALUE)

    def findings(self) -> Iterator[Finding]:
        """Yield the rows that state a cell which another row states too."""
        if self._digests and (twice := repeated(np.concatenate(self._digests))).any():
            finding = Finding("value.duplicate", sheet=self._sheet, column=OBS_VALUE, letter=self._letter)
            yield at_rows(finding, RowSet.of(np.concatenate(self._rows)[twice]))

"""Rules about counts: their form, totals that cannot be, stages of justice that outgrow the one before.

A file holds the finest cells; sums are made by the hub. Totals that stand in it all the same are refused, and before
that set against their parts, so that the sender learns whether her own table adds up. What is remembered is bounded by
the codebook: one count for each possible cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.codebook.model import OBS_VALUE, TOTAL, Codebook, CodeList, Dataflow
from amana.findings import Finding, at_rows
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue
from amana.validation.rules_cells import is_blank, says_total

COUNT: Final = r"^(?:0|[1-9][0-9]{0,8})$"  # OBS_VALUE: whole, no sign, below a thousand million
_STAGES: Final = (("SUSPECTED", "PROSECUTED"), ("PROSECUTED", "CONVICTED"))  # GLOTIP: formal contact, court, verdict
_CELLS: Final = 100_000  # different cells remembered; no dataflow has so many

Key = tuple[str, ...]  # one code per dimension


def values(batch: Batch, _flow: Dataflow, _book: Codebook) -> Iterator[Finding | None]:
    """Yield the rows whose count is no whole number, or is not there."""
    if OBS_VALUE in batch:
        cells = batch.cells(OBS_VALUE)
        blank = is_blank(cells)
        yield batch.at("cell.blank", OBS_VALUE, blank)
        yield batch.at("value.form", OBS_VALUE, ~cells.str.contains(COUNT) & ~blank)


class Totals:
    """The watch over the counts of a table-only dataflow."""

    def __init__(self, flow: Dataflow, book: Codebook) -> None:
        """Watch all dimensions of ``flow``."""
        self._lists = {one.id: book.list_of(one) for one in flow.variables}
        self._held: dict[Key, tuple[int, int]] = {}
        self._about: Batch | None = None

    def see(self, batch: Batch) -> None:
        """Remember the first count of each cell whose dimensions are all codes or sums."""
        if OBS_VALUE not in batch or not all(name in batch for name in self._lists):
            return
        self._about = self._about or batch.only(pl.repeat(value=False, n=len(batch), eager=True))
        dimensions = [_sums_named(batch.cells(name)) for name in self._lists]
        lists = zip(dimensions, self._lists.values(), strict=True)
        known = [cells.is_in([code.id for code in codes.codes]) for cells, codes in lists]
        counted = batch.cells(OBS_VALUE).str.contains(COUNT) & pl.select(pl.all_horizontal(*known)).to_series()
        columns = [each.filter(counted).to_list() for each in (*dimensions, batch.cells(OBS_VALUE), batch.rows)]
        for *key, value, row in zip(*columns, strict=True):
            if len(self._held) < _CELLS:
                self._held.setdefault(tuple(key), (int(value), row))

    def findings(self) -> Iterator[Finding]:
        """Yield totals that do not add up, stages that outgrow the one before, and participants without an activity."""
        if self._about is None:
            return
        for rule, rows in (*self._sums(), *self._without_activity()):
            if rows:
                yield self._placed(rule, OBS_VALUE, rows)
        for earlier, later, row in self._outgrown():
            yield self._placed("justice.stages", "STAGE", [row], earlier=earlier, later=later)

    def _placed(self, rule: str, column: str, rows: Sequence[int], **facts: str) -> Finding:
        about = self._about
        found = about.finding(rule, column, **facts) if about else Finding(rule, column=column, facts=facts)
        return catalogue().settled(at_rows(found, rows))

    def _sums(self) -> Iterator[tuple[str, list[int]]]:
        """Yield the rows of totals that are smaller, and of those that are larger, than the sum of their parts."""
        parts = {key: held for key, held in self._held.items() if self._is_part(key)}
        table = [_Column([key[place] for key in parts]) for place in range(len(self._lists))]
        counts = np.array([count for count, _ in parts.values()], dtype=np.int64)
        smaller: list[int] = []
        larger: list[int] = []
        for key, (count, row) in self._held.items():
            if key in parts or not parts:
                continue
            inside = np.ones(len(counts), dtype=np.bool_)
            for column, code, codes in zip(table, key, self._lists.values(), strict=True):
                inside &= column.within(code, codes)
            if inside.any():
                total = int(counts[inside].sum())
                (smaller if count < total else larger if count > total else []).append(row)
        yield "totals.smaller", sorted(smaller)
        yield "totals.larger", sorted(larger)

    def _is_part(self, key: Key) -> bool:
        return all(codes.code(code).storable for code, codes in zip(key, self._lists.values(), strict=True))

    def _outgrown(self) -> Iterator[tuple[str, str, int]]:
        """Yield (earlier stage, later stage, row) where more persons stand at the later one than at the earlier."""
        if "STAGE" not in self._lists:
            return
        place = list(self._lists).index("STAGE")
        persons: dict[str, int] = {}
        first: dict[str, int] = {}
        for key, (count, row) in self._held.items():
            if self._is_part(key):
                persons[key[place]] = persons.get(key[place], 0) + count
                first[key[place]] = min(row, first.get(key[place], row))
        for earlier, later in _STAGES:
            if earlier in persons and persons.get(later, 0) > persons[earlier]:
                yield earlier, later, first[later]

    def _without_activity(self) -> Iterator[tuple[str, list[int]]]:
        """Yield the rows of participants in activities of which the file says that there were none."""
        names = list(self._lists)
        if "MEASURE" not in names:
            return
        measure, kind, audience = (names.index(name) for name in ("MEASURE", "ACTIVITY", "AUDIENCE"))
        held = [(key, count, row) for key, (count, row) in self._held.items() if self._is_part(key)]
        none = {(k[kind], k[audience]) for k, count, _ in held if k[measure] == "ACTIVITIES" and count == 0}
        taken = [r for k, n, r in held if k[measure] == "PARTICIPANTS" and n and (k[kind], k[audience]) in none]
        yield "activities.participants", sorted(taken)


class _Column:
    """The codes of one dimension, one per part."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = np.array(list(codes), dtype=np.str_)
        self._known: dict[str, NDArray[np.bool_]] = {}

    def within(self, code: str, codes: CodeList) -> NDArray[np.bool_]:
        """Return (n,) which parts are the code or below it."""
        if code not in self._known:
            inside = [one.id for one in codes.codes if code in {TOTAL, one.id, *codes.ancestors(one.id)}]
            self._known[code] = np.isin(self._codes, inside)
        return self._known[code]


def _sums_named(cells: pl.Series) -> pl.Series:
    """Return the cells with every word for a total as ``_T``."""
    total = says_total(cells)
    return cells if not total.any() else pl.select(pl.when(total).then(pl.lit(TOTAL)).otherwise(cells)).to_series()

"""A sheet drawn or listed, and what the scan says of it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from amana.findings import Finding, letter
from amana.identifiers.scan import Scan, known_columns
from amana.reading.sheet import Block, Sheet
from support.contributions import BOOK, RECOGNISERS

CANONICAL = [column.name for column in BOOK.dataflow("VICTIMS").columns(BOOK)]


def scan(header: Sequence[str], rows: Sequence[Sequence[str]], committee: str = "MAR", block: int = 50_000) -> Scan:
    """The scan after it has seen the rows, the first of which is row 2 of its file, so many at a time."""
    letters = tuple(letter(place) for place in range(len(header)))
    known = known_columns(
        {name: at for name, at in zip(header, letters, strict=True) if name in CANONICAL}, "VICTIMS", BOOK
    )
    begun = Scan(Sheet(None, tuple(header), 1, letters), known, RECOGNISERS, committee)
    frame = pl.DataFrame([*rows], schema=dict.fromkeys(letters, pl.String), orient="row")
    numbers = pl.int_range(2, len(rows) + 2, dtype=pl.Int64, eager=True)
    for first in range(0, len(rows), block):
        begun.see(Block(frame[first : first + block], numbers[first : first + block]))
    return begun


def column(cells: Sequence[str], *, header: str = "X", committee: str = "MAR") -> tuple[Finding, ...]:
    """What is found in a file of one column."""
    return scan([header], [[cell] for cell in cells], committee).findings()


def told(findings: Sequence[Finding]) -> set[tuple[str, str, str | None, tuple[int, ...]]]:
    """Rule, severity, letter and rows of each finding."""
    return {(one.rule, one.severity.value, one.letter, tuple(one.rows) or ((one.row or 0),)) for one in findings}

"""A contribution like the demo's, of any size: synthetic victims of one committee, and the canonical CSV of them."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random
from typing import Final

from amana.codebook.model import Codebook
from amana.demo.generate import SEED
from amana.demo.synthetic import figures as published
from amana.demo.synthetic.registry import Registry, Row
from amana.demo.synthetic.victims import victims

COMMITTEE: Final = "MAR"
DATAFLOW: Final = "VICTIMS"


def rows_and_columns(persons: int, book: Codebook) -> tuple[list[Row], list[str]]:
    """Return about ``persons`` rows (presumed victims come on top), and the columns that the committee collects."""
    figures = published.load()
    latest = [one for one in figures.victims if one.committee == COMMITTEE][-1]
    habits = figures.shapes["committees"][COMMITTEE]
    rng = Random(SEED)  # noqa: S311  synthetic data, not a secret
    registry = Registry(COMMITTEE, book.dataflow(DATAFLOW), latest.period, rng.randbytes(32), habits, book)
    rows = victims(registry, published.scaled(latest, persons), figures.shapes, rng)
    absent = habits["not_collected"]
    return rows, [column.name for column in registry.flow.columns(book) if column.variable not in absent]


def write_csv(path: Path, rows: list[Row], columns: list[str]) -> Path:
    """Write the rows as a committee would send them, and return the path."""
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    return path

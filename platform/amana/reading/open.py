"""Open any file that a ministry has: what kind it is, its content says and never its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amana.reading.kind import kind_of
from amana.reading.limits import LIMITS, Limits
from amana.reading.opened import Opened
from amana.reading.unreadable import FileUnreadable, unreadable

__all__ = ["FileUnreadable", "Opened", "open_file"]


@contextmanager
def open_file(path: Path, *, sheet: str | None = None, limits: Limits = LIMITS) -> Iterator[Opened]:
    """Open the file for as long as the context lasts.

    sheet: the workbook's sheet by name or 1-based number; without it the first visible one that holds a table.
    Raises FileUnreadable when there is no table to read, with findings that say where and why.
    """
    if path.stat().st_size == 0:
        raise unreadable("structure.empty")
    yield _opened(path, sheet, limits)


def _opened(path: Path, sheet: str | None, limits: Limits) -> Opened:
    """Return the file as its own reader reads it, which alone is imported: each brings a library that others lack."""
    kind = kind_of(path)
    match kind:
        case "csv":
            from amana.reading import delimited  # noqa: PLC0415

            return delimited.read(path, limits)
        case "xlsx" | "ods":
            from amana.reading import workbook  # noqa: PLC0415

            return workbook.read(path, kind, sheet, limits)
        case "parquet":
            from amana.reading import parquet  # noqa: PLC0415

            return parquet.read(path, limits)
        case "jsonl":
            from amana.reading import json_lines  # noqa: PLC0415

            return json_lines.read(path, limits)

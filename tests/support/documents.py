"""What documents for readers draw, row by row. Only for tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from amana.config import HOME

Rows = list[list[str]]


def read(name: str) -> str:
    """Return a document of the project."""
    return (HOME / name).read_text(encoding="utf-8")


def tables(text: str) -> Iterator[tuple[list[str], Rows]]:
    """Yield each table of a document in Markdown: its head, and its rows."""
    for is_table, lines in groupby(text.splitlines(), key=lambda line: line.startswith("|")):
        if is_table:
            head, _, *rows = (
                [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")] for line in lines
            )
            yield head, rows


def side_by_side(head: list[str], rows: Rows) -> Iterator[Rows]:
    """Yield the tables that stand in one, with empty columns between them."""
    gaps = [at for at, name in enumerate(head) if at and not name and not any(row[at] for row in rows)]
    for first, last in zip([0, *(at + 1 for at in gaps)], [*gaps, len(head)], strict=True):
        yield [row[first:last] for row in rows]


def one(text: str, *head: str) -> Rows:
    """Return the rows of the only table that has this head."""
    (rows,) = (rows for names, rows in tables(text) if tuple(names) == head)
    return rows

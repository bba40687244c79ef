"""What a file says outside its table: titles above it, other sheets in sight or hidden, comments. It becomes no record.

It comes as pieces, each under a sheet without headings, so that a search may go through them and name their places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from amana.findings import letter
from amana.reading.archive import Archive
from amana.reading.limits import BLOCK_ROWS
from amana.reading.sheet import Block, Sheet
from amana.reading.survey import parse, parser_of_part
from amana.reading.xlsx import place

Piece = tuple[Sheet, Block]
_COMMENTS: Final = ("xl/comments", "xl/threadedcomments/")


def titles(lines: Sequence[Sequence[str]], sheet: Sheet, *, above: int, left: int = 0) -> Iterator[Piece]:
    """Yield the lines above the header, if there are any. lines: from row 1. above: how many stand above it."""
    if above:
        yield from pieces(lines[:above], sheet.name, sheet.position, left=left)


def pieces(rows: Sequence[Sequence[str]], name: str | None, position: int, *, left: int = 0) -> Iterator[Piece]:
    """Yield rows, from row 1 of their sheet, as blocks whose columns have no names. left: 0-based first column."""
    width = max(map(len, rows), default=0)
    sheet = Sheet(name, ("",) * width, 0, tuple(letter(left + at) for at in range(width)), position)
    schema = dict.fromkeys(sheet.letters, pl.String)
    for first in range(0, len(rows) if width else 0, BLOCK_ROWS):
        chunk = [[*row, *[""] * (width - len(row))] for row in rows[first : first + BLOCK_ROWS]]
        numbers = pl.int_range(first + 1, first + 1 + len(chunk), eager=True)
        yield sheet, Block(pl.DataFrame(chunk, schema=schema, orient="row"), numbers)


def has_comments(archive: Archive) -> bool:
    """Return whether an XLSX workbook has comments at all."""
    return any(map(_is_of_comments, archive.names))


def comments(archive: Archive) -> Iterator[Piece]:
    """Yield the comments of an XLSX workbook, each at its cell, column by column. Raises FileUnreadable."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for name in filter(_is_of_comments, archive.names):
        for (row, column), text in _commented(archive, name):
            found[column].append((row, text))
    for column, told in sorted(found.items()):
        at, (rows, texts) = letter(column), zip(*told, strict=True)
        yield Sheet(None, ("",), 0, (at,)), Block(pl.DataFrame({at: texts}), pl.Series(rows, dtype=pl.Int64))


def _is_of_comments(part: str) -> bool:
    return part.lower().startswith(_COMMENTS) and part.lower().endswith(".xml")


def _commented(archive: Archive, part: str) -> list[tuple[tuple[int, int], str]]:
    found: list[tuple[tuple[int, int], list[str]]] = []
    inside = 0

    def start(tag: str, facts: Mapping[str, str]) -> None:
        nonlocal inside
        local = tag.rpartition(":")[2]
        if local in {"comment", "threadedComment"}:
            found.append((place(facts.get("ref", "")), []))
        inside += local in {"t", "text"}

    def end(tag: str) -> None:
        nonlocal inside
        inside -= tag.rpartition(":")[2] in {"t", "text"}

    def text(data: str) -> None:
        if inside and found:
            found[-1][1].append(data)

    parser = parser_of_part()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parse(archive.chunks(part), parser)
    return [(at, "".join(said)) for at, said in found]

"""The list that came with a request, opened: whom it is about, and what is to stand there instead."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from amana.errors import Malformed
from amana.intake.person_list import LIST_LIMIT
from amana.intake.requests import Act
from amana.vault.request import PSEUDONYM, recipient_in

MOST: Final = 10_000  # persons in one request
_WIDEST: Final = 400  # columns of a list: more than any dataflow has
_LONGEST: Final = 200  # characters of a pseudonym


class ListRefused(Exception):
    """The list cannot be used. ``reason`` is a code that has a sentence; it never holds anything of the list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Persons:
    """Whom a request is about.

    pseudonyms: as the committee writes them, each once, in the order of the list.
    values:     of a rectification, (n, columns) String by canonical column, ``PSEUDONYM`` first; else that alone.
    recipient:  the age key that an answer is to be sealed for, where the request gives one.
    """

    pseudonyms: tuple[str, ...] = field(repr=False)
    values: pl.DataFrame = field(repr=False)
    recipient: str | None = None


def read(path: Path, act: str) -> Persons:
    """Return what the opened list says. Raises ListRefused.

    The list is a CSV (UTF-8) under the header PSEUDONYM; a line of JSON may stand before it, as the tool writes it.
    """
    if path.stat().st_size > LIST_LIMIT:
        raise ListRefused("request.too_long")
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    recipient = None
    if raw.startswith(b"{"):
        line, _, raw = raw.partition(b"\n")
        try:
            recipient = recipient_in(line)
        except Malformed:
            raise ListRefused("request.list_unreadable") from None
    values = _csv(raw)
    if act != Act.RECTIFY and values.width > 1:
        raise ListRefused("request.list_unreadable")
    return Persons(tuple(values[PSEUDONYM]), values, recipient)


def _csv(raw: bytes) -> pl.DataFrame:
    _check_reach(raw)
    try:
        raw.decode("utf-8")
        frame = pl.read_csv(io.BytesIO(raw), infer_schema=False).fill_null("")
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        raise ListRefused("request.list_unreadable") from None
    if not frame.columns or frame.columns[0] != PSEUDONYM:
        raise ListRefused("request.list_unreadable")
    frame = frame.with_columns(pl.all().str.strip_chars())
    if frame.height > MOST:
        raise ListRefused("request.too_long")
    lengths = frame[PSEUDONYM].str.len_chars()
    wrong = frame.height == 0 or not lengths.is_between(1, _LONGEST).all() or frame[PSEUDONYM].n_unique() < frame.height
    if wrong:
        raise ListRefused("request.list_unreadable")
    return frame


def _check_reach(raw: bytes) -> None:
    """Raise ListRefused for more columns or lines than a list has: each cell takes room, even where nothing stands."""
    header = raw.partition(b"\n")[0]
    if header.count(b",") >= _WIDEST or header.count(b'"') % 2:
        raise ListRefused("request.list_unreadable")
    if raw.count(b"\n") > 2 * MOST:
        raise ListRefused("request.too_long")

"""Sets of rows of one file: complete however many they are, in at most one bit for each row that they span."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<QQQI")  # first row, last row, how many, bytes of bits


@dataclass(frozen=True)
class _Piece:
    """Some of the rows: ``first`` to ``last`` (1-based), and a deflated bit for each row between them."""

    first: int
    last: int
    count: int
    bits: bytes = field(repr=False)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows, in rising order."""
        bits = np.frombuffer(zlib.decompress(self.bits), dtype=np.uint8)
        return np.flatnonzero(np.unpackbits(bits)) + self.first


@dataclass(frozen=True, eq=False)
class RowSet(Collection[int]):
    """1-based rows of a file, each once, in rising order. Made by ``of`` and ``|``."""

    pieces: tuple[_Piece, ...] = ()

    @classmethod
    def of(cls, rows: Sequence[int] | NDArray[np.integer[Any]]) -> RowSet:
        """Return the set of these rows, which may come in any order and more than once."""
        each = np.unique(np.asarray(rows, dtype=np.int64))
        if not each.size:
            return cls()
        first, last = int(each[0]), int(each[-1])
        bits = np.zeros(last - first + 1, dtype=np.bool_)
        bits[each - first] = True
        return cls((_Piece(first, last, len(each), zlib.compress(np.packbits(bits).tobytes(), 1)),))

    def __or__(self, other: RowSet) -> RowSet:
        """Return the rows of both. Rows that all come later, as in the next block of a file, are merely put behind."""
        if not (self.pieces and other.pieces) or self.pieces[-1].last < other.pieces[0].first:
            return RowSet(self.pieces + other.pieces)
        return RowSet.of(np.concatenate([piece.rows for piece in self.pieces + other.pieces]))

    def __len__(self) -> int:
        return sum(piece.count for piece in self.pieces)

    def __iter__(self) -> Iterator[int]:
        for piece in self.pieces:
            yield from piece.rows.tolist()

    def __contains__(self, row: object) -> bool:
        return any(row in piece.rows for piece in self.pieces)

    def first(self, most: int) -> list[int]:
        """Return the first rows, ``most`` of them where there are so many."""
        named: list[int] = []
        for piece in self.pieces:
            if len(named) == most:
                break
            named += piece.rows[: most - len(named)].tolist()
        return named

    def pack(self) -> bytes:
        """Return the set as bytes to keep; ``unpack`` is the inverse."""
        return b"".join(_HEAD.pack(one.first, one.last, one.count, len(one.bits)) + one.bits for one in self.pieces)

    @classmethod
    def unpack(cls, packed: bytes) -> RowSet:
        """Return the set that was packed. Raises ValueError for bytes that ``pack`` did not write."""
        pieces: list[_Piece] = []
        place = 0
        while place < len(packed):
            if len(packed) - place < _HEAD.size:
                raise ValueError("a packed set of rows is cut short")
            first, last, count, length = _HEAD.unpack_from(packed, place)
            place += _HEAD.size
            pieces.append(_Piece(first, last, count, packed[place : place + length]))
            place += length
        if place > len(packed):
            raise ValueError("a packed set of rows is cut short")
        return cls(tuple(pieces))

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Yield (first, last) of each run of rows that follow one another."""
        run: tuple[int, int] | None = None
        for piece in self.pieces:
            rows = piece.rows
            ends = np.flatnonzero(np.diff(rows) != 1)
            starts, stops = rows[np.append(0, ends + 1)].tolist(), rows[np.append(ends, len(rows) - 1)].tolist()
            for start, stop in zip(starts, stops, strict=True):
                if run and run[1] + 1 == start:
                    run = (run[0], stop)
                    continue
                if run:
                    yield run
                run = (start, stop)
        if run:
            yield run

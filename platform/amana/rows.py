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
_NUMBER = 64  # bits of a row's number


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

    @property
    def deflated(self) -> bytes:
        """The bits, as they are kept."""
        return self.bits


@dataclass(frozen=True, eq=False)
class _Few:
    """Rows so far apart that their numbers take no more room than a bit for each row between them."""

    rows: NDArray[np.int64]

    @property
    def first(self) -> int:
        return int(self.rows[0])

    @property
    def last(self) -> int:
        return int(self.rows[-1])

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def deflated(self) -> bytes:
        """The bits that these rows are kept as."""
        bits = np.zeros(self.last - self.first + 1, dtype=np.bool_)
        bits[self.rows - self.first] = True
        return zlib.compress(np.packbits(bits).tobytes(), 1)


@dataclass(frozen=True, eq=False)
class RowSet(Collection[int]):
    """1-based rows of a file, each once, in rising order. Made by ``of`` and ``|``."""

    pieces: tuple[_Piece | _Few, ...] = ()

    @classmethod
    def of(cls, rows: Sequence[int] | NDArray[np.integer[Any]]) -> RowSet:
        """Return the set of these rows, which may come in any order and more than once."""
        each = np.asarray(rows, dtype=np.int64)
        if not each.size:
            return cls()
        if not (each[1:] > each[:-1]).all():
            each = np.unique(each)
        few = _Few(each)
        if _NUMBER * few.count <= few.last - few.first:
            return cls((few,))
        return cls((_Piece(few.first, few.last, few.count, few.deflated),))

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

    def numbers(self) -> NDArray[np.int64]:
        """Return (n,) the rows, all at once."""
        return np.concatenate([np.empty(0, dtype=np.int64), *(piece.rows for piece in self.pieces)])

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
        kept = [(one, one.deflated) for one in self.pieces]
        return b"".join(_HEAD.pack(one.first, one.last, one.count, len(bits)) + bits for one, bits in kept)

    @classmethod
    def unpack(cls, packed: bytes) -> RowSet:
        """Return the set that was packed. Raises ValueError for bytes that ``pack`` did not write."""
        pieces: list[_Piece | _Few] = []
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

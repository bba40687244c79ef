"""Probe: whether pseudonyms could have been made without a key, by trying what anybody could try.

A pseudonym made from a number, a date or the file's own columns by a digest alone can be undone by whoever has the
file. Such a file fails on nearly every row, so a sample is enough: of each block, up to 2,000 rows evenly apart, are
looked up among numbers and dates, and 32 rows of the file are held against its own columns. What is found is counted
among the rows that were read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.canonical import Json
from amana.codebook.model import Codebook, Dataflow, Kind
from amana.findings import Finding, at_rows
from amana.reading.sheet import Block
from amana.rows import RowSet
from amana.validation.batch import Batch
from amana.validation.patterned import BASE64URL, HEXADECIMAL, Pattern
from amana.validation.pseudonyms import written
from amana.validation.spaces import DIGEST_BYTES, IN_MEMORY, Spaces

SAMPLE: Final = 2_000  # rows of a block
OWN: Final = 32  # rows of a file whose own cells are digested
_PAIRED: Final = 8  # columns, those with most different cells, whose cells are also digested two by two
_BETWEEN: Final = ("", "-", "_", "|", ";", ",", "/", " ", ":")
_HABIT: Final = 0.01  # share of the rows read; by chance, text in random bytes is rarer than one in a million
_UUIDS: Final = 8  # rows, all of them shaped as a UUID: by chance, fewer than one in 10 million
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_NUMBER: Final = re.compile("[0-9]{10}")  # in 43 random signs of base64url, by chance, one time in 3 million
_UUID_BYTES: Final = 16
_UUID_LATEST: Final = 8  # version
_UUID_VARIANT: Final = 0x80  # RFC 9562, 4.1: the first two bits are 10
_WRITTEN: Final = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}
_DIGESTS: Final = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)


@dataclass
class _Read:
    """What is remembered of the sampled cells of one column: 64 bits, length and row of each, and some verdicts."""

    sheet: str | None
    letter: str | None
    bits: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    encoded: list[bool] = field(default_factory=list)
    uuids: list[bool] = field(default_factory=list)
    hexadecimal: list[bool] = field(default_factory=list)
    decimal: list[bool] = field(default_factory=list)
    met: set[int] = field(default_factory=set)
    patterns: tuple[Pattern, Pattern] = field(default_factory=lambda: (Pattern(BASE64URL), Pattern(HEXADECIMAL)))

    def see(self, cells: Sequence[str], rows: Sequence[int]) -> None:
        for cell, row in zip(cells, rows, strict=True):
            self._see(cell, row)
        fresh = [cell for cell in dict.fromkeys(cells) if hash(cell) not in self.met]  # a few, repeated, look alike
        self.met.update(map(hash, fresh))
        for hexadecimal, pattern in enumerate(self.patterns):
            pattern.see([cell for cell in fresh if _HEX.issuperset(cell) == hexadecimal])

    def _see(self, cell: str, row: int) -> None:
        decoded, hexadecimal = _decoded(cell), _HEX.issuperset(cell)
        self.bits.append(int.from_bytes(decoded[:8]))
        self.bytes.append(len(decoded))
        self.rows.append(row)
        self.encoded.append(_is_text(decoded) or (not hexadecimal and _NUMBER.search(cell) is not None))
        self.uuids.append(_is_uuid(decoded))
        self.hexadecimal.append(hexadecimal)
        self.decimal.append(cell.isdecimal())


class Probe:
    """The watch that tries to undo the pseudonyms of one file."""

    def __init__(self, flow: Dataflow, _book: Codebook, spaces: Spaces = IN_MEMORY) -> None:
        """Watch the pseudonymous columns of ``flow``."""
        self._spaces = spaces
        self._names = [one.id for one in flow.variables if one.kind in {Kind.PSEUDONYM, Kind.LINK}]
        self._read: dict[str, _Read] = {}
        self._own: set[int] = set()  # first 64 bits of digests of the file's own cells
        self._tried: set[int] = set()  # the rows that these are of
        self._rows: list[int] = []  # those of the last block
        self._letters: set[str] = set()  # of the pseudonymous columns

    def see(self, batch: Batch) -> None:
        """Take the next block."""
        self._rows = []
        for name in self._names:
            if name in batch:
                cells = batch.cells(name)
                places = _apart(np.flatnonzero(batch.once(written, name).formed), SAMPLE)
                rows = batch.rows[places].to_list()
                read = self._read.setdefault(name, _Read(batch.sheet, batch.letters.get(name)))
                read.see(cells[places].to_list(), rows)
                if (free := OWN - len(self._tried)) > 0:
                    self._rows += _apart(np.array(rows, dtype=np.int64), free).tolist()
        self._tried.update(self._rows)
        self._letters = {batch.letters[name] for name in self._names if name in batch}

    def see_beside(self, block: Block) -> None:
        """Take the block that the last batch was made of, as it stands in the file, foreign columns too."""
        chosen = block.frame.filter(block.rows.is_in(self._rows)).drop(self._letters, strict=False)
        if self._rows:
            texts = {text.encode() for text in self._texts(chosen)}
            self._own.update(int.from_bytes(digest(text).digest()[:8]) for text in texts for digest in _DIGESTS)

    def findings(self) -> Iterator[Finding]:
        """Yield what could be undone, and how, one finding for each way."""
        for name, read in self._read.items():
            rows = np.array(read.rows, dtype=np.int64)
            for rule, digest, found in self._undone(read):
                if found.any():
                    tried = len(self._tried) if rule == "pseudonym.of_columns" else len(rows)
                    facts: dict[str, Json] = {"read": tried, **({"digest": _WRITTEN[digest]} if digest else {})}
                    place = Finding(rule, sheet=read.sheet, column=name, letter=read.letter, facts=facts)
                    yield at_rows(place, RowSet.of(rows[found]))

    def _undone(self, read: _Read) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
        bits, lengths = np.array(read.bits, dtype=np.uint64), np.array(read.bytes)
        for digest, most in DIGEST_BYTES.items():
            could = lengths <= most  # a digest may have been cut, never made longer
            if could.any():
                yield "pseudonym.of_numbers", digest, could & self._spaces.found_in("numbers", digest, bits)
                yield "pseudonym.of_dates", digest, could & self._spaces.found_in("dates", digest, bits)
        yield "pseudonym.of_columns", "", np.isin(bits, np.array(sorted(self._own), dtype=np.uint64))
        encoded, uuids = np.array(read.encoded, dtype=np.bool_), np.array(read.uuids, dtype=np.bool_)
        decimal, hexadecimal = np.array(read.decimal, dtype=np.bool_), np.array(read.hexadecimal, dtype=np.bool_)
        yield "pseudonym.encoded", "", encoded & (encoded.sum() > _HABIT * len(encoded)) | decimal & bool(decimal.all())
        shown = np.array([pattern.places > 0 for pattern in read.patterns])
        yield "pseudonym.patterned", "", shown[hexadecimal.astype(np.intp)]
        yield "pseudonym.uuid", "", uuids & (len(uuids) >= _UUIDS and bool(uuids.all()))

    def _texts(self, chosen: pl.DataFrame) -> Iterator[str]:
        """Yield every cell of the rows, also in one case, and those of a row two by two."""
        for name in chosen.columns:
            for cell in chosen[name].unique().to_list():
                yield from {cell, cell.strip(), cell.upper(), cell.lower()}
        varied = sorted(chosen.columns, key=lambda name: -chosen[name].n_unique())[:_PAIRED]
        for row in chosen.select(varied).unique().iter_rows():
            yield from (first + sign + second for first, second in permutations(row, 2) for sign in _BETWEEN)


def _apart(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most so many of the places, evenly apart."""
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(np.int64)]


def _decoded(cell: str) -> bytes:
    """Return the bytes that a well-formed pseudonym writes in hexadecimal or base64url."""
    if _HEX.issuperset(cell):
        return bytes.fromhex(cell[: len(cell) // 2 * 2])
    try:
        return base64.urlsafe_b64decode(cell[: len(cell) // 4 * 4])
    except binascii.Error:
        return b""


def _is_text(decoded: bytes) -> bool:
    """Return whether the bytes are a text: something that was merely written in another way."""
    try:
        return len(decoded) >= _UUID_BYTES and decoded.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _is_uuid(decoded: bytes) -> bool:
    """Return whether the bytes are shaped as a UUID: version and variant stand where RFC 9562 has them."""
    return len(decoded) == _UUID_BYTES and 1 <= decoded[6] >> 4 <= _UUID_LATEST and decoded[8] & 0xC0 == _UUID_VARIANT

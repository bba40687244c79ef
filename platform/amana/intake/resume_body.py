"""The bytes of one piece as they come: counted, bounded, compared with what is said of them; a break is their end."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

from amana.intake.body import Counted, begins_well
from amana.intake.refusals import BodyTooLarge, BodyTruncated, TypeUnsupported
from amana.intake.resume import Resumable
from amana.intake.upload_refusals import ChecksumDiffers, ChecksumUnknown, PieceTooLong
from amana.vault.sealing import AGE_MAGIC, Reader

ALGORITHMS: Final = ("sha256", "sha1")  # sha1 is what the protocol asks of every server; it guards against accidents
_AT_ONCE: Final = 8 * 1024  # bytes asked of the line: what a line that falls silent in the middle may lose


@dataclass(frozen=True)
class Checksum:
    """What a sender says of a piece, to be compared with what arrived."""

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, header: str) -> Checksum:
        """Return what ``Upload-Checksum`` says: algorithm, space, base64. Raises ChecksumUnknown."""
        algorithm, _, encoded = header.partition(" ")
        try:
            digest = base64.b64decode(encoded.strip(), validate=True)
        except ValueError:
            digest = b""
        if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
            raise ChecksumUnknown(known=", ".join(ALGORITHMS))
        return cls(algorithm, digest)


@dataclass(frozen=True)
class Sent:
    """A piece on its way in.

    source:     the server's input stream.
    size:       Content-Length in bytes, or None.
    terminated: whether the server itself ends the stream where the body ends.
    offset:     where in the file the sender says that the piece begins.
    """

    source: Reader
    size: int | None
    terminated: bool
    offset: int
    checksum: Checksum | None


class Arriving:
    """The bytes of a piece as they come; a broken line is their end. Raises PieceTooLong, also at once."""

    def __init__(self, sent: Sent, standing: Resumable) -> None:
        left = standing.length - standing.received
        if sent.size is not None and sent.size > left:
            raise PieceTooLong(length=standing.length)
        self._body, self._length = Counted(sent.source, sent.size, left), standing.length
        self._media_type = standing.media_type
        self._first: bytes | None = b"" if standing.received == 0 else None
        self._checksum = sent.checksum
        self._digest = hashlib.new(sent.checksum.algorithm, usedforsecurity=False) if sent.checksum else None
        self.bytes = 0
        self.cut = False

    def read(self, _: int) -> bytes:
        """Return the next bytes, and none at the end or the break."""
        try:
            data = b"" if self.cut else self._body.read(_AT_ONCE)
        except BodyTruncated:
            self.cut = True
            return b""
        except BodyTooLarge:
            raise PieceTooLong(length=self._length) from None
        self.bytes += len(data)
        self._look(data)
        if self._digest is not None:
            self._digest.update(data)
        return data

    def check(self) -> None:
        """Raise ChecksumDiffers unless what came is what its checksum says: of a piece that was cut, it is not."""
        if self._checksum and self._digest and self._digest.digest() != self._checksum.digest:
            raise ChecksumDiffers

    def _look(self, data: bytes) -> None:
        """Raise TypeUnsupported as soon as a file is seen not to begin as its type does."""
        if self._first is None:
            return
        self._first = (self._first + data)[: len(AGE_MAGIC)]
        more = len(self._first) < len(AGE_MAGIC)
        if not begins_well(self._first, self._media_type, more=more):
            raise TypeUnsupported
        if not more:
            self._first = None

"""Sealing: whoever has the vault's public key can put data under it, and cannot take them out again.

The format is age v1 (https://age-encryption.org/v1); the stock ``age`` tool opens what is sealed here, and the other
way round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import pyrage

from amana.errors import Unusable
from amana.faults import point

CHUNK: Final = 64 * 1024  # bytes asked of a source at once
AGE_MAGIC: Final = b"age-encryption.org/v1\n"


class Reader(Protocol):
    """Whatever hands out bytes: at most ``size`` at a time, and none at its end."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, or ``b""`` at the end."""
        ...


class Writer(Protocol):
    """Whatever takes bytes in."""

    def write(self, data: bytes, /) -> int:
        """Take the bytes and return how many were taken."""
        ...


class Header(Protocol):
    """Whatever stands before the data inside a seal: an envelope's header, or a piece's."""

    def render(self) -> bytes:
        """Return the bytes that precede the data."""
        ...


@dataclass(frozen=True)
class SealedDigest:
    """What was written: SHA-256 of the ciphertext in hex, and its size in bytes."""

    sha256: str
    bytes: int


def read_recipients(path: Path) -> tuple[str, ...]:
    """Return the public keys in a recipients file: one ``age1…`` per line, ``#`` begins a comment.

    Raises Unusable when there is none, or when one is no X25519 recipient.
    """
    lines = (line.strip() for line in path.read_text(encoding="ascii", errors="replace").splitlines())
    recipients = tuple(line for line in lines if line and not line.startswith("#"))
    _keys(recipients, str(path))
    return recipients


def seal_stream(source: Reader, sink: Writer, header: Header, recipients: Sequence[str]) -> SealedDigest:
    """Seal the header and everything ``source`` yields into ``sink``; nothing is held but one buffer.

    recipients: ``age1…`` public keys, at least one.
    Returns digest and size of the ciphertext. An error raised by ``source`` or ``sink`` comes out as it is; what was
    written by then opens for nobody (age marks its last chunk) and the caller must destroy it.
    Raises Unusable for an unusable recipient.
    """
    keys = _keys(recipients, "recipients")
    plain = _Guarded(source, header.render())
    sealed = _Counted(sink)
    try:
        pyrage.encrypt_io(plain, sealed, keys)
    except (pyrage.EncryptError, OSError, Stopped) as fault:
        # The first cause is told, not pyrage's rendering of it; it is raised below, outside this block, as it came.
        cause: BaseException | None = plain.fault or sealed.fault or fault
    else:
        cause = plain.fault or sealed.fault
    if cause is not None:
        raise cause
    point("vault.sealed")
    return SealedDigest(sealed.digest.hexdigest(), sealed.bytes)


def _keys(recipients: Sequence[str], place: str) -> list[pyrage.x25519.Recipient]:
    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError as fault:
        raise Unusable(what="word.recipients", place=place) from fault
    if not keys:
        raise Unusable(what="word.recipients", place=place)
    return keys


class Stopped(Exception):
    """Tells pyrage to give up; the reason is kept aside.

    An error of ours must not reach it as it is: of an InterruptedError it would make another attempt, without end.
    """


class _Guarded:
    """A source that remembers why it stopped."""

    def __init__(self, source: Reader, first: bytes) -> None:
        self.source = source
        self.held = memoryview(first)
        self.fault: BaseException | None = None

    def read(self, size: int) -> bytes:
        if not self.held:
            try:
                self.held = memoryview(self.source.read(CHUNK))
            except BaseException as fault:  # noqa: BLE001 - seal_stream raises it again, whatever it is
                self.fault = fault
                raise Stopped from None
        piece, self.held = self.held[:size], self.held[size:]
        return bytes(piece)


class _Counted:
    """A sink that counts, digests, and remembers why it failed."""

    def __init__(self, sink: Writer) -> None:
        self.sink = sink
        self.digest = hashlib.sha256()
        self.bytes = 0
        self.fault: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            taken = self.sink.write(data)
        except BaseException as fault:  # noqa: BLE001 - seal_stream raises it again, whatever it is
            self.fault = fault
            raise Stopped from None
        self.digest.update(memoryview(data)[:taken])
        self.bytes += taken
        return taken

    def flush(self) -> None:
        """Nothing is held back here; the sink's owner flushes it."""

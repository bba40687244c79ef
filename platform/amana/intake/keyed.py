"""What is sent, digested under the hub's key as it is read: so a replay is told without keeping what was sent.

Keyed, because the digest of a small file would let whoever reads the database guess the file.
Source: RFC 2104; each part is preceded by its length, so that no two lists of parts are digested alike.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from amana.intake.body import Upload, begins_well
from amana.intake.refusals import BodyEmpty, TypeUnsupported
from amana.vault.sealing import AGE_MAGIC, CHUNK

_LENGTH: Final = 8  # bytes, big-endian


def mac_of(key: bytes, parts: Iterable[bytes]) -> hmac.HMAC:
    """Return the HMAC-SHA-256 of these parts, to which a file may be added."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(_LENGTH, "big") + part)
    return mac


class KeyedFile:
    """The file of an upload, digested as it is read, together with all that was said of it."""

    def __init__(self, key: bytes, said: Iterable[bytes], upload: Upload) -> None:
        """Read on until the file shows that it begins as its type does. Raises BodyEmpty, TypeUnsupported."""
        self._mac = mac_of(key, said)
        self._file = upload.file
        self._first = self._beginning(upload.media_type)

    def read(self, _: int) -> bytes:
        """Return the next bytes, about one chunk, and none at the end."""
        data, self._first = self._first or self._file.read(CHUNK), b""
        self._mac.update(data)
        return data

    def read_out(self) -> str:
        """Read to the end, keeping nothing, and return the digest."""
        while self.read(CHUNK):
            pass
        return self.digest()

    def digest(self) -> str:
        """Return the keyed digest of what was said and read, 64 hex characters."""
        return self._mac.hexdigest()

    def _beginning(self, media_type: str) -> bytes:
        """Return the first bytes, enough to know a sealed file by."""
        first = b""
        while len(first) < len(AGE_MAGIC) and (data := self._file.read(CHUNK)):
            first += data
        if not first:
            raise BodyEmpty
        if not begins_well(first, media_type, more=False):
            raise TypeUnsupported
        return first

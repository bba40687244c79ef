"""The archive that a workbook is: inflated once, part by part, and counted, before anything in it is believed.

What the archive declares about itself is not used: sizes are those that really came out. Refused are bombs (bytes
inflated, and bytes inflated for one packed), encrypted parts, names that are paths, one name twice, archives inside
the archive, and document types in XML, which no workbook needs and which can hold entities that grow.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amana.reading.limits import Limits
from amana.reading.unreadable import unreadable

_CHUNK: Final = 1 << 20  # bytes inflated at a time
_FREE: Final = 4 << 20  # bytes that may come out whatever the ratio: small workbooks pack very well
_ENCRYPTED: Final = 0x1  # general purpose bit 0 (APPNOTE 6.3.10, 4.4.4)
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PATH: Final = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|[\\:\x00-\x1f\x7f]")
_NESTED: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_TYPES: Final = (b"<!DOCTYPE", b"<!ENTITY")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_XML: Final = (".xml", ".rels", ".vml")
BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, KeyError)


@dataclass(frozen=True)
class Archive:
    """Parts that were all inflated once and found within bounds. names: in the archive's order."""

    file: zipfile.ZipFile
    names: tuple[str, ...]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def part(self, name: str) -> bytes:
        """Return a part whole. Raises FileUnreadable where there is none."""
        if name not in self:
            raise unreadable("structure.damaged")
        return self.file.read(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part in pieces of 1 MiB. Raises FileUnreadable where there is none."""
        if name not in self:
            raise unreadable("structure.damaged")
        with self.file.open(name) as part:
            while chunk := part.read(_CHUNK):
                yield chunk


@contextmanager
def inspected(path: Path, limits: Limits) -> Iterator[Archive]:
    """Open the archive and inflate each part once. Raises FileUnreadable at the first thing that no workbook has."""
    with _unbroken(), zipfile.ZipFile(path) as file:
        _names(file, limits)
        _inflate(file, path.stat().st_size, limits)
        yield Archive(file, tuple(file.namelist()))


@contextmanager
def _unbroken() -> Iterator[None]:
    try:
        yield
    except BROKEN as fault:
        raise unreadable("structure.damaged") from fault


def _names(file: zipfile.ZipFile, limits: Limits) -> None:
    """Judge the list of parts, whatever they hold."""
    parts = file.infolist()
    if len(parts) > limits.parts:
        raise unreadable("structure.parts_limit", limit=limits.parts)
    for part in parts:
        kind = stat.S_IFMT(part.external_attr >> 16)
        if _PATH.search(part.orig_filename) or kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise unreadable("structure.archive_path")
        if part.flag_bits & _ENCRYPTED:
            raise unreadable("structure.encrypted")
        if part.compress_type not in _METHODS:
            raise unreadable("structure.damaged")
    if len({part.filename.casefold() for part in parts}) != len(parts):
        raise unreadable("structure.damaged")


def _inflate(file: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    most = min(limits.inflated, _FREE + packed * limits.ratio)
    total = 0
    for name in file.namelist():
        before = b""
        with file.open(name) as part:
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > most:
                    raise unreadable("structure.inflated", limit=limits.inflated >> 20)
                _judge(name, before, chunk)
                before = chunk[-len(_TYPES[0]) :]


def _judge(name: str, before: bytes, chunk: bytes) -> None:
    """Judge a piece of a part. before: the last bytes of the piece before; empty for the first."""
    if not before and chunk.startswith(_NESTED):
        raise unreadable("structure.nested_file")
    if not name.lower().endswith(_XML):
        return
    if not before and chunk.startswith(_WIDE):
        raise unreadable("structure.damaged")
    if any(mark in before + chunk for mark in _TYPES):
        raise unreadable("structure.document_type")

"""What kind of file it is: its first bytes say, and for a workbook its parts. The name it came with is never asked."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from amana.reading import ods, xlsx
from amana.reading.archive import BROKEN
from amana.reading.opened import Kind
from amana.reading.unreadable import FileUnreadable, unreadable

_HEAD: Final = 4096  # bytes looked at
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD: Final = "EncryptedPackage".encode(
    "utf-16-le"
)  # [MS-OFFCRYPTO] 2.3.4.1: the stream of a workbook with a password
_DIRECTORY: Final = 8 << 20  # bytes of an OLE file searched for it, from either end
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_BINARY: Final[Mapping[bytes, str]] = {  # marks that a name in a header could begin with: a zero byte must follow
    b"PARE": "structure.encrypted",
    b"BZh": "structure.packed",
    b"Rar!": "structure.packed",
    b"GIF8": "structure.kind",
    b"ARROW1": "structure.kind",
}
_OTHER: Final[Mapping[bytes, str]] = {
    b"%PDF": "structure.kind",
    b"\x1f\x8b": "structure.packed",
    b"7z\xbc\xaf\x27\x1c": "structure.packed",
    b"\xfd7zXZ": "structure.packed",
    b"\x28\xb5\x2f\xfd": "structure.packed",
    b"\x89PNG": "structure.kind",
    b"\xff\xd8\xff": "structure.kind",
    b"SQLite format 3": "structure.kind",
    b"\x7fELF": "structure.kind",
    b"{\\rtf": "structure.kind",
    b"age-encryption.org": "structure.kind",
}
_MARKUP: Final = (b"<?xml", b"<!doctype", b"<html", b"<table", b"<workbook")


def kind_of(path: Path) -> Kind:
    """Return the kind of a file that is not empty. Raises FileUnreadable for kinds that hold no table for us."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    binary = b"\0" in head
    for mark, rule in (*_OTHER.items(), *(_BINARY.items() if binary else ())):
        if head.startswith(mark):
            raise unreadable(rule)
    if head.startswith(_ZIP):
        return _workbook(path)
    if head.startswith(_OLE):
        raise _old(path)
    if head.startswith(b"PAR1") and binary:
        return "parquet"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:16].lower().startswith(_MARKUP):
        raise unreadable("structure.markup")
    return "jsonl" if text.startswith((b"{", b"[{")) else "csv"


def _workbook(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as file:
            names = set(file.namelist())
            mimetype = b""
            if ods.MIMETYPE in names:
                with file.open(ods.MIMETYPE) as part:
                    mimetype = part.read(len(_OPEN_DOCUMENT) + 1).strip()
    except BROKEN as fault:
        raise unreadable("structure.damaged") from fault
    if xlsx.WORKBOOK in names:
        return "xlsx"
    if mimetype == _OPEN_DOCUMENT:
        return "ods"
    raise unreadable("structure.kind" if mimetype or "[Content_Types].xml" in names else "structure.packed")


def _old(path: Path) -> FileUnreadable:
    """Return the refusal of an OLE file: with an encrypted package it has a password, else it is from before 2007."""
    with path.open("rb") as file:
        start = file.read(_DIRECTORY)
        file.seek(max(0, path.stat().st_size - _DIRECTORY))
        end = file.read()
    return unreadable("structure.encrypted" if _PASSWORD in start or _PASSWORD in end else "structure.old_workbook")

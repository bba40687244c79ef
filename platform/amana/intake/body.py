"""The body of an upload, read as it arrives: counted, bounded, and known to be whole; never spooled.

A server tells in several ways that a body was cut: by fewer bytes than Content-Length announced, by an error out of
``read`` (gunicorn: a chunked body without its last chunk), and, when it is asked again after that error, by ``b""`` as
if all were well. So the first failure is remembered, and an end counts as an end only where the announcement agrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.http import parse_options_header

from amana.intake.multipart import read_form
from amana.intake.refusals import BodyTooLarge, BodyTruncated, LengthRequired, TypeUnsupported
from amana.media import XLSX
from amana.vault.sealing import AGE_MAGIC, Reader

CSV: Final = "text/csv"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
PARQUET: Final = "application/vnd.apache.parquet"
JSONL: Final = "application/jsonl"
AGE: Final = "application/age"
FORM: Final = "multipart/form-data"
BY_ENDING: Final = {
    ".csv": CSV,
    ".xlsx": XLSX,
    ".ods": ODS,
    ".parquet": PARQUET,
    ".jsonl": JSONL,
    ".ndjson": JSONL,
    ".age": AGE,
}
_ALSO: Final = {"application/x-ndjson": JSONL, "application/x-jsonlines": JSONL, "application/x-parquet": PARQUET}
_TYPES: Final = frozenset(BY_ENDING.values())
# What a file begins with, where its type says so; text begins with anything but a sealed file's first line.
_MAGIC: Final = {AGE: AGE_MAGIC, XLSX: b"PK\x03\x04", ODS: b"PK\x03\x04", PARQUET: b"PAR1"}


@dataclass(frozen=True)
class Upload:
    """A body whose form fields have been read and whose file has not.

    media_type: one of those that ``BY_ENDING`` lists.
    fields:     the form's fields before the file; empty when the body is the file.
    file:       yields the file's bytes; raises a refusal of this room when the body turns out not to be whole.
    """

    media_type: str
    fields: Mapping[str, str]
    file: Reader = field(repr=False)


def begin(source: Reader, content_type: str, length: int | None, limit: int, *, terminated: bool) -> Upload:
    """Return the upload in a request's body, read up to where its file begins.

    source:     the server's input stream.
    length:     Content-Length in bytes, or None when there is none.
    limit:      bytes that the whole body may have.
    terminated: whether the server itself ends the stream where the body ends (WSGI: ``wsgi.input_terminated``).
    Raises TypeUnsupported, BodyTooLarge, LengthRequired, BodyTruncated, and for forms BoundaryMissing, FormMalformed,
    FileMissing.
    """
    if length is None and not terminated:
        raise LengthRequired
    body = Counted(source, length, limit)
    media_type, options = parse_options_header(content_type)
    if media_type.lower() != FORM:
        return Upload(supported(media_type), {}, body)
    form = read_form(body, options.get("boundary", ""))
    return Upload(_part_type(form.content_type, form.filename), form.fields, form)


def supported(content_type: str) -> str:
    """Return the media type of a file that is taken. Raises TypeUnsupported.

    A charset is not believed: the worker tells what a file is by looking into it.
    """
    said = parse_options_header(content_type)[0].lower()
    media_type = _ALSO.get(said, said)
    if media_type not in _TYPES:
        raise TypeUnsupported
    return media_type


def begins_well(first: bytes, media_type: str, *, more: bool) -> bool:
    """Return whether a file of this type may begin so.

    first: its first bytes; with ``more`` they may be fewer than are needed to tell, and the rest is still to come.
    """
    magic = _MAGIC.get(media_type)
    if magic is None:
        return not first.startswith(AGE_MAGIC)
    return first.startswith(magic) or (more and magic.startswith(first))


def _part_type(content_type: str, filename: str) -> str:
    """Return what a form's file is. A browser's idea of a type depends on its machine, so the name's ending decides."""
    for ending, media_type in BY_ENDING.items():
        if filename.lower().endswith(ending):
            return media_type
    return supported(content_type)


class Counted:
    """A body that ends where it was announced to end, or raises."""

    def __init__(self, source: Reader, length: int | None, limit: int) -> None:
        """Raise BodyTooLarge at once when the announced length is over the limit."""
        if length is not None and length > limit:
            raise BodyTooLarge(limit=limit)
        self._source = source
        self._length = length
        self._limit = limit
        self._failed = False
        self.bytes = 0

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, and none at the end. Raises BodyTruncated, and BodyTooLarge."""
        if self._length is not None:
            size = min(size, self._length - self.bytes)
        data = self._ask(size) if size > 0 else b""
        self.bytes += len(data)
        if self._failed or (not data and self._length is not None and self.bytes < self._length):
            self._failed = True
            raise BodyTruncated(received=self.bytes)
        if self.bytes > self._limit:
            self._failed = True
            raise BodyTooLarge(limit=self._limit)
        return data

    def _ask(self, size: int) -> bytes:
        """Read on, unless reading has failed before. The server's error is dropped: it may quote the body."""
        if not self._failed:
            try:
                return self._source.read(size)
            except Exception:  # noqa: BLE001 - each server has its own, and each means that the body is not whole
                self._failed = True
        return b""

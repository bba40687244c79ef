"""A multipart form whose last part is the file: the fields are held, the file is handed on as it arrives.

RFC 7578 and RFC 2046 §5.1, strictly: a delimiter begins with CRLF, and nothing that looks like one may be content.
Frameworks spool a part to a temporary file, in the clear; and Werkzeug's sans-IO decoder (3.1.9) adds a stray CR to a
part when the bytes before its delimiter arrive in unlucky pieces. This holds one buffer, and changes no byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from werkzeug.http import parse_options_header

from amana.intake.refusals import BoundaryMissing, FileMissing, FileNotLast, FormMalformed
from amana.vault.sealing import CHUNK, Reader

_HELD: Final = 256 * 1024  # bytes that a preamble, a part's headers or a field may have
_PARTS: Final = 16
_BOUNDARY: Final = 70  # characters, RFC 2046 §5.1.1
_LINE: Final = b"\r\n"
_END: Final = b"--"


class Form:
    """A form read up to its file; ``read`` yields the file, and proves at its end that the form was whole."""

    def __init__(self, parts: _Parts, fields: Mapping[str, str], filename: str, content_type: str) -> None:
        self.fields = fields
        self.filename = filename
        self.content_type = content_type
        self._parts = parts

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes of the file, and none at its end.

        Raises BoundaryMissing when the body ends before the final boundary, FileNotLast when another part follows,
        FormMalformed when the file contains what separates parts.
        """
        return self._parts.read(size)


def read_form(body: Reader, boundary: str) -> Form:
    """Return the form in ``body``, read up to where its file begins.

    Raises FileMissing, FormMalformed, BoundaryMissing, and whatever ``body`` raises.
    """
    if not 0 < len(boundary) <= _BOUNDARY or not boundary.isascii():
        raise FormMalformed
    parts = _Parts(body, boundary)
    fields: dict[str, str] = {}
    for _ in range(_PARTS):
        headers = parts.next_headers()
        disposition, said = parse_options_header(headers.get("content-disposition", ""))
        name = said.get("name")
        if disposition != "form-data" or name is None or name in fields:
            raise FormMalformed
        if "filename" not in said:
            fields[name] = parts.value()
        elif said["filename"]:
            return Form(parts, fields, said["filename"], headers.get("content-type", ""))
        else:
            raise FileMissing
    raise FormMalformed


class _Parts:
    """The body cut at its delimiters."""

    def __init__(self, body: Reader, boundary: str) -> None:
        self._body = body
        self._delimiter = _LINE + _END + boundary.encode("ascii")
        self._held = _LINE  # so that the first delimiter, which opens the body, is one like the others
        self._ended = False
        self._until(self._delimiter)  # whatever precedes it is to be ignored (RFC 2046)

    def next_headers(self) -> Mapping[str, str]:
        """Return the headers of the part after the delimiter just passed. Raises FileMissing at the final one."""
        if self._starts_with(_END):
            raise FileMissing
        padding, *lines = _text(self._until(_LINE + _LINE)).split("\r\n")
        if padding.strip(" \t"):
            raise FormMalformed
        pairs = (line.partition(":") for line in lines)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def value(self) -> str:
        """Return the value of a field, up to the next delimiter."""
        return _text(self._until(self._delimiter))

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes of the part, and none once its delimiter has proved to be the final one."""
        if self._ended:
            return b""
        while (sure := self._sure()) == 0:
            if self._held.startswith(self._delimiter):
                self._finish()
                return b""
            self._more()
        piece, self._held = self._held[: min(size, sure)], self._held[min(size, sure) :]
        return piece

    def _sure(self) -> int:
        """Return how many of the held bytes are content whatever follows them."""
        place = self._held.find(self._delimiter)
        return place if place >= 0 else max(0, len(self._held) - len(self._delimiter) + 1)

    def _finish(self) -> None:
        """Pass the file's delimiter and the rest of the body. Raises FileNotLast, FormMalformed."""
        self._held = self._held[len(self._delimiter) :]
        if not self._starts_with(_END):
            padding = self._until(_LINE)
            if not self._held:
                self._more()  # the body may be cut right here
            raise FormMalformed if padding.strip(b" \t") else FileNotLast
        self._ended = True
        self._held = b""
        while self._body.read(CHUNK):  # an epilogue is to be ignored (RFC 2046), but has to be whole
            pass

    def _until(self, mark: bytes) -> bytes:
        """Return what stands before ``mark``, and pass it. Raises FormMalformed when that is too much to hold."""
        while (place := self._held.find(mark)) < 0:
            if len(self._held) > _HELD:
                raise FormMalformed
            self._more()
        before, self._held = self._held[:place], self._held[place + len(mark) :]
        return before

    def _starts_with(self, mark: bytes) -> bool:
        while len(self._held) < len(mark):
            self._more()
        return self._held.startswith(mark)

    def _more(self) -> None:
        data = self._body.read(CHUNK)
        if not data:
            raise BoundaryMissing
        self._held += data


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise FormMalformed from None

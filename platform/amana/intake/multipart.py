"""A multipart form whose last part is the file: the fields are held, the file is handed on as it arrives.

RFC 7578. Werkzeug's own form parser spools a part to a temporary file, in the clear; this uses only its sans-IO
decoder, and never holds more of the file than one buffer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData, Preamble

from amana.intake.refusals import BoundaryMissing, FileMissing, FileNotLast, FormMalformed
from amana.vault.sealing import CHUNK, Reader

_HELD: Final = 512 * 1024  # bytes that a form may make us hold: its fields, or one part's headers
_PARTS: Final = 16
_BOUNDARY: Final = 70  # characters, RFC 2046 §5.1.1


class Form:
    """A form read up to its file; ``read`` yields the file, and proves at its end that the form was whole."""

    def __init__(self, events: _Events, fields: Mapping[str, str], file: File) -> None:
        self.fields = fields
        self.filename = file.filename
        self.content_type = file.headers.get("content-type", "")
        self._events = events
        self._held = b""
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes of the file, and none at its end.

        Raises BoundaryMissing when the body ends before the final boundary, FileNotLast when another part follows.
        """
        while not self._held and not self._ended:
            data = self._events.next()
            if not isinstance(data, Data):  # the decoder yields nothing else within a part
                raise FormMalformed
            self._held = data.data
            self._ended = not data.more_data
            if self._ended:
                self._finish()
        piece, self._held = self._held[:size], self._held[size:]
        return piece

    def _finish(self) -> None:
        if not isinstance(self._events.next(), Epilogue):
            raise FileNotLast


def read_form(body: Reader, boundary: str) -> Form:
    """Return the form in ``body``, read up to where its file begins.

    Raises FileMissing, FormMalformed, BoundaryMissing, and whatever ``body`` raises.
    """
    if not 0 < len(boundary) <= _BOUNDARY or not boundary.isascii():
        raise FormMalformed
    events = _Events(body, boundary.encode("ascii"))
    fields: dict[str, str] = {}
    while True:
        match events.next():
            case Preamble():
                continue
            case Field(name=str(name)) if name not in fields:
                fields[name] = _value(events)
            case File(filename=str(filename)) as file if filename:
                return Form(events, fields, file)
            case File() | Epilogue():
                raise FileMissing
            case _:
                raise FormMalformed


def _value(events: _Events) -> str:
    pieces: list[bytes] = []
    more = True
    while more:
        data = events.next()
        if not isinstance(data, Data) or sum(map(len, pieces)) + len(data.data) > _HELD:
            raise FormMalformed
        pieces.append(data.data)
        more = data.more_data
    try:
        return b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        raise FormMalformed from None


class _Events:
    """The decoder's events, fed from the body as they need it."""

    def __init__(self, body: Reader, boundary: bytes) -> None:
        self._body = body
        self._decoder = MultipartDecoder(boundary, max_form_memory_size=_HELD, max_parts=_PARTS)

    def next(self) -> Event:
        """Return the next event that is not a call for more. Errors of the decoder are dropped: they quote the body."""
        event = self._decoded()
        while isinstance(event, NeedData):
            data = self._body.read(CHUNK)
            event = self._decoded(data)
        return event

    def _decoded(self, data: bytes | None = None) -> Event:
        fault: type[FormMalformed | BoundaryMissing]
        try:
            if data is not None:
                self._decoder.receive_data(data or None)
            return self._decoder.next_event()
        except RequestEntityTooLarge:
            fault = FormMalformed
        except ValueError:
            fault = BoundaryMissing if self._decoder.complete else FormMalformed
        raise fault

"""No text that reaches the hub holds a NUL: no database stores one alike, and no person types one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Flask, request
from werkzeug.exceptions import BadRequest

_NUL: Final = "\0"
_FORM: Final = "application/x-www-form-urlencoded"  # a multipart body is read as it arrives, by intake


def install(app: Flask) -> None:
    """Refuse a request whose address, query or form holds a NUL, before anything is asked of the database."""
    app.before_request(_refuse)


def _refuse() -> None:
    """Raise BadRequest where a NUL was sent."""
    said = [request.path, *_both(request.args.items(multi=True))]
    if request.mimetype == _FORM:
        said += _both(request.form.items(multi=True))
    if any(_NUL in text for text in said):
        raise BadRequest


def _both(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [text for pair in pairs for text in pair]

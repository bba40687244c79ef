"""Canonical JSON: one value, one sequence of bytes, so that a digest or a signature means one thing.

RFC 8785 restricted to integers: floating-point numbers are refused because no figure that Amana signs needs one.
Keys are sorted by UTF-16 code units, as the RFC asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from amana.errors import Malformed

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

quote: Final = json.encoder.encode_basestring  # a text as canonical JSON writes it; json.dumps prepares more
_WORDS: Final = {None: "null", True: "true", False: "false"}
_SAFE_INTEGER: Final = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond it JSON readers disagree


def encode(value: Json) -> bytes:
    """Return the canonical bytes of ``value``.

    Raises TypeError for a float or any other type that canonical JSON does not hold, ValueError for an integer
    beyond ±(2**53 - 1) or a lone surrogate.
    """
    return _text(value).encode("utf-8")


def decode(raw: bytes) -> Json:
    """Return the value that ``raw`` is the canonical form of.

    Raises Malformed when the bytes are no JSON, or not in their canonical form.
    """
    try:
        value: Json = json.loads(raw.decode("utf-8"))
        if encode(value) == raw:
            return value
    except (ValueError, TypeError, RecursionError) as fault:
        raise Malformed(format="canonical JSON") from fault
    raise Malformed(format="canonical JSON")


def digest(value: Json) -> str:
    """Return the SHA-256 of the canonical form, as 64 hex characters."""
    return hashlib.sha256(encode(value)).hexdigest()


def _text(value: Json) -> str:
    match value:
        case str():
            return quote(value)
        case None | bool():
            return _WORDS[value]
        case int():
            if abs(value) > _SAFE_INTEGER:
                raise ValueError("an integer beyond 2**53 - 1 has no canonical form")
            return str(value)
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("canonical JSON has text keys only")
            ordered = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
            return "{" + ",".join(f"{quote(key)}:{_text(item)}" for key, item in ordered) + "}"
        case Sequence() if not isinstance(value, bytes | bytearray):
            return "[" + ",".join(map(_text, value)) + "]"
        case _:
            raise TypeError(f"canonical JSON does not hold a {type(value).__name__}")

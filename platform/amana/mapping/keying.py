"""Pseudonyms made at home: HMAC-SHA256 under the committee's own key, which never leaves it and never reaches the hub.

Source: RFC 2104; each part is preceded by its length, so that ("ab", "c") and ("a", "bc") are two persons.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_LABEL: Final = b"amana/pseudonym/1"
_LENGTH: Final = 4  # bytes, big-endian


@dataclass(frozen=True)
class Home:
    """What only a committee's own machine has.

    key: 32 bytes, or None where none was given. period: a row's number names a person within it only.
    """

    key: bytes | None = field(repr=False)
    committee: str
    period: str


def pseudonym(home: Home, parts: Sequence[str]) -> str:
    """Return 64 hex characters: the same for the same parts under the same key, and of no use without it.

    Raises ValueError where there is no key.
    """
    if home.key is None:
        raise ValueError("a pseudonym needs a key")
    said = hmac.new(home.key, _LABEL, hashlib.sha256)
    for part in (home.committee, *parts):
        raw = part.encode()
        said.update(len(raw).to_bytes(_LENGTH, "big") + raw)
    return said.hexdigest()

"""Identifiers are made by the writer: a prefix and 128 random bits, so that no sequence tells a volume."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Final

_FORM: Final = re.compile(r"[a-z]{3}_[a-z2-7]{26}")


def new(prefix: str) -> str:
    """Return a fresh identifier: ``prefix`` (three letters), an underscore, 26 base32 characters of 128 bits."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(16)).decode().rstrip('=').lower()}"


def is_id(text: str, prefix: str) -> bool:
    """Return whether ``text`` has the form of an identifier with this prefix."""
    return text.startswith(f"{prefix}_") and _FORM.fullmatch(text) is not None

"""A secret that is not a key pair: 256 random bits in a file of its own, as 64 hex characters and a line end."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from amana.errors import Unusable

SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return the text of a fresh secret file."""
    return secrets.token_hex(SECRET_BYTES) + "\n"


def read_secret(path: Path) -> bytes:
    """Return the 32 bytes in a secret file. Raises Unusable when it holds anything else."""
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as fault:
        raise Unusable(what="word.secret", place=str(path)) from fault
    if len(secret) != SECRET_BYTES:
        raise Unusable(what="word.secret", place=str(path))
    return secret

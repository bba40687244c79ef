"""Files that hold a secret: written once, readable by their owner alone from the first byte on."""

from __future__ import annotations

import os
from pathlib import Path

from amana.errors import Conflict


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600 and sync it. Raises Conflict when it exists: a key is never overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise Conflict(file=str(path)) from fault
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

"""Files that hold a secret: written once, readable by their owner alone from the first byte on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from amana import durable
from amana.errors import AmanaError


class FileStands(AmanaError):
    """A file of that name is there already; a key or a password is never overwritten. facts: ``file``."""

    code: ClassVar[str] = "file.stands"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 73


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600 and sync it. Raises FileStands when there is one already."""
    try:
        created = durable.create(path)
    except FileExistsError as fault:
        raise FileStands(file=str(path)) from fault
    with created as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

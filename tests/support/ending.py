"""A process that ends in the middle of its work."""

from __future__ import annotations

import os
import time
from pathlib import Path


def wait_for(path: Path) -> None:
    """Return once the file is there."""
    while not path.exists():
        time.sleep(0.01)


def begin_and_end(path: Path) -> None:
    """Write the file, and take the process down."""
    path.touch()
    os._exit(3)

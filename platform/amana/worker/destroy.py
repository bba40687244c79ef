"""Destroy a file of the vault, and tell by its name whose it was."""

from __future__ import annotations

import re
from typing import Final

from amana import durable
from amana.worker.workbench import Workbench

# Whose work it is, the attempt, and the key: so that what a crash leaves behind can be told from what is being written.
FILE: Final = re.compile(r"(?P<work>(?:bat|req)_[a-z2-7]{26})\.(?P<attempt>\d+)\.(?P<key>key_[a-z2-7]{26})")


def drop(hub: Workbench, file: str, key_id: str) -> None:
    """Destroy a file of the vault and the key it is under; what is gone already is no fault."""
    hub.keys.destroy(key_id)
    durable.destroy(hub.records / file)

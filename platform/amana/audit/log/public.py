"""What outsiders and witnesses see of the log: the checkpoints of the calendar, and the tiles under the newest of them.

The sequencer signs others in between, which protect an event within a second. Those stay inside: their sizes and times
would tell how much happens, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from amana.audit.log import tiles
from amana.audit.log.tables import log_checkpoint
from amana.audit.tlog.tiled import TileName
from amana.audit.tlog.tree import WIDTH
from amana.db import Reading
from amana.errors import NotFound


@dataclass(frozen=True)
class PublicCheckpoint:
    """A checkpoint that outsiders were shown: its size, its signed note, and the mark of the calendar it stands for."""

    size: int
    note: str
    at: datetime


def newest(reading: Reading) -> PublicCheckpoint | None:
    """Return the newest checkpoint that outsiders may see, or None before the first."""
    columns = (log_checkpoint.c.size, log_checkpoint.c.note, log_checkpoint.c.public_at)
    shown = select(*columns).where(log_checkpoint.c.public_at.is_not(None))
    row = reading.execute(shown.order_by(log_checkpoint.c.size.desc()).limit(1)).first()
    return PublicCheckpoint(*row) if row else None


def size(reading: Reading) -> int:
    """Return how many entries the newest public checkpoint covers."""
    shown = newest(reading)
    return shown.size if shown else 0


def read_tile(reading: Reading, tile: TileName) -> bytes:
    """Return the bytes of a tile of hashes, all of it under the newest public checkpoint. Raises NotFound.

    tile: ``level`` is not None. What lies beyond that checkpoint is not there yet, so that nobody can count along.
    """
    level = tile.level or 0
    if (tile.n * WIDTH + tile.width) * WIDTH**level > size(reading):
        raise NotFound(what="tile")
    return tiles.read_tile(reading, tile)

"""The log's tiles as database blobs: grown by the sequencer, read by the web and by proofs.

A tile at level L holds up to 256 hashes, each the root of 256**L entries. Format: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, insert, select, update

from amana.audit.tables import log_checkpoint, log_entry, log_tile
from amana.audit.tree import EMPTY_ROOT, HASH, WIDTH, hash_node, root, split
from amana.db import Reading, Transaction
from amana.errors import Malformed, NotFound

_LEVELS: Final = 8  # 256**8 entries are more than an index can name
_NAME: Final = re.compile(r"(?P<n>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?")


@dataclass(frozen=True)
class TileName:
    """Which tile is asked for; ``width`` is 256 for a full one. ``level`` is None for a bundle of entries."""

    level: int | None
    n: int
    width: int


def parse_name(level: str, name: str) -> TileName:
    """Return the tile behind ``/log/tile/<level>/<name>``, such as ``("0", "x001/234.p/5")`` or ``("entries", "000")``.

    Raises Malformed for a path that C2SP tlog-tiles does not have.
    """
    found = _NAME.fullmatch(name)
    width = int(found["width"] or WIDTH) if found else 0
    if found is None or (found["width"] and width >= WIDTH):
        raise Malformed(format="tile path")
    n = int(found["n"].replace("x", "").replace("/", ""))
    if render_name(n, width) != name or (level != "entries" and level not in map(str, range(_LEVELS))):
        raise Malformed(format="tile path")
    return TileName(None if level == "entries" else int(level), n, width)


def render_name(n: int, width: int = WIDTH) -> str:
    """Return the path of tile ``n`` under its level: groups of three digits, all but the last marked with an x."""
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03}")
    return "/".join(reversed(groups)) + (f".p/{width}" if width < WIDTH else "")


def size_of(reading: Reading) -> int:
    """Return how many entries the newest checkpoint covers."""
    return int(reading.execute(select(func.max(log_checkpoint.c.size))).scalar() or 0)


def newest_checkpoint(reading: Reading) -> str:
    """Return the signed note of the newest checkpoint. Raises NotFound while nothing was signed."""
    query = select(log_checkpoint.c.note).order_by(log_checkpoint.c.size.desc()).limit(1)
    note: str | None = reading.execute(query).scalar()
    if note is None:
        raise NotFound(what="checkpoint")
    return note


def read_tile(reading: Reading, tile: TileName) -> bytes:
    """Return the bytes of a tile of hashes, or of a bundle of entries. Raises NotFound when the log is not that long.

    Only what is under a checkpoint is ever stored, so that any tile may be cached for ever. Entries need the right to
    read leaves, which the web's own role has not: auditors' pages read them.
    """
    if tile.level is None:
        return _read_entries(reading, tile)
    stored = _stored(reading, tile.level, tile.n)[: tile.width * HASH]
    if len(stored) < tile.width * HASH:
        raise NotFound(what="tile")
    return stored


def _read_entries(reading: Reading, tile: TileName) -> bytes:
    first = tile.n * WIDTH
    within = log_entry.c.idx.between(first, first + tile.width - 1)
    leaves = reading.execute(select(log_entry.c.leaf).where(within).order_by(log_entry.c.idx)).scalars().all()
    if len(leaves) < tile.width:
        raise NotFound(what="tile")
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in leaves)


class Hashes:
    """The hashes of any part of the log, from its tiles; one per transaction, since it keeps what it has read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._read: dict[tuple[int, int], bytes] = {}

    def subtree(self, first: int, end: int) -> bytes:
        """Return the hash of the tree over entries first … end - 1, first < end, as proofs ask for it.

        Raises NotFound when the tiles do not reach that far.
        """
        count = end - first
        half = 1 << ((count - 1).bit_length() - 1) if count > 1 else 0
        if half * 2 in {count, 0} and first % count == 0:
            return self._complete(first, count)
        return hash_node(self.subtree(first, first + half), self.subtree(first + half, end))

    def root(self, size: int) -> bytes:
        """Return the root of the log's first ``size`` entries."""
        return self.subtree(0, size) if size else EMPTY_ROOT

    def _complete(self, first: int, count: int) -> bytes:
        level = (count.bit_length() - 1) // 8
        width, position = count >> (8 * level), first >> (8 * level)
        tile = (level, position // WIDTH)
        if tile not in self._read:
            self._read[tile] = _stored(self._reading, *tile)
        hashes = split(self._read[tile])[position % WIDTH :][:width]
        if len(hashes) < width:
            raise NotFound(what="tile")
        return root(hashes)


def extend(tx: Transaction, size: int, leaf_hashes: Sequence[bytes]) -> None:
    """Add these leaf hashes to the tiles of a log of ``size`` entries, on every level that they complete.

    Raises NotFound when the tiles do not end where the log does.
    """
    added: Sequence[bytes] = leaf_hashes
    level, position = 0, size
    while added:
        n, filled = divmod(position, WIDTH)
        kept = split(_stored(tx, level, n))
        if len(kept) != filled:
            raise NotFound(what="tile")
        hashes = [*kept, *added]
        completed: list[bytes] = []
        for start in range(0, len(hashes), WIDTH):
            tile = hashes[start : start + WIDTH]
            _store(tx, level, n + start // WIDTH, b"".join(tile), fresh=start > 0 or not filled)
            if len(tile) == WIDTH:
                completed.append(root(tile))
        added, level, position = completed, level + 1, n


def _stored(reading: Reading | Transaction, level: int, n: int) -> bytes:
    query = select(log_tile.c.hashes).where(log_tile.c.level == level, log_tile.c.n == n)
    hashes = reading.execute(query).scalar()
    return hashes if isinstance(hashes, bytes) else b""  # SQLite keeps whatever an editor put there


def _store(tx: Transaction, level: int, n: int, hashes: bytes, *, fresh: bool) -> None:
    if fresh:
        tx.execute(insert(log_tile).values(level=level, n=n, hashes=hashes))
    else:
        tx.execute(update(log_tile).where(log_tile.c.level == level, log_tile.c.n == n).values(hashes=hashes))

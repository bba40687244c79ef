"""The log's tiles as database blobs: grown by the sequencer, read by the web and by proofs.

A tile at level L holds up to 256 hashes, each the root of 256**L entries. Format: C2SP tlog-tiles.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, select

from amana.audit.log.tables import log_checkpoint, log_entry, log_tile
from amana.audit.tlog.tiled import TiledTree, TileName
from amana.audit.tlog.tree import HASH, WIDTH, root, split
from amana.db import Reading, Transaction, upsert
from amana.errors import NotFound

_PUT: Final = upsert(log_tile, lambda longer: {"hashes": longer.hashes})

Tiles = Mapping[tuple[int, int], bytes]  # (level, n) → hashes


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


class Hashes(TiledTree):
    """The hashes of any part of the stored log; one per transaction."""

    def __init__(self, reading: Reading | Transaction) -> None:
        super().__init__(lambda level, n: _stored(reading, level, n))


def extended(reading: Reading, size: int, leaf_hashes: Sequence[bytes]) -> Tiles:
    """Return the tiles that change when a log of ``size`` entries gets these leaf hashes, on every level.

    Nothing is written. Raises NotFound when the tiles do not end where the log does.
    """
    changed: dict[tuple[int, int], bytes] = {}
    added: Sequence[bytes] = leaf_hashes
    level, position = 0, size
    while added:
        n, filled = divmod(position, WIDTH)
        kept = split(_stored(reading, level, n))
        if len(kept) != filled:
            raise NotFound(what="tile")
        hashes = [*kept, *added]
        parts = [hashes[start : start + WIDTH] for start in range(0, len(hashes), WIDTH)]
        changed |= {(level, n + more): b"".join(part) for more, part in enumerate(parts)}
        added, level, position = [root(part) for part in parts if len(part) == WIDTH], level + 1, n
    return changed


def root_with(reading: Reading, changed: Tiles, size: int) -> bytes:
    """Return the root of the log's first ``size`` entries, as it is once these tiles are stored."""
    return TiledTree(lambda level, n: changed.get((level, n)) or _stored(reading, level, n)).root(size)


def store(tx: Transaction, changed: Tiles) -> None:
    """Write these tiles, over what is there of them."""
    rows = [{"level": level, "n": n, "hashes": hashes} for (level, n), hashes in changed.items()]
    tx.execute(_PUT[tx.dialect.name], rows)


def _stored(reading: Reading | Transaction, level: int, n: int) -> bytes:
    query = select(log_tile.c.hashes).where(log_tile.c.level == level, log_tile.c.n == n)
    hashes = reading.execute(query).scalar()
    return hashes if isinstance(hashes, bytes) else b""  # SQLite keeps whatever an editor put there

"""Tiles wherever they lie: how their addresses are written, and a tree read from them; no file, no database.

Format: C2SP tlog-tiles. A tile at level L holds up to 256 hashes, each the root of 256**L entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from amana.audit.tlog.tree import EMPTY_ROOT, HASH, WIDTH, hash_node, root, split
from amana.errors import Malformed, NotFound

_LEVELS: Final = 8  # 256**8 entries are more than an index can name
_NAME: Final = re.compile(r"(?P<n>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?")

Fetch = Callable[[int, int], bytes]  # (level, n) → the hashes of that tile, as many as there are; b"" for none


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


class TiledTree:
    """The hashes of any part of a log, from its tiles; one per reading, since it keeps what it has fetched."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
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
            self._read[tile] = self._fetch(*tile)
        start = position % WIDTH * HASH
        hashes = split(self._read[tile][start : start + width * HASH])
        if len(hashes) < width:
            raise NotFound(what="tile")
        return root(hashes)

"""The hub's public log, as a stranger reads it: a checkpoint, tiles, and the door where cosignatures are handed in.

Nothing that comes from there is believed: what is read is bounded here, and verified by whoever asked.
"""

from __future__ import annotations

import hashlib
from typing import Final, Self

import httpx

from amana.audit.tlog.tiled import TiledTree, render_name
from amana.audit.tlog.tree import HASH, WIDTH
from amana.committee.hub import checked
from amana.committee.refusals import HubRefused, HubUnreachable

_TIMEOUT: Final = httpx.Timeout(60.0)  # seconds without a sign of life; lines are slow
_NOTE: Final = 64 * 1024  # bytes
_TILE: Final = WIDTH * HASH  # bytes


class PublicLog:
    """A log at an address. Every method raises HubUnreachable, or HubRefused with the hub's own code."""

    def __init__(self, url: str) -> None:
        """Raise AddressUnusable for an address without TLS that is not this machine's own."""
        self.url = checked(url).rstrip("/")
        self._client = httpx.Client(timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        """Return itself; the connection is closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._client.close()

    def checkpoint(self) -> str:
        """Return the note of the newest public checkpoint."""
        return self._text("GET", f"{self.url}/log/checkpoint")

    def checkpoint_of(self, witness: str) -> str | None:
        """Return the note of the largest checkpoint that the hub has of a witness, None if it has none."""
        digest = hashlib.sha256(witness.encode()).hexdigest()
        try:
            return self._text("GET", f"{self.url}/log/witness/{digest}/checkpoint")
        except HubRefused as refusal:
            if refusal.facts["status"] == httpx.codes.NOT_FOUND:
                return None
            raise

    def tree(self, size: int) -> TiledTree:
        """Return the tree of the log's first ``size`` entries, read tile by tile as it is asked for."""

        def fetch(level: int, n: int) -> bytes:
            width = min(WIDTH, (size >> (8 * level)) - n * WIDTH)
            name = render_name(n, width)
            return self._bytes("GET", f"{self.url}/log/tile/{level}/{name}", _TILE) if width > 0 else b""

        return TiledTree(fetch)

    def hand_in(self, note: str) -> str:
        """Hand in a checkpoint with cosignatures, and return it with all that the hub has."""
        return self._text("POST", f"{self.url}/log/cosignatures", note.encode())

    def offer(self, witness_url: str, body: bytes) -> tuple[int, str]:
        """Offer a checkpoint to a witness that listens (add-checkpoint), and return its status and answer."""
        url = f"{checked(witness_url).rstrip('/')}/add-checkpoint"
        status, content = self._ask("POST", url, _NOTE, body)
        return status, content.decode(errors="replace")

    def _text(self, method: str, url: str, body: bytes | None = None) -> str:
        return self._bytes(method, url, _NOTE, body).decode(errors="replace")

    def _bytes(self, method: str, url: str, most: int, body: bytes | None = None) -> bytes:
        status, content = self._ask(method, url, most, body)
        if status != httpx.codes.OK:
            raise HubRefused(status=status, hub_code="", detail=content[:200].decode(errors="replace"))
        return content

    def _ask(self, method: str, url: str, most: int, body: bytes | None) -> tuple[int, bytes]:
        """Return status and content; more than ``most`` bytes are no answer, so that nobody fills our memory."""
        content = b""
        try:
            with self._client.stream(method, url, content=body) as answer:
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > most:
                        raise HubUnreachable(hub=url)
        except httpx.HTTPError as fault:
            raise HubUnreachable(hub=url) from fault
        return answer.status_code, content

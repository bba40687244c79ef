"""The hub over HTTP, as the committee's tool needs it: send a package, ask what became of it.

The token comes from a file that only its owner can read, never from the command line; without TLS only this machine
itself is spoken to.
"""

from __future__ import annotations

import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from amana.committee.package import Package
from amana.committee.refusals import HubRefused, HubUnreachable, TokenUnsafe
from amana.errors import Malformed
from amana.findings import Finding, parse

_CHUNK: Final = 256 * 1024  # bytes
_TIMEOUT: Final = httpx.Timeout(60.0)  # seconds without a sign of life
_BETWEEN: Final = 0.5  # seconds between two questions while waiting
_PLAIN: Final = frozenset({"127.0.0.1", "localhost", "::1"})
RECEIVED: Final = "RECEIVED"


def read_token(path: Path) -> str:
    """Return the token in a file. Raises TokenUnsafe when others can read it, or it holds none."""
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise TokenUnsafe(place=path.name)
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as fault:
        raise TokenUnsafe(place=path.name) from fault
    if not token or not token.isprintable() or " " in token:
        raise TokenUnsafe(place=path.name)
    return token


@dataclass(frozen=True)
class Outcome:
    """What became of a batch: its state and what was found in it."""

    batch: Mapping[str, Any]
    findings: tuple[Finding, ...]


class Hub:
    """The hub as one account sees it."""

    def __init__(self, url: str, token: str, language: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _PLAIN):
            raise HubUnreachable(hub=url)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, "Accept": "application/json"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT)
        self._url = url

    def send(self, package: Package, told: Callable[[int], object]) -> Mapping[str, Any]:
        """Return the hub's receipt for a package, with the batch's ``id``. ``told`` hears how many bytes went out.

        Raises HubRefused, HubUnreachable; either way the same package may be sent again.
        """
        header = package.manifest.header
        boundary = secrets.token_hex(16)
        before, after = _frame(boundary, package.signed)
        size = len(before) + package.manifest.total + len(after)
        receipt = self._ask(
            "POST",
            "/api/v1/batches",
            params={"dataflow": header.dataflow, "period": header.period},
            headers={
                "Idempotency-Key": package.idempotency_key,
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Content-Length": str(size),
            },
            content=_stream(before, package.data, after, told),
        )
        return {"id": receipt.get("batch"), **receipt}

    def outcome(self, batch: str) -> Outcome:
        """Return the state of a batch and what was found in it. Raises HubRefused, HubUnreachable."""
        seen = self._ask("GET", f"/api/v1/batches/{batch}")
        found = self._ask("GET", f"/api/v1/batches/{batch}/findings") if seen.get("state") != RECEIVED else {}
        try:
            return Outcome(seen, tuple(parse(one) for one in found.get("findings", ())))
        except (Malformed, TypeError) as fault:
            raise HubUnreachable(hub=self._url) from fault

    def judged(self, batch: str, patience: float) -> Outcome:
        """Return the outcome once the batch is judged, or its present state after ``patience`` seconds."""
        until = time.monotonic() + patience
        while (seen := self.outcome(batch)).batch.get("state") == RECEIVED and time.monotonic() < until:
            time.sleep(_BETWEEN)
        return seen

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(self, method: str, path: str, **options: Any) -> Mapping[str, Any]:  # noqa: ANN401 - httpx's options
        try:
            answer = self._client.request(method, path, **options)
            document = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise HubUnreachable(hub=self._url) from fault
        if not isinstance(document, dict):
            raise HubUnreachable(hub=self._url)
        if answer.is_success:
            return document
        told = {name: str(document.get(name, "")) for name in ("code", "detail")}
        raise HubRefused(status=answer.status_code, hub_code=told["code"], detail=told["detail"])


def _frame(boundary: str, manifest: bytes) -> tuple[bytes, bytes]:
    """Return what stands before and after the sealed data: RFC 7578, the manifest first and the file last."""
    line = f"--{boundary}\r\n".encode()
    first = line + b'Content-Disposition: form-data; name="manifest"\r\n'
    first += b"Content-Type: application/json\r\n\r\n" + manifest + b"\r\n"
    second = line + b'Content-Disposition: form-data; name="file"; filename="data.age"\r\n'
    second += b"Content-Type: application/age\r\n\r\n"
    return first + second, f"\r\n--{boundary}--\r\n".encode()


def _stream(before: bytes, data: Path, after: bytes, told: Callable[[int], object]) -> Iterator[bytes]:
    yield before
    with data.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
            told(len(chunk))
    yield after

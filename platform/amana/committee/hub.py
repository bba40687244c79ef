"""The hub over HTTP, as the committee's tool needs it: what is asked, what is answered, what became of a batch.

The token comes from a file that only its owner can read, never from the command line; without TLS only this machine
itself is spoken to.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from amana.committee.refusals import AddressUnusable, HubRefused, HubUnreachable, TokenUnsafe
from amana.errors import Malformed
from amana.findings import Finding, parse

_TIMEOUT: Final = httpx.Timeout(60.0)  # seconds without a sign of life
PATIENCE: Final = 600.0  # seconds that --wait lasts
BETWEEN: Final = 0.5  # seconds between two questions while waiting
_PLAIN: Final = frozenset({"127.0.0.1", "localhost", "::1"})
RECEIVED: Final = "RECEIVED"
HELD: Final = "HELD"


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
    """What became of a batch: its state, what was found in it, and, while it is held, what it would change.

    seen: the name of that difference, by which a yes is to it and no other.
    """

    batch: Mapping[str, Any]
    findings: tuple[Finding, ...]
    difference: Mapping[str, Any] | None = None
    seen: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the worker has said all of it: the judgement, and what a held version would change."""
        state = self.batch.get("state")
        return state != RECEIVED and not (state == HELD and self.difference is None)


class Hub:
    """The hub as one account sees it."""

    def __init__(self, url: str, token: str, language: str) -> None:
        """Raise AddressUnusable for an address without TLS that is not this machine's own, or that is none."""
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, "Accept": "application/json"}
        self._client = httpx.Client(base_url=checked(url), headers=headers, timeout=_TIMEOUT)
        self.url = url

    def outcome(self, batch: str) -> Outcome:
        """Return the state of a batch and what was found in it. Raises HubRefused, HubUnreachable."""
        seen = self.ask("GET", f"/api/v1/batches/{batch}")
        found = self.ask("GET", f"/api/v1/batches/{batch}/findings") if seen.get("state") != RECEIVED else {}
        held = self.ask("GET", f"/api/v1/batches/{batch}/difference") if seen.get("state") == HELD else {}
        try:
            findings = tuple(parse(one) for one in found.get("findings", ()))
            return Outcome(seen, findings, held.get("difference"), held.get("seen"))
        except (Malformed, TypeError) as fault:
            raise HubUnreachable(hub=self.url) from fault

    def judged(self, batch: str, patience: float) -> Outcome:
        """Return the outcome once the batch is judged, or its present state after ``patience`` seconds."""
        until = time.monotonic() + patience
        while not (seen := self.outcome(batch)).settled and time.monotonic() < until:
            time.sleep(BETWEEN)
        return seen

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, method: str, path: str, **options: Any) -> Mapping[str, Any]:  # noqa: ANN401 - httpx's options
        """Return the document that the hub answers with. Raises HubRefused, HubUnreachable."""
        answer = self._request(method, path, **options)
        document = self._document(answer)
        if answer.is_success:
            return document
        raise _refusal(answer, document)

    def tell(self, method: str, path: str, **options: Any) -> Mapping[str, str]:  # noqa: ANN401 - the same
        """Return the headers of an answer that has no document. Raises HubRefused, HubUnreachable."""
        answer = self._request(method, path, **options)
        if answer.is_success:
            return answer.headers
        raise _refusal(answer, self._document(answer))

    def fetch(self, method: str, path: str) -> bytes:
        """Return an answer that is no document, as it is. Raises HubRefused, HubUnreachable."""
        answer = self._request(method, path)
        if answer.is_success:
            return answer.content
        raise _refusal(answer, self._document(answer))

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - the same
        try:
            return self._client.request(method, path, **options)
        except httpx.HTTPError as fault:
            raise HubUnreachable(hub=self.url) from fault

    def _document(self, answer: httpx.Response) -> Mapping[str, Any]:
        try:
            document = answer.json()
        except ValueError as fault:
            raise HubUnreachable(hub=self.url) from fault
        if not isinstance(document, dict):
            raise HubUnreachable(hub=self.url)
        return document


def _refusal(answer: httpx.Response, document: Mapping[str, Any]) -> HubRefused:
    told = {name: str(document.get(name, "")) for name in ("code", "detail")}
    return HubRefused(status=answer.status_code, hub_code=told["code"], detail=told["detail"])


def checked(url: str) -> str:
    """Return an address that may be spoken to. Raises AddressUnusable."""
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        raise AddressUnusable(hub=url) from None
    if not named or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _PLAIN)):
        raise AddressUnusable(hub=url)
    return url

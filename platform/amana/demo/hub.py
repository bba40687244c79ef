"""A plain client of the hub's public API, as anyone with a token could write one; it knows no room of the house."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from amana import ids

_TIMEOUT: Final = httpx.Timeout(60.0)  # seconds for one answer
_PURPOSE: Final = "regional_reporting"  # why the demo's people read: approved for all their organisations
_PATIENCE: Final = 240  # seconds for the hub to finish a piece of work


class Refused(Exception):
    """The hub answered with a problem document; ``problem`` is that document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', problem.get('title', ''))}")
        self.status = status
        self.problem = problem


class Hub:
    """The hub as one account sees it."""

    def __init__(
        self, url: str, token: str | None, language: str = "en", alive: Callable[[], None] = lambda: None
    ) -> None:
        """Open the hub. alive: asked while waiting; raises when there is nobody left to wait for."""
        self._alive = alive
        headers = {"Accept-Language": language, "Amana-Purpose": _PURPOSE} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        self._client = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON answer to a GET. Raises Refused."""
        return self._answer(self._client.get(path, params=query)).json()

    def text(self, path: str, **query: str) -> str:
        """Return the text answer to a GET. Raises Refused."""
        return self._answer(self._client.get(path, params=query)).text

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON answer to a POST of ``body``, sent under a name of its own. Raises Refused."""
        headers = {"Idempotency-Key": ids.new("key")}
        return self._answer(self._client.post(path, json=dict(body or {}), headers=headers)).json()

    def upload(self, path: Path, dataflow: str, period: str, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return the receipt for a CSV file sent as it is; the hub seals it as it arrives. Raises Refused."""
        return self._answer(
            self._client.post(
                "/api/v1/batches",
                params={"dataflow": dataflow, "period": period},
                content=path.read_bytes(),
                headers={"Content-Type": "text/csv", "Idempotency-Key": key},
            )
        ).json()

    def wait(self, path: str, done: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """Return the resource at ``path`` once ``done`` says so. Raises TimeoutError."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            resource: Mapping[str, Any] = self.get(path)
            if done(resource):
                return resource
            self._alive()
            time.sleep(0.2)
        raise TimeoutError(f"{path}: {json.dumps(dict(resource))[:300]}")

    @staticmethod
    def _answer(response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        try:
            problem = response.json()
        except ValueError:
            problem = {"detail": response.text[:200]}
        raise Refused(response.status_code, problem)

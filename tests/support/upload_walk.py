"""The walk's uploads in pieces: one that is finished, one that is cancelled, and one that nobody comes back to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from support.running import RunningHub, until

PIECES = 3
_AGAIN = frozenset({httpx.codes.CONFLICT, httpx.codes.LOCKED})  # a broken attempt had come further than its sender knew


class UploadWalk:
    """What the Moroccan clerk sends in pieces in the course of one walk."""

    def __init__(self, hub: RunningHub, period: str, file: Path, persist: Callable[[Callable[[], Any]], Any]) -> None:
        self.hub, self.period, self.data, self._persist = hub, period, file.read_bytes(), persist
        self.ids: dict[str, str] = {}

    def send(self) -> dict[str, Any]:
        """Send the file in pieces, as often as it takes, and return the receipt."""
        seen: dict[str, Any] = {"offset": 0}
        while "receipt" not in seen:
            seen = self._begin("whole")
            if seen["offset"] < len(self.data):
                self._persist(lambda here=seen["offset"]: self._piece("whole", here))
        receipt: dict[str, Any] = seen["receipt"]
        return receipt

    def give_up(self) -> None:
        """Cancel one upload after its first piece, and let another's time run out."""
        for name in ("cancelled", "late"):
            self._begin(name)
            while not (here := self._persist(lambda name=name: self._look(name))):
                self._persist(lambda name=name, here=here: self._piece(name, here))
        self._persist(lambda: self._ask("DELETE", "cancelled", {}, frozenset({httpx.codes.GONE})))
        engine = create_engine(self.hub.layout.database)
        with engine.begin() as owner:
            owner.execute(text("UPDATE upload SET expires_at = 1 WHERE id = :id"), {"id": self.ids["late"]})
        engine.dispose()

    def check(self, times: Callable[..., list[int]]) -> None:
        """Each ended once, as it was meant to, and nothing of what was given up is left."""
        lying = (
            "SELECT 1 FROM upload_piece JOIN upload ON upload.id = upload_id WHERE destroyed_at IS NULL AND period = :p"
        )
        given_up = f"{lying} AND ended_at IS NOT NULL"
        until(lambda: not self.hub.rows(given_up, p=self.period), 30, "the pieces are destroyed")
        rows = self.hub.rows("SELECT id, completed_at, ended_at, pieces FROM upload WHERE period = :p", p=self.period)
        assert {row["id"] for row in rows} == set(self.ids.values())
        for row in rows:
            whole = row["id"] == self.ids["whole"]
            assert (row["completed_at"] is not None, row["ended_at"] is not None) == (whole, not whole)
            assert times(self.hub, row["id"], "upload.begun", "upload.continued") == [1, row["pieces"]]
            ends = times(self.hub, row["id"], "upload.ended", "pieces.destroyed")
            assert ends == ([0, 0] if whole else [1, 1])

    def _begin(self, name: str) -> dict[str, Any]:
        named = hashlib.sha256(self.data).hexdigest()
        said = {"dataflow": "VICTIMS", "period": self.period, "type": "text/csv", "sha256": named}
        pairs = [f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items()]
        headers = {
            "Idempotency-Key": f"{name}-pieces-{self.period}",
            "Upload-Length": str(len(self.data)),
            "Upload-Metadata": ",".join(pairs),
        }
        seen: dict[str, Any] = self._persist(lambda: self._ask("POST", None, headers)).json()
        self.ids[name] = seen["id"]
        return seen

    def _piece(self, name: str, here: int) -> None:
        headers = {"Upload-Offset": str(here), "Content-Type": "application/offset+octet-stream"}
        piece = self.data[here : here + len(self.data) // PIECES + 1]
        self._ask("PATCH", name, headers, _AGAIN, piece)

    def _look(self, name: str) -> int:
        return int(self._ask("HEAD", name, {}).headers["Upload-Offset"])

    def _ask(
        self,
        method: str,
        name: str | None,
        headers: dict[str, str],
        also: frozenset[int] = frozenset(),
        data: bytes = b"",
    ) -> httpx.Response:
        place = f"{self.hub.layout.url}/api/v1/uploads" + (f"/{self.ids[name]}" if name else "")
        token = self.hub.account("submitter", "MAR")["token"]
        said = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0", **headers}
        answer = httpx.request(method, place, headers=said, content=data, timeout=60)
        assert answer.is_success or answer.status_code in also, answer.text
        return answer

"""The owner's part of the walk: a version held and decided, a person withdrawn, an answer taken, a list refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pyrage

from amana import signing
from amana.committee.requests import Ask, SealedList, seal
from amana.vault.receipt import read_receipt
from amana.vault.sealing import read_recipients
from support.contributions import pseudonym
from support.hub import NOON
from support.running import RunningHub

LEAVES, ASKS = 3, 4  # who is withdrawn, and who wants to know


class OwnerWalk:
    """What the Moroccan committee's officer asks in the course of one walk."""

    def __init__(self, hub: RunningHub, period: str, folder: Path, persist: Callable[[Callable[[], Any]], Any]) -> None:
        self.hub, self.period, self.folder, self._persist = hub, period, folder, persist
        self._identity = pyrage.x25519.Identity.generate()
        self._access = self._sealed()
        self.requests: dict[str, str] = {}

    def replace(self, batch: str) -> str:
        """Say yes to a held version; twice, as whoever saw the line break would."""
        asked = self._post(f"/api/v1/batches/{batch}/replacement", json={"decision": "replace"})
        return str(asked["id"])

    def ask(self, wait: Callable[[str, str], Mapping[str, Any]]) -> None:
        """Withdraw a person, ask what is held of another and take the answer, and send a list that nobody can read."""
        lists = {
            "withdraw": f"PSEUDONYM\n{pseudonym(LEAVES)}\n",
            "object": "NAME\nnobody\n",
        }
        for act, text in lists.items():
            sent = {"content": text.encode(), "headers": {"Content-Type": "text/csv"}}
            self.requests[act] = self._list(act, **sent)["id"]
        form = {"data": {"manifest": self._access.signed.decode()},
                "files": {"file": ("list.age", self._access.data, "application/age")}}  # fmt: skip
        self.requests["access"] = self._list("access", **form)["id"]
        for act, state in (("withdraw", "DONE"), ("object", "REFUSED"), ("access", "DONE")):
            wait(f"/api/v1/requests/{self.requests[act]}", state)
        self._take()

    def check(self, records_file: Mapping[str, Any]) -> None:
        """One of thirty left, once; what was signed says so; nothing of the lists and of the answer is left."""
        assert records_file["rows"] == 29
        key = signing.read_public_key((self.hub.layout.folder / "keys/web/bundle.pub.pem").read_bytes())
        receipt = self._get(f"/api/v1/requests/{self.requests['withdraw']}/receipt")
        assert read_receipt(receipt, [key]).act == "withdraw"
        assert self.hub.rows("SELECT 1 FROM answer WHERE sealed IS NOT NULL") == []
        assert self.hub.rows("SELECT 1 FROM difference") == []

    def _sealed(self) -> SealedList:
        listed = self.folder / "access.csv"
        listed.write_text(f"PSEUDONYM\n{pseudonym(ASKS)}\n", encoding="utf-8")
        folder = self.hub.layout.folder
        return seal(
            listed,
            Ask("access", "MAR", "VICTIMS", self.period),
            recipients=read_recipients(folder / "keys/web/recipients.txt"),
            key=signing.read_private_key(folder / "committees/MAR/signing.pem"),
            answer_to=str(self._identity.to_public()),
            now=NOON,
        )

    def _list(self, act: str, headers: Mapping[str, str] | None = None, **body: Any) -> Any:
        params = {"act": act, "dataflow": "VICTIMS", "period": self.period}
        key = {"Idempotency-Key": f"{act}-{self.period}"}
        return self._post("/api/v1/requests", params=params, headers={**key, **(headers or {})}, **body)

    def _take(self) -> None:
        """Take the answer; should the line break after it was given, it is gone, as the manual says."""
        url = f"{self.hub.layout.url}/api/v1/requests/{self.requests['access']}/answer"
        answer = self._persist(lambda: httpx.post(url, headers=self._token, timeout=60))
        if answer.status_code == httpx.codes.OK:
            opened = pyrage.decrypt(answer.content, [self._identity]).decode()
            assert pseudonym(ASKS) in opened
            assert pseudonym(LEAVES) not in opened
        else:
            assert answer.status_code == httpx.codes.GONE, answer.text

    @property
    def _token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.hub.account('protection_officer', 'MAR')['token']}"}

    def _post(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        sent = {**self._token, **(headers or {})}
        url = f"{self.hub.layout.url}{path}"
        answer = self._persist(lambda: httpx.post(url, headers=sent, timeout=60, **more))
        assert answer.is_success, answer.text
        return answer.json()

    def _get(self, path: str) -> bytes:
        answer = self._persist(lambda: httpx.get(f"{self.hub.layout.url}{path}", headers=self._token, timeout=60))
        assert answer.is_success, answer.text
        return bytes(answer.content)

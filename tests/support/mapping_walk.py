"""The walk's files with columns of their own: one whose owner says what they mean, and one that nobody speaks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from support.contributions import pseudonym
from support.running import RunningHub, until

_ANSWERS = {
    "VICTIM_STATUS": "IDENT",
    "AGE": "_U",
    "CITIZENSHIP": "_U",
    "AREA_EXPLOITATION": "_U",
    "EXPLOITATION": "EXP_BEG",
    "ICT_FACILITATION": "_U",
    "CONSENT_REPORTING": "YES",
}
_PATIENCE = 60  # seconds for one step


class MappingWalk:
    """What the Moroccan clerk sends under her own headings in the course of one walk, for two quarters of their own."""

    def __init__(self, hub: RunningHub, period: str, persist: Callable[[Callable[[], Any]], Any]) -> None:
        self.hub, self.period, self._persist = hub, period, persist
        self.periods = {"told": f"{period}-Q1", "untold": f"{period}-Q2"}
        self.ids: dict[str, str] = {}

    def go(self) -> None:
        """Send both; say what one means, and let the other's time run out."""
        for name in self.periods:
            self.ids[name] = self._persist(lambda name=name: self._send(name))["id"]
            self._wait(name, "MAPPING")
        self._persist(self._say)
        self._wait("told", "ACCEPTED")
        engine = create_engine(self.hub.layout.database)
        with engine.begin() as owner:
            late = {"id": self.ids["untold"]}
            owner.execute(text("UPDATE mapping_proposal SET waits_since = 1 WHERE batch_id = :id"), late)
        engine.dispose()
        self._wait("untold", "REFUSED")

    def check(self, times: Callable[..., list[int]]) -> None:
        """The one was told once, judged twice and accepted once; the other was refused once."""
        asked = ("mapping.asked", "mapping.confirmed", "batch.accepted", "batch.refused", "envelope.destroyed")
        assert times(self.hub, self.ids["told"], *asked) == [1, 1, 1, 0, 1]
        assert times(self.hub, self.ids["untold"], *asked) == [1, 0, 0, 1, 1]
        told = self.hub.rows("SELECT version FROM mapping WHERE batch_id = :id", id=self.ids["told"])
        assert len(told) == 1
        assert self.hub.rows("SELECT 1 FROM mapping_proposal WHERE batch_id = :id", id=self.ids["untold"]) == []

    def _send(self, name: str) -> Any:
        people = "".join(f"{pseudonym(n)},{'Femme' if n % 2 else 'Homme'},\r\n" for n in range(20))
        body = f"Pseudonyme,Sexe,Suivi {self.period} {name}\r\n{people}".encode()
        period = self.periods[name]
        headers = {"Content-Type": "text/csv", "Idempotency-Key": f"national-{period}"}
        return self._ask("POST", f"?dataflow=VICTIMS&period={period}", headers=headers, content=body).json()

    def _say(self) -> None:
        """Say what the columns mean; a conflict means that the broken attempt had been committed."""
        columns = {
            "A": {"concept": "PSEUDONYM"},
            "B": {"concept": "SEX", "values": {"Femme": "F", "Homme": "M"}},
            "C": {"concept": "-"},
        }
        said = {"columns": columns, "constants": _ANSWERS}
        self._ask("PUT", f"/{self.ids['told']}/mapping", also={httpx.codes.CONFLICT}, json=said)

    def _wait(self, name: str, state: str) -> None:
        def arrived() -> bool:
            seen = self._persist(lambda: self._ask("GET", f"/{self.ids[name]}")).json()["state"]
            assert seen in {state, "RECEIVED", "MAPPING"}, seen
            return bool(seen == state)

        until(arrived, _PATIENCE, f"{name} is {state}: {self.hub.logs()}")

    def _ask(self, method: str, place: str, *, also: set[int] = frozenset(), **more: Any) -> httpx.Response:  # type: ignore[assignment]
        token = self.hub.account("submitter", "MAR")["token"]
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        address = f"{self.hub.layout.url}/api/v1/batches{place}"
        answer = httpx.request(method, address, headers=headers, timeout=60, **more)
        assert answer.is_success or answer.status_code in also, answer.text
        return answer

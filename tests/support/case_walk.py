"""The walk's auditor: a case with an event, a note and a name, an export of it, a finding; and its texts grown old."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import create_engine, text

from amana.demo.hub import Refused
from support.running import RunningHub, until

_OLD = "UPDATE review_case SET closed_at = 1 WHERE id = :id"
_TEXTS = "SELECT 1 FROM case_text JOIN case_note ON case_note.id = note_id WHERE case_id = :id"


class CaseWalk:
    """What an auditor does in the course of one walk. What is broken off is done again; a second note is no harm."""

    def __init__(self, hub: RunningHub, persist: Callable[[Callable[[], Any]], Any]) -> None:
        self.hub, self._persist = hub, persist
        self.case = self.export = self.person = ""

    def review(self) -> None:
        """Open a case, pin what somebody was refused, write, ask for her name, take the case out, and close it."""
        refused = self._somebody_refused()
        body = {"title": "Refusals", "question": "Who was refused?"}
        self.case = self._post("/api/v1/audit/cases", body)["id"]
        self.person = refused["actor"]
        self._post(f"{self._place}/events", {"events": [refused["event_id"]]})
        self._post(f"{self._place}/notes", {"text": "Once."})
        self._post(f"{self._place}/names", {"person": self.person, "reason": "To ask her."})
        self._wait(lambda: self._get(f"{self._place}/names/{self.person}")["email"], "the name is shown")
        self._take_out()
        self._post(f"{self._place}/closure", {"finding": "A test."})

    def grow_old(self) -> None:
        """Let the case be closed long ago, and what was written in it be erased."""
        engine = create_engine(self.hub.layout.database)
        with engine.begin() as owner:
            owner.execute(text(_OLD), {"id": self.case})
        engine.dispose()
        self._wait(lambda: not self.hub.rows(_TEXTS, id=self.case), "the texts of the case are erased")

    def check(self, times: Callable[..., list[int]]) -> None:
        """Each act is in the log; the name was not shown, nor the file handed out, before the order for it."""
        acts = ("case.opened", "case.pinned", "case.closed", "case.erasure_ordered", "case.erased")
        done = lambda: times(self.hub, self.case, *acts) == [1] * len(acts)  # noqa: E731 - asked again and again
        self._wait(done, "the erasure is noted")
        assert min(times(self.hub, self.case, "case.noted", "name.asked", "name.opened")) >= 1
        assert times(self.hub, self.export, "export.ordered") == [1]
        assert times(self.hub, self.export, "export.served")[0] >= 1

    @property
    def _place(self) -> str:
        return f"/api/v1/audit/cases/{self.case}"

    def _somebody_refused(self) -> dict[str, Any]:
        member = self.hub.as_("member")
        self._persist(lambda: self._shut_out(member))
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [
                one
                for one in self._get("/api/v1/audit/events", outcome="refused", kind="request.refused")["events"]
                if one["role"] == "member" and one["index"] is not None
            ]
            return bool(found)

        self._wait(there, "the refusal is in the log")
        return found[0]

    def _shut_out(self, member: Any) -> None:
        with suppress(Refused):
            member.get("/api/v1/audit/events")

    def _take_out(self) -> None:
        def ordered() -> bool:
            with suppress(Refused):  # while some of it is still on its way
                self.export = self._post("/api/v1/audit/exports", {"format": "jsonl", "case": self.case})["id"]
            return bool(self.export)

        self._wait(ordered, "all that was done in the case is in the log")
        place = f"/api/v1/audit/exports/{self.export}"
        self._wait(lambda: self._get(place)["state"] == "ready", "the order is under a checkpoint")
        self._persist(lambda: self.hub.as_("auditor").text(f"{place}/file"))

    def _get(self, path: str, **query: str) -> Any:
        return self._persist(lambda: self.hub.as_("auditor").get(path, **query))

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._persist(lambda: self.hub.as_("auditor").post(path, body))

    def _wait(self, arrived: Callable[[], Any], what: str) -> None:
        def looked() -> bool:
            self.hub.revive()
            return bool(arrived())

        until(looked, 60, f"{what}: {self.hub.logs()}")

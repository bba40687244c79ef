"""What an auditor has reviewed when the pages are looked at: an open case, a closed one, a name, an export."""

from __future__ import annotations

from amana import ids
from support.hub import RealHub

CASES = "/api/v1/audit/cases"


def _once() -> dict[str, str]:
    """A name for one sending."""
    return {"Idempotency-Key": ids.new("key")}


def auditor_has_reviewed(hub: RealHub) -> dict[str, str]:
    """Return the ids of what there is to be seen, by name."""
    hub.api("member").get("/api/v1/audit/events")
    hub.sign()
    auditor, refused = hub.api("auditor"), hub.events("request.refused")[-1]
    question = {"title": "قراءات ليلية", "question": "Qui lit la nuit ?\nEt pourquoi ?"}
    case = auditor.post(CASES, json=question, headers=_once()).json["id"]
    auditor.post(f"{CASES}/{case}/events", json={"events": [refused["event_id"]]})
    auditor.post(f"{CASES}/{case}/notes", json={"text": "Once, at noon."}, headers=_once())
    note = hub.events("case.noted")[-1]["facts"]["note"]
    auditor.post(f"{CASES}/{case}/notes", json={"text": "نعم.", "answers": note}, headers=_once())
    auditor.post(f"{CASES}/{case}/names", json={"person": refused["actor"], "reason": "To ask her."})
    closed = auditor.post(CASES, json={"title": "Closed", "question": "Was it?"}, headers=_once()).json["id"]
    auditor.post(f"{CASES}/{closed}/closure", json={"finding": "It was not."})
    hub.sign()
    export = auditor.post("/api/v1/audit/exports", json={"format": "csv", "case": case}).json["id"]
    hub.sign()
    other = hub.events("request.refused")[0]["actor"]
    return {"case": case, "closed": closed, "person": refused["actor"], "export": export, "other": other}

"""A hub whose log nobody signs, or somebody else: people are told first, then what must be logged is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from amana.audit.tlog.checkpoint import Checkpoint, make_log_key, read_log_key, sign
from support.hub import RealHub

UNSIGNED = "journal.unsigned"
LATE = "the log is being signed late"


def pass_(hub: RealHub, seconds: float) -> None:
    hub.clock.at += timedelta(seconds=seconds)


def test_a_late_log_is_told_to_those_who_must_know(fresh: RealHub):
    fresh.show()
    auditor, clerk = fresh.browser("auditor"), fresh.browser("submitter", "MAR")
    fresh.sign()
    assert LATE not in auditor.get("/en/audit/").text
    pass_(fresh, 61)
    assert LATE in auditor.get("/en/audit/").text
    assert LATE not in clerk.get("/en/contributions/").text
    client = fresh.app.test_client()
    assert client.get("/readyz").text == "ready\nthe log is signed late\n"
    assert "amana_log_late 1" in client.get("/metrics").text
    fresh.show()
    pass_(fresh, 2)
    assert client.get("/readyz").text == "ready\n"
    assert "amana_log_late 0" in client.get("/metrics").text


def test_reads_and_writes_are_refused_while_nobody_signs_and_open_pages_are_not(fresh: RealHub):
    auditor, steward = fresh.api("auditor"), fresh.api("steward")
    assert auditor.get("/api/v1/audit/events").status_code == 200
    pass_(fresh, 601)
    plan = {"plan": "victims-annual", "period": "2022"}
    for answer in (auditor.get("/api/v1/audit/events"), steward.post("/api/v1/releases", json=plan)):
        assert (answer.status_code, answer.json["code"]) == (503, UNSIGNED)
    account = fresh.account("auditor")
    signing_in = {"email": account["email"], "password": account["password"]}
    assert fresh.app.test_client().post("/en/sign-in", data=signing_in).status_code == 503
    assert fresh.app.test_client().get("/en/open").status_code == 200
    assert [event["code"] for event in refusals(fresh)] == [UNSIGNED] * 2  # and each refusal is journalled
    fresh.tell_refusals()
    assert fresh.events("refusals.counted")[-1]["facts"]["codes"] == {UNSIGNED: 1}  # or counted: nobody had signed in
    fresh.sign()
    pass_(fresh, 2)
    assert auditor.get("/api/v1/audit/events").status_code == 200


def test_a_log_that_another_key_signed_is_believed_by_nobody(fresh: RealHub, tmp_path: Path):
    (tmp_path / "other.pem").write_bytes(make_log_key("amana.test/other")[0])
    (tmp_path / "other.pem").chmod(0o600)
    note = sign(Checkpoint("amana.test/other", 10_000, bytes(32)), read_log_key(tmp_path / "other.pem"))
    with fresh.test_database.as_role("owner").write() as tx:
        tx.execute(text("INSERT INTO log_checkpoint VALUES (10000, :note, 1, NULL)"), {"note": note})
    answer = fresh.api("auditor").get("/api/v1/audit/events")
    assert (answer.status_code, answer.json["facts"]["reason"]) == (503, "key")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_log_that_cannot_be_looked_at_closes_the_hub(fresh: RealHub):
    with fresh.test_database.as_role("owner").write() as tx:
        tx.execute(text("ALTER TABLE journal RENAME TO elsewhere"))
    answer = fresh.api("auditor").get("/api/v1/audit/events")
    assert (answer.status_code, answer.json["code"]) == (503, "journal.closed")


def refusals(hub: RealHub) -> list[dict[str, object]]:
    import json

    return [json.loads(event["details"]) for event in hub.events("request.refused")]

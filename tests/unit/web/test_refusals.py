"""Refusals: one code, three languages, a clause, an entry in the log; and nothing at all when the log is closed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from support.hub import RealHub


@pytest.mark.parametrize(("language", "title"), [("en", "Not allowed"), ("fr", "Non permis"), ("ar", "غير مسموح")])
def test_a_refusal_is_a_problem_document_in_the_readers_language(hub: RealHub, language: str, title: str) -> None:
    answer = hub.api("member", language=language).get("/api/v1/audit/events")
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Content-Language"] == language
    assert answer.json["title"] == title
    assert answer.json["code"] == "policy.refused"
    assert answer.json["clause"] == "region.default-deny"
    assert answer.json["facts"]["missing"]


def test_a_refusal_is_a_page_for_people(hub: RealHub) -> None:
    answer = hub.browser("member").get("/fr/audit/")
    assert answer.status_code == 403
    assert answer.mimetype == "text/html"
    assert "Non permis" in answer.text


def test_a_refusal_is_journalled_with_its_clause(fresh: RealHub) -> None:
    fresh.api("steward").get("/api/v1/audit/events")
    refused = fresh.events("request.refused")[-1]
    assert (refused["outcome"], refused["clause"]) == ("refused", "region.default-deny")
    assert refused["facts"]["action"] == "read_events"


def test_a_stranger_is_told_to_sign_in_and_it_is_on_record(fresh: RealHub) -> None:
    answer = fresh.app.test_client().get("/api/v1/releases")
    assert (answer.status_code, answer.json["code"]) == (401, "access.sign_in_needed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    fresh.tell_refusals()
    told = fresh.events("refusals.counted")[-1]["facts"]
    assert (told["codes"], told["actions"]) == ({"access.sign_in_needed": 1}, {"api_releases.releases": 1})


def test_an_unknown_token_is_refused(hub: RealHub) -> None:
    answer = hub.app.test_client().get("/api/v1/releases", headers={"Authorization": "Bearer amana_" + "x" * 43})
    assert (answer.status_code, answer.json["code"]) == (401, "identity.token_invalid")


def test_when_the_journal_cannot_be_written_nothing_is_answered(fresh: RealHub) -> None:
    steward = fresh.api("steward")
    assert steward.get("/api/v1/releases").status_code == 200
    with fresh.test_database.as_role("owner").write() as tx:
        tx.execute(text("ALTER TABLE journal RENAME TO journal_gone"))
    for answer in (steward.get("/api/v1/releases"), fresh.api("member").get("/api/v1/audit/events")):
        assert (answer.status_code, answer.json["code"]) == (503, "journal.closed")


def test_what_nobody_foresaw_is_a_bare_500(fresh: RealHub, caplog: pytest.LogCaptureFixture) -> None:
    with fresh.test_database.as_role("owner").write() as tx:
        tx.execute(text('ALTER TABLE "release" RENAME TO release_gone'))
    answer = fresh.api("steward").get("/api/v1/releases/rel_" + "a" * 26)
    assert answer.status_code == 500
    assert answer.json["facts"] == {}
    assert "release_gone" not in answer.text
    assert "no such table" not in answer.text


def test_a_malformed_body_names_its_fields(hub: RealHub) -> None:
    answer = hub.api("steward").post("/api/v1/releases", json={"plan": "victims-annual", "sneaky": 1})
    assert answer.status_code == 422
    assert answer.json["facts"]["fields"] == ["period", "…"]


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_outside_the_calendar_is_refused_before_it_stops_everybody(hub: RealHub, time: str) -> None:
    body = {"plan": "victims-annual", "period": "2022", "publish_at": time}
    answer = hub.api("steward").post("/api/v1/releases", json=body)
    assert (answer.status_code, answer.json["facts"]["fields"]) == (422, ["publish_at"])
    assert hub.api("member").get("/api/v1/releases").json == {"releases": []}


def test_no_page_at_this_address(hub: RealHub) -> None:
    client = hub.app.test_client()
    assert "لا توجد صفحة في هذا العنوان" in client.get("/ar/nowhere").text
    assert client.get("/api/v1/nowhere").json["code"] == "http.404"
    assert client.post("/healthz").status_code == 405

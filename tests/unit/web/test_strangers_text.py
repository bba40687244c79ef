"""What a person types may name somebody: it reaches neither the log, which nothing erases, nor the answer."""

from __future__ import annotations

import pytest

from support.hub import RealHub

CANARY = "Zaynabcanary@x.org"
V1 = "/api/v1"
IDEMPOTENT = {"Idempotency-Key": "k"}
GOOD = "/api/v1/batches?dataflow=VICTIMS&period=2019"


def leaked(hub: RealHub) -> list[object]:
    return [event for event in hub.events() if "canary" in str(event).lower()]


#   who         asks                                                         is answered
@pytest.mark.parametrize(
    ("role", "asked", "told"),
    [
        ("submitter", ("POST", f"{V1}/batches?dataflow={CANARY}&period=2019", {}), (404, "intake.dataflow_unknown")),
        ("submitter", ("POST", f"{V1}/batches?dataflow=VICTIMS&period={CANARY}", {}), (400, "intake.period_malformed")),
        ("submitter", ("POST", f"{GOOD}&{CANARY}=1", {}), (411, "intake.length_required")),
        ("submitter", ("GET", f"{V1}/batches/{CANARY}", {}), (404, "resource.not_found")),
        ("submitter", ("GET", f"{V1}/batches/{CANARY}/findings", {}), (404, "resource.not_found")),
        ("member", ("GET", f"{V1}/data/{CANARY}", {}), (404, "codebook.unknown")),
        ("member", ("GET", f"{V1}/data/VICTIMS?by={CANARY}", {}), (400, "query.malformed")),
        ("member", ("GET", f"{V1}/data/VICTIMS?{CANARY}=1", {}), (400, "query.malformed")),
        ("member", ("GET", f"{V1}/data/VICTIMS?SEX={CANARY}", {}), (400, "query.malformed")),
        ("member", ("GET", f"{V1}/data/VICTIMS?TIME_PERIOD={CANARY}", {}), (400, "query.malformed")),
        ("member", ("GET", f"{V1}/data/VICTIMS?format={CANARY}", {}), (406, "http.406")),
        ("member", ("GET", f"{V1}/dataflows", {"headers": {"Amana-Purpose": CANARY}}), (403, "policy.refused")),
        (
            "member",
            ("POST", f"{V1}/releases", {"json": {"plan": CANARY, "period": "2022"}}),
            (404, "resource.not_found"),
        ),
        (
            "steward",
            ("POST", f"{V1}/releases", {"json": {"plan": CANARY, "period": "2022"}}),
            (404, "resource.not_found"),
        ),
        (
            "steward",
            ("POST", f"{V1}/releases", {"json": {"plan": "victims-annual", "period": CANARY}}),
            (422, "request.malformed"),
        ),
        ("steward", ("POST", f"{V1}/releases", {"json": {CANARY: 1}}), (422, "request.malformed")),
        ("steward", ("GET", f"{V1}/releases/{CANARY}", {}), (404, "resource.not_found")),
        ("steward", ("GET", f"{V1}/releases/{CANARY}/candidate", {}), (404, "resource.not_found")),
        ("steward", ("GET", f"{V1}/{CANARY}", {}), (404, "http.404")),
        ("auditor", ("GET", f"{V1}/audit/events?after={CANARY}", {}), (400, "format.malformed")),
    ],
)
def test_a_refusal_repeats_nothing_that_is_not_ours(
    hub: RealHub, role: str, asked: tuple[str, str, dict[str, object]], told: tuple[int, str]
) -> None:
    method, path, more = asked
    if role == "member":
        more = {"headers": {"Amana-Purpose": "regional_reporting"}, **more}
    answer = hub.api(role).open(path, method, **more)
    assert (answer.status_code, answer.json["code"]) == told
    assert "canary" not in answer.text.lower()
    assert leaked(hub) == []


def test_what_is_ours_is_named_in_the_log_and_in_the_answer(hub: RealHub) -> None:
    release = "rel_" + "a" * 26
    answer = hub.api("member").get(f"/api/v1/releases/{release}")
    assert (answer.json["instance"], answer.json["facts"]["id"]) == (f"/api/v1/releases/{release}", release)
    hub.api("member").post(GOOD, headers=IDEMPOTENT)
    refused = hub.events("request.refused")[-1]
    assert (refused["subject"], refused["dataflow"]) == ("new", "VICTIMS")
    hub.api("member").post("/api/v1/releases", json={"plan": "victims-annual", "period": "2022"})
    refused = hub.events("request.refused")[-1]
    assert (refused["subject"], refused["dataflow"]) == ("victims-annual", "VICTIMS")
    hub.api("member").get("/api/v1/dataflows", headers={"Amana-Purpose": "immigration_enforcement"})
    refused = hub.events("request.refused")[-1]
    assert (refused["clause"], refused["purpose"]) == ("region.excluded-purpose", "immigration_enforcement")


def test_an_unknown_purpose_is_refused_by_its_clause_alone(hub: RealHub) -> None:
    hub.api("member").get("/api/v1/dataflows", headers={"Amana-Purpose": CANARY})
    refused = hub.events("request.refused")[-1]
    assert (refused["clause"], refused["purpose"]) == ("region.unknown-purpose", None)


@pytest.mark.parametrize("page", ["/api/v1/audit/events", "/en/audit/"])
@pytest.mark.parametrize("name", ["kind", "actor", "subject", "outcome", "dataflow"])
def test_a_filter_that_is_no_word_of_ours_is_journalled_as_unknown(hub: RealHub, page: str, name: str) -> None:
    address = f"{page}?{name}={CANARY}"
    assert (hub.api("auditor") if page.startswith("/api") else hub.browser("auditor")).get(address).status_code == 200
    assert hub.events("events.read")[-1]["facts"]["filters"] == {name: "unknown"}
    assert leaked(hub) == []


def test_a_filter_of_ours_is_journalled_as_it_is(hub: RealHub) -> None:
    ours = {"kind": "signed.in", "outcome": "done", "country": "MAR", "dataflow": "VICTIMS", "actor": "worker",
            "subject": "bat_" + "a" * 26, "organisation": hub.account("auditor")["organisation"],
            "purpose": "research", "since": "2026-01-01T00:00:00.000000Z"}  # fmt: skip
    assert hub.api("auditor").get("/api/v1/audit/events", query_string=ours).status_code == 200
    told = hub.events("events.read")[-1]["facts"]["filters"]
    assert {name: text for name, text in told.items() if name != "since"} == {
        name: text for name, text in ours.items() if name != "since"
    }

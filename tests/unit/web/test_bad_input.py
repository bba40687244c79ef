"""Bad input is the sender's fault, and is told so: a coded refusal, never a fault of ours, never a silent choice."""

from __future__ import annotations

import json

import pytest

from support.hub import RealHub

IDEMPOTENT = {"Idempotency-Key": "k"}
GOOD = "/api/v1/batches?dataflow=VICTIMS&period=2019"


def test_options_are_answered_as_the_framework_does(hub: RealHub) -> None:
    for path in ("/api/v1/releases", "/api/v1/batches", "/en/releases/"):
        answer = hub.api("steward").open(path, "OPTIONS")
        assert (answer.status_code, answer.data) == (200, b"")
        assert {"GET", "POST", "OPTIONS"} & set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (json.dumps({"plan": "\ud800", "period": "2022"}), (400, "http.400")),
        (json.dumps({"plan": "victims-annual", "period": "\ud800"}), (400, "http.400")),
        (json.dumps({"plan": "victims\0annual", "period": "2022"}), (400, "http.400")),
        ("[" * 5000, (400, "http.400")),
        ('{"a":' * 5000, (400, "http.400")),
        ("no json", (400, "http.400")),
        ("9" * 5000, (400, "http.400")),
        (b"\xff", (400, "http.400")),
    ],
)
def test_a_body_that_is_no_json_is_refused(hub: RealHub, body: str | bytes, told: tuple[int, str]) -> None:
    answer = hub.api("steward").post("/api/v1/releases", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == told


def test_a_body_that_nobody_needs_so_long_is_not_read(hub: RealHub) -> None:
    body = b'{"plan":"' + b"x" * (3 << 20) + b'"}'
    answer = hub.api("steward").post("/api/v1/releases", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "http.413")


def test_a_file_is_not_read_whole_and_may_be_longer(hub: RealHub) -> None:
    headers = {"Idempotency-Key": "long"}
    answer = hub.api("submitter").post(GOOD, data=b"A,B\r\n" * (1 << 19), content_type="text/csv", headers=headers)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("body", [b'{"plan": "x", "period": "2022"}', b"[" * 5000, b"no json", b"{}", b"x" * (3 << 20)])
def test_a_strangers_body_is_not_read_at_all(hub: RealHub, body: bytes) -> None:
    for path in ("/api/v1/releases", f"/api/v1/batches/bat_{'a' * 26}/replacement"):
        answer = hub.app.test_client().post(path, data=body, content_type="application/json")
        assert (answer.status_code, answer.json["code"]) == (401, "access.sign_in_needed")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "identity, br", "deflate"])
def test_an_encoded_upload_is_refused_because_it_is_not_what_it_says(hub: RealHub, coding: str) -> None:
    sent = {**IDEMPOTENT, "Content-Encoding": coding}
    answer = hub.api("submitter").post(GOOD, data=b"A,B\r\n", content_type="text/csv", headers=sent)
    assert (answer.status_code, answer.json["code"]) == (415, "intake.type_unsupported")


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("submitter", "POST", f"{GOOD}&period=2018"),
        ("submitter", "POST", f"{GOOD}&dataflow=VICTIMS"),
        ("auditor", "GET", "/api/v1/audit/events?kind=signed.in&kind=signed.out"),
        ("member", "GET", "/api/v1/data/VICTIMS?format=csv&format=json"),
        ("member", "GET", "/api/v1/data/VICTIMS?lang=ar&lang=fr"),
    ],
)
def test_a_parameter_given_twice_is_refused_instead_of_choosing_one(
    hub: RealHub, role: str, method: str, path: str
) -> None:
    headers = {**IDEMPOTENT, "Amana-Purpose": "regional_reporting"}
    answer = hub.api(role).open(path, method, data=b"A,B\r\n", content_type="text/csv", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "request.repeated")


def test_two_idempotency_keys_are_refused_instead_of_choosing_one(hub: RealHub) -> None:
    token = hub.account("submitter")["token"]
    headers = [("Authorization", f"Bearer {token}"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = hub.app.test_client().post(GOOD, data=b"A,B\r\n", content_type="text/csv", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "intake.idempotency_key_required")


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/api/v1/audit/events?actor=a%00b", None),
        ("GET", "/api/v1/releases/rel_%00", None),
        ("POST", "/en/sign-in", {"email": "a\0@example.org", "password": "p"}),
    ],
)
def test_a_nul_is_refused_before_any_database_sees_it(hub: RealHub, method: str, path: str, form: object) -> None:
    assert hub.api("auditor").open(path, method, data=form).status_code == 400

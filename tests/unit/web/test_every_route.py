"""Every route: the headers stand, the policy was asked. That each leaves an event has a test of its own."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint

from amana.web.guard import PUBLIC
from support.hub import RealHub, real_hub

EXAMPLES = {
    "lang": "en",
    "dataflow": "VICTIMS",
    "batch": "bat_" + "a" * 26,
    "upload": "upl_" + "a" * 26,
    "release": "rel_" + "a" * 26,
    "request": "req_" + "a" * 26,
    "case": "cas_" + "a" * 26,
    "export": "exp_" + "a" * 26,
    "person": "per_" + "a" * 26,
    "actor": "per_" + "a" * 26,
    "event": "evt_" + "a" * 26,
    "question": "refusals",
    "subject": "bat_" + "a" * 26,
    "digest": "0" * 64,
    "act": "approve",
    "said": "replace",
    "level": "0",
    "name": "000",
    "filename": "amana.css",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def addresses(hub: RealHub) -> list[tuple[str, str, str]]:
    found = []
    for rule in hub.app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: EXAMPLES[part[1]], re.sub(r"any\([^)]*\):", "", rule.rule))
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods or ()) if method in {"GET", "POST"}]
    return found


def test_every_answer_carries_every_header(hub: RealHub) -> None:
    client = hub.app.test_client()
    for _, method, path in addresses(hub):
        answer = client.open(path, method=method, buffered=True)
        missing = {name for name, value in HEADERS.items() if answer.headers.get(name) != value}
        assert not missing, f"{method} {path}: {missing}"
        assert answer.headers.get("Cache-Control"), path


def test_nobody_gets_in_anywhere_but_where_anyone_may(hub: RealHub) -> None:
    client = hub.app.test_client()
    for endpoint, method, path in addresses(hub):
        answer = client.open(path, method=method, buffered=True)
        inside = answer.status_code < 300
        assert not inside or endpoint in PUBLIC, f"{method} {path} let a stranger in"


def test_signed_in_pages_are_kept_by_no_cache(hub: RealHub) -> None:
    browser = hub.browser("steward")
    for path in ("/en/", "/en/releases/", "/ar/methods"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_a_route_that_forgets_to_ask_answers_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    from amana.web import public

    careless = Blueprint("health", __name__)
    careless.get("/healthz", endpoint="careless")(lambda: "everything about everybody")
    monkeypatch.setattr(public, "health", careless)
    with real_hub(tmp_path) as hub:
        answer = hub.api("steward").get("/healthz")
    assert (answer.status_code, answer.data) == (500, b"")


def test_the_description_of_the_api_is_openapi_3_1_and_names_every_api_route(hub: RealHub) -> None:
    described = hub.app.test_client().get("/openapi.json").json
    assert described["openapi"] == "3.1.0"
    rules = {rule.rule for rule in hub.app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert {re.sub(r"<(\w+)>", r"{\1}", rule) for rule in rules} == set(described["paths"])


def test_the_description_tells_refusals_as_they_are_answered(hub: RealHub) -> None:
    described = hub.app.test_client().get("/openapi.json").json
    (media,) = described["components"]["responses"]["DEFAULT_ERROR"]["content"].values()
    told = described["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]
    refused = hub.api("member").get("/api/v1/audit/events").json
    assert set(told["required"]) <= set(refused) <= set(told["properties"])
    assert "clause" in refused

"""Sessions and forms: who you are, and that the form came from your own page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from amana.web.caller import cookie_name
from support.hub import ORIGIN, RealHub, real_hub


def test_signing_in_sets_a_cookie_that_scripts_and_strangers_do_not_get(hub: RealHub) -> None:
    account = hub.account("steward")
    answer = hub.app.test_client().post("/sign-in", data={"email": account["email"], "password": account["password"]})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("amana=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_over_https_the_cookie_is_bound_to_its_host() -> None:
    assert (cookie_name(https=True), cookie_name(https=False)) == ("__Host-amana", "amana")


def test_away_from_this_machine_even_a_demo_asks_for_a_second_factor(tmp_path: Path) -> None:
    with real_hub(tmp_path, origin="https://amana.example") as hub:
        account = hub.account("steward")
        form = {"email": account["email"], "password": account["password"]}
        answer = hub.app.test_client().post("/sign-in", data=form)
        assert answer.status_code == 401
        assert "Strict-Transport-Security" in answer.headers


def test_a_wrong_password_says_no_more_than_that_and_is_on_record(fresh: RealHub) -> None:
    client = fresh.app.test_client()
    told = set()
    for email in (fresh.account("steward")["email"], "nobody@nowhere.example"):
        answer = client.post("/fr/sign-in", data={"email": email, "password": "not the password"})
        assert answer.status_code == 401
        told.add(answer.text.replace(email, ""))
    assert len(told) == 1
    fresh.tell_refusals()
    assert fresh.events("sign_in.failed")[-1]["facts"]["failures"] == [1, 1]


def test_after_fifteen_idle_minutes_the_session_is_over(fresh: RealHub) -> None:
    browser = fresh.browser("steward")
    assert browser.get("/en/").status_code == 200
    fresh.clock.at += timedelta(minutes=16)
    answer = browser.get("/en/releases/")
    assert answer.status_code == 302
    assert "/en/sign-in?next=/en/releases/" in answer.headers["Location"]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_signing_in(hub: RealHub, target: str) -> None:
    account = hub.account("steward")
    form = {"email": account["email"], "password": account["password"], "next": target}
    assert hub.app.test_client().post("/en/sign-in", data=form).headers["Location"] == "/en/"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_a_form_from_elsewhere_is_refused(hub: RealHub, headers: dict[str, str]) -> None:
    browser = hub.browser("steward")
    form = {"form_key": hub.form_key(browser), "plan": "victims-annual", "period": "2022"}
    answer = browser.post("/en/releases/", data=form, headers=headers)
    assert answer.status_code == 403
    assert "access.form_foreign" in answer.text


def test_our_own_form_is_taken_as_the_browser_sends_it(hub: RealHub) -> None:
    browser = hub.browser("steward")
    form = {"form_key": hub.form_key(browser), "plan": "victims-annual", "period": "2022"}
    for headers in ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Origin": ORIGIN}, {}):
        assert browser.post("/en/releases/", data=form, headers=headers).status_code == 303


@pytest.mark.parametrize("key", ["", "0" * 64])
def test_a_form_without_the_sessions_key_changes_nothing(hub: RealHub, key: str) -> None:
    browser = hub.browser("steward")
    planned = len(hub.events("release.planned"))
    assert browser.post("/en/releases/", data={"form_key": key, "plan": "x", "period": "2022"}).status_code == 403
    json_by_cookie = browser.post("/api/v1/releases", json={"plan": "victims-annual", "period": "2022"})
    assert json_by_cookie.status_code == 403
    assert len(hub.events("release.planned")) == planned


def test_signing_out_ends_the_session_on_the_server(hub: RealHub) -> None:
    browser = hub.browser("steward")
    name = browser.get_cookie("amana").value
    assert browser.post("/en/sign-out", data={"form_key": hub.form_key(browser)}).status_code == 303
    browser.set_cookie("amana", name)
    assert browser.get("/en/").status_code == 302


def test_a_reader_with_several_purposes_chooses_one_and_it_is_journalled(fresh: RealHub) -> None:
    browser = fresh.browser("member")
    assert "/en/purpose" in browser.get("/en/data/").headers["Location"]
    form = {"form_key": fresh.form_key(browser), "purpose": "research", "next": "/en/data/"}
    assert browser.post("/en/purpose", data=form).headers["Location"] == "/en/data/"
    assert browser.get("/en/data/").status_code == 200
    assert fresh.events("statistics.read")[-1]["purpose"] == "research"


def test_a_purpose_that_nobody_approved_is_refused(hub: RealHub) -> None:
    member = hub.api("member")
    assert member.get("/api/v1/dataflows").json["code"] == "access.purpose_needed"
    excluded = member.get("/api/v1/dataflows", headers={"Amana-Purpose": "immigration_enforcement"})
    assert (excluded.status_code, excluded.json["clause"]) == (403, "region.excluded-purpose")
    assert member.get("/api/v1/dataflows", headers={"Amana-Purpose": "victim_assistance"}).status_code == 403

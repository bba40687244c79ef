"""Whoever is signed in gets no answer that left no event, refused or not: every route, every method, every role.

What anyone may fetch (``guard.PUBLIC``) leaves none: a dictionary tells nothing about who looked at it. Nor does the
framework's own list of the methods that an address has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from werkzeug.routing import Rule

from amana.audit.outbox.tables import event_detail
from amana.policy.decide import ROLES, Resource
from amana.web import guard
from amana.web.guard import PUBLIC
from support.contributions import pseudonym, row
from support.hub import RealHub, real_hub
from support.owner_pages import ask, send
from support.published import contribution, publish
from support.published import send as send_figures
from support.running import small_policies

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # what changes something comes last
WORDS = {"lang": "en", "dataflow": "VICTIMS", "level": "0", "name": "000", "filename": "amana.css"}
PURPOSE = {"Amana-Purpose": "regional_reporting"}


@dataclass
class Inhabited:
    """A hub with something under most addresses. ids: by the name of an address's variable part."""

    hub: RealHub
    ids: Mapping[str, str]

    def rules(self) -> list[Rule]:
        return [rule for rule in self.hub.app.url_map.iter_rules() if rule.endpoint not in PUBLIC]

    def address(self, rule: Rule) -> str:
        chosen = re.sub(r"<any\((\"?)([\w-]+)[^>]*:\w+>", r"\2", rule.rule)
        return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: self.ids.get(part[1], f"{part[1][:3]}_{'a' * 26}"), chosen)

    def events_of(self, person: str) -> int:
        mine = select(func.count()).select_from(event_detail).where(event_detail.c.actor == person)
        with self.hub.house.auditor.read() as reading:
            return int(reading.execute(mine).scalar_one())


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    folder = tmp_path_factory.mktemp("inhabited")
    with real_hub(folder, small_policies(folder)) as hub:
        for committee, people in (("NER", 130), ("CIV", 190), ("MAR", 160)):
            batch = send_figures(hub, contribution(people), committee, "2022")
        hub.work()
        ids = {"batch": batch, "release": publish(hub, "2022")}
        send(hub, [row(n) for n in range(4)], "own")
        ids["request"] = ask(hub, "withdraw", f"PSEUDONYM\n{pseudonym(3)}\n")
        begun = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Idempotency-Key": "piece"}
        begun["Upload-Metadata"] = "dataflow VklDVElNUw==,period MjAyMA==,type dGV4dC9jc3Y="
        upload = hub.api("submitter", "MAR").post("/api/v1/uploads", headers=begun)
        ids["upload"] = upload.headers["Location"].rpartition("/")[2]
        ids["event"] = hub.events("batch.received")[0]["event_id"]
        yield Inhabited(hub, WORDS | ids)


@dataclass
class Walked:
    """What came of asking for everything. silent: by role, what left no event; answered: what was not refused."""

    silent: dict[str, list[str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def walked(inhabited: Inhabited) -> Walked:
    found = Walked()
    for role in ROLES:
        account = inhabited.hub.account(role, "MAR" if role in {"submitter", "protection_officer"} else None)
        found.silent[role] = list(_walk(inhabited, role, account["committee"], found.answered))
    return found


def _walk(inhabited: Inhabited, role: str, committee: str | None, answered: set[str]) -> Iterator[str]:
    client = inhabited.hub.api(role, committee)
    assert client.get("/en/", headers=PURPOSE).status_code in {200, 302}
    person = str(inhabited.hub.events()[-1]["actor"])
    for method in METHODS:
        for rule in (one for one in inhabited.rules() if method in (one.methods or ())):
            before = inhabited.events_of(person)
            answer = client.open(inhabited.address(rule), method, buffered=True, headers=PURPOSE)
            if answer.status_code < 300:
                answered.add(f"{method} {rule.endpoint}")
            if inhabited.events_of(person) == before:
                yield f"{method} {inhabited.address(rule)} answered {answer.status_code}"


@pytest.mark.parametrize("role", ROLES)
def test_whatever_somebody_asks_for_leaves_an_event_of_theirs(walked: Walked, role: str) -> None:
    assert walked.silent[role] == []


def test_most_of_it_was_answered_and_not_only_refused(walked: Walked, inhabited: Inhabited) -> None:
    pages = {f"GET {rule.endpoint}" for rule in inhabited.rules() if "GET" in (rule.methods or ())}
    assert len(pages & walked.answered) > len(pages) * 0.6, sorted(pages - walked.answered)


def test_what_the_framework_refuses_is_an_event_too(hub: RealHub) -> None:
    member, steward = hub.api("member"), hub.api("steward")
    long = {"content_type": "application/json", "data": b" " * (3 << 20)}
    for act, status in (
        (lambda: member.get("/api/v1/data/VICTIMS?format=pdf", headers=PURPOSE), 406),
        (lambda: steward.post("/api/v1/releases", data=b"{", content_type="application/json"), 400),
        (lambda: steward.post("/api/v1/releases", **long), 413),
        (lambda: steward.post("/api/v1/releases", json={"plan": 7}), 422),
    ):
        before = len(hub.events("request.refused"))
        assert act().status_code == status
        assert len(hub.events("request.refused")) == before + 1, status
        assert hub.events("request.refused")[-1]["role"] in {"member", "steward"}


def test_what_nobody_foresaw_is_an_event_too(hub: RealHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(hub.app.view_functions, "api_releases.releases", fails)
    monkeypatch.setitem(hub.app.config, "PROPAGATE_EXCEPTIONS", False)
    assert hub.api("steward").get("/api/v1/releases").status_code == 500
    refused = hub.events("request.refused")[-1]
    assert (refused["role"], refused["facts"]["code"]) == ("steward", "http.500")


def test_a_stranger_who_is_refused_by_the_framework_fills_no_journal(hub: RealHub) -> None:
    before = len(hub.events())
    assert hub.app.test_client().get("/nowhere").status_code == 404
    assert hub.app.test_client().open("/en/methods", method="DELETE").status_code == 405
    assert len(hub.events()) == before


@pytest.mark.parametrize("decided", [True, False])
def test_a_route_that_leaves_no_event_answers_nothing(fresh: RealHub, decided: bool) -> None:
    def careless() -> str:
        if decided:
            guard.ask("read_events", Resource("events", "log"))
        return "everything about everybody"

    fresh.app.add_url_rule("/careless", "careless", careless)
    before = len(fresh.events())
    answer = fresh.api("auditor").get("/careless")
    assert (answer.status_code, answer.data) == (500, b"")
    assert len(fresh.events()) == before


def test_a_session_leaves_its_whole_trace(fresh: RealHub) -> None:
    browser = fresh.browser("member")
    form = {"form_key": fresh.form_key(browser), "next": "/en/"}
    assert "research" in browser.get("/en/purpose").text
    assert browser.post("/en/purpose", data={**form, "purpose": "marketing"}).status_code == 422
    assert browser.post("/en/purpose", data={**form, "purpose": "research"}).status_code == 303
    fresh.clock.at += timedelta(minutes=2)  # after which the session's idle time is written again, by itself
    assert browser.post("/en/sign-out", data=form).status_code == 303
    kinds = ["signed.in", "account.read", "request.refused", "purpose.chosen", "signed.out"]
    mine = [one for one in fresh.events() if one["role"] == "member"]
    assert [one["kind"] for one in mine] == kinds
    assert [one["purpose"] for one in mine if one["kind"] == "purpose.chosen"] == ["research"]
    assert mine[-1]["clause"] == "access.own-account"


def test_a_page_of_figures_without_a_purpose_is_a_refusal_on_record(fresh: RealHub) -> None:
    browser = fresh.browser("member")
    assert browser.get("/en/data/").headers["Location"].startswith("/en/purpose")
    refused = fresh.events("request.refused")[-1]
    assert (refused["role"], refused["facts"]["code"]) == ("member", "access.purpose_needed")

"""A new vintage over HTTP: planned by the steward, approved by every committee, and then all figures change at once."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from support.hub import Kept, RealHub, real_hub
from support.published import PLAN, contribution, publish, send, three_committees
from support.running import small_policies

PURPOSE = {"Amana-Purpose": "regional_reporting"}
TABLE = "/api/v1/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022"


AGES = """
[[cube]]
id = "area-age"
by = ["REF_AREA", "AGE"]
filter = { VICTIM_STATUS = "IDENT" }
levels = { AGE = "band" }
title = { ar = "حسب العمر", fr = "par âge", en = "by age" }
"""


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[RealHub, str]]:
    """Two tables, and the id of their release."""
    policies = small_policies(tmp_path)
    with (policies / "releases" / "victims.toml").open("a", encoding="utf-8") as plan:
        plan.write(AGES)
    with real_hub(tmp_path, policies) as hub:
        three_committees(hub)
        yield hub, publish(hub, "2022")


@pytest.fixture
def shipped(tmp_path: Path, figures_of_2022: Kept) -> Iterator[tuple[RealHub, str]]:
    """All tables of the plan that we ship, and the id of their release."""
    with figures_of_2022.again(tmp_path) as hub:
        yield hub, figures_of_2022.release


def carried_on(hub: RealHub, release: str) -> None:
    """Take a planned vintage to its publication."""
    approved(hub, release)
    assert hub.api("steward").post(f"/api/v1/releases/{release}/publication", json={}).status_code == 202
    hub.work()


def approved(hub: RealHub, release: str) -> None:
    """Take a planned vintage to the word of all who contributed."""
    address = f"/api/v1/releases/{release}"
    hub.work()
    built = hub.api("steward").get(address).json
    assert built["state"] == "BUILT", built["reason"]
    word = {"decision": "approve", "plan_digest": built["plan_digest"], "candidate": built["candidate"]}
    for contributor in built["contributors"]:
        assert hub.api("protection_officer", contributor["committee"]).post(f"{address}/decisions", json=word).json


def test_what_would_be_protected_otherwise_today_is_neither_ordered_nor_published(
    published, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, first = published
    steward = hub.api("steward")
    release = steward.post(f"/api/v1/releases/{first}/vintage", json={}).json["id"]
    approved(hub, release)
    address = f"/api/v1/releases/{release}"
    with monkeypatch.context() as changed:
        changed.setattr("amana.web.api.releases.is_in_force", lambda *_asked: False)
        refused = steward.post(f"{address}/publication", json={})
        assert (refused.status_code, refused.json["code"]) == (409, "release.plan_changed")
    assert steward.post(f"{address}/publication", json={}).status_code == 202
    monkeypatch.setattr("amana.worker.main.is_in_force", lambda *_asked: False)
    hub.work()
    told = steward.get(address).json
    assert (told["state"], told["reason"]) == ("REFUSED", "release.plan_changed")
    assert steward.get(f"/api/v1/releases/{first}").json["state"] == "PUBLISHED"
    another = steward.post(f"/api/v1/releases/{first}/vintage", json={}).json["id"]  # what is refused keeps none away
    hub.work()
    told = steward.get(f"/api/v1/releases/{another}").json
    assert (told["state"], told["reason"]) == ("REFUSED", "release.plan_changed"), "nobody waits for an order"


def test_only_a_steward_plans_one_and_only_of_what_is_published(published) -> None:
    hub, first = published
    address = f"/api/v1/releases/{first}/vintage"
    for role, committee in (("protection_officer", "MAR"), ("submitter", "MAR"), ("member", None), ("auditor", None)):
        assert hub.api(role, committee).post(address, json={}).status_code == 403
    planned = hub.api("steward").post(address, json={})
    assert (planned.status_code, planned.json["vintage"], planned.json["state"]) == (201, 2, "PLANNED")
    again = hub.api("steward").post(address, json={})
    assert (again.status_code, again.json["code"]) == (409, "release.vintage_open")
    (told,) = hub.events("vintage.planned")
    assert told["clause"] == "access.steward-plans-vintage"
    new = hub.api("steward").post(f"/api/v1/releases/{planned.json['id']}/vintage", json={})
    assert (new.status_code, new.json["code"]) == (403, "policy.refused")
    second = hub.api("steward").post("/api/v1/releases", json={"plan": PLAN, "period": "2022"})
    assert (second.status_code, second.json["code"]) == (409, "release.period_frozen")


def test_all_figures_change_at_once_and_the_old_ones_stay_readable(shipped) -> None:
    hub, first = shipped
    member = hub.api("member")
    before = member.get(TABLE, headers=PURPOSE).json
    page = hub.browser("steward").get(f"/en/releases/{first}").text
    assert f"/en/releases/{first}/vintage" in page
    browser = hub.browser("steward")
    form = {"form_key": hub.form_key(browser), "plan_digest": "", "candidate": ""}
    sent = browser.post(f"/en/releases/{first}/vintage", data=form)
    assert sent.status_code == 303
    second = sent.location.rsplit("/", 1)[-1]
    assert member.get(TABLE, headers=PURPOSE).json == before
    carried_on(hub, second)
    now, then = (member.get(TABLE + more, headers=PURPOSE).json for more in ("", "&vintage=1"))
    assert ([one["release"] for one in now["sources"]], now["sources"][0]["vintage"]) == ([second], 2)
    assert (then["rows"], then["sources"]) == (before["rows"], before["sources"])
    assert next(note["code"] for note in then["notes"]) == "note.superseded"
    assert hub.api("steward").get(f"/api/v1/releases/{first}").json["state"] == "SUPERSEDED"
    reader = hub.browser("member", purpose="regional_reporting")
    for lang, word in (("en", "A later vintage"), ("fr", "édition plus récente"), ("ar", "طبعة لاحقة")):
        old = reader.get(f"/{lang}/releases/{first}").text
        assert word in old
        assert "vintage=1" in old
    table = reader.get("/en/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022&VICTIM_STATUS=IDENT&vintage=1").text
    assert "vintage 2 has superseded" in table
    assert 'name="vintage" value="1"' in table


def test_a_change_is_shown_beside_a_year_that_was_published_once_and_the_page_says_of_which_vintage(published) -> None:
    hub, first = published
    for committee, people in (("NER", 120), ("CIV", 170), ("MAR", 150)):
        send(hub, contribution(people), committee, "2021")
    hub.work()
    publish(hub, "2021")
    planned = hub.api("steward").post(f"/api/v1/releases/{first}/vintage", json={})
    carried_on(hub, planned.json["id"])
    reader, asked = hub.browser("member", purpose="regional_reporting"), f"{TABLE[8:]}&vintage=2&change=yes"
    for lang, said in (
        ("en", "For 2022, changes are from vintage 1 of the figures of 2021."),
        ("fr", "l'évolution est calculée par rapport à l'édition 1 des chiffres de 2021"),
        ("ar", "التغير في سنة 2022 محسوب مقارنةً بالطبعة 1 من أرقام سنة 2021"),
    ):
        page = unescape(reader.get(f"/{lang}/{asked}").text)
        assert said in page
        assert 'class="note warn"' not in page
    assert [one["vintage"] for one in hub.api("member").get(f"/api/v1/{asked}", headers=PURPOSE).json["sources"]] == [
        1,
        2,
    ]


SAID = (  # by language, before it is published and after
    ("en", "Once published, it takes the place of the one before it", "Newly withheld"),
    ("fr", "Une fois parue, elle prend la place de la précédente", "Nouvellement masquées"),
    ("ar", "عند نشرها تحل محل التي قبلها", "حُجبت حديثاً"),
)


def test_it_says_what_it_takes_the_place_of_and_what_moved_once_anybody_can_see(published) -> None:
    """Which cells move follows from who has revised: before it is published nobody is told, but how many are shown."""
    hub, first = published
    steward = hub.api("steward")
    assert steward.get(f"/api/v1/releases/{first}").json["beside"] is None
    second = steward.post(f"/api/v1/releases/{first}/vintage", json={}).json["id"]
    address = f"/api/v1/releases/{second}"
    hub.work()
    built = steward.get(address).json
    assert (built["beside"]["release"], built["beside"]["vintage"], built["beside"]["state"]) == (first, 1, "PUBLISHED")
    kept = {"cube", "cells", "shown", "shown_before"}
    assert {each["cube"] for each in built["beside"]["tables"]} == {"area-sex", "area-age"}
    assert all(each.keys() == kept for each in built["beside"]["tables"])
    officer = hub.browser("protection_officer", "MAR")
    for lang, before, after in SAID:
        for page in (f"/{lang}/releases/{second}", f"/{lang}/releases/{second}/approve"):
            text = officer.get(page).text
            assert before in text
            assert f"/{lang}/releases/{first}" in text
            assert after not in text
    planned = [one for one in steward.get("/api/v1/releases").json["releases"] if one["id"] == second]
    assert planned[0]["beside"] == built["beside"]
    carried_on(hub, second)
    told = steward.get(address).json["beside"]["tables"]
    assert len(told) == 2
    assert all(each.keys() == kept | {"newly_shown", "newly_hidden", "changed"} for each in told)
    assert all(each["shown"] - each["shown_before"] == each["newly_shown"] - each["newly_hidden"] for each in told)
    for lang, _, after in SAID:
        assert after in hub.browser("steward").get(f"/{lang}/releases/{second}").text


def test_of_a_vintage_that_was_refused_nothing_is_compared(published) -> None:
    hub, first = published
    steward = hub.api("steward")
    second = steward.post(f"/api/v1/releases/{first}/vintage", json={}).json["id"]
    address = f"/api/v1/releases/{second}"
    hub.work()
    built = steward.get(address).json
    word = {"decision": "refuse", "plan_digest": built["plan_digest"], "candidate": built["candidate"], "reason": "no"}
    hub.api("protection_officer", "MAR").post(f"{address}/decisions", json=word)
    told = steward.get(address).json
    assert (told["state"], told["beside"]["vintage"], told["beside"]["tables"]) == ("REFUSED", 1, [])
    assert _masks(hub) == {built["candidate"], steward.get(f"/api/v1/releases/{first}").json["candidate"]}
    hub.work()
    assert _masks(hub) == {steward.get(f"/api/v1/releases/{first}").json["candidate"]}  # two show more than either
    for lang in ("ar", "fr", "en"):
        assert steward.get(f"/{lang}/releases/{second}").status_code == 200
    assert hub.api("protection_officer", "MAR").get(f"{address}/candidate").status_code == 403


def _masks(hub: RealHub) -> set[str]:
    """Return the bundles that lie about."""
    return {each.name for each in (hub.worker_config.data / "bundles").iterdir()}

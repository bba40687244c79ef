"""Tables that a release waits for: their committee and the steward see it, on pages and over the API; nobody else."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import insert, update

from amana.release import again, ledger, tables
from support.contributions import row, text
from support.hub import RealHub
from support.releases import STEWARD

PLAN = "victims-annual"
LANGUAGES = {
    "ar": ("جداول مطلوبة منكم", "جداول مطلوبة: ", "بانتظار الجداول"),
    "fr": ("Tableaux qui vous sont demandés", "Des tableaux sont demandés : ", "attendue"),
    "en": ("Tables that you are asked for", "Tables are asked for: ", "awaited"),
}


@pytest.fixture(scope="module")
def waiting(hub: RealHub) -> str:
    """A release that waits for Egypt's tables."""
    planned = hub.api("steward").open("/api/v1/releases", "POST", json={"plan": PLAN, "period": "2019"})
    release = planned.json["id"]
    database = hub.test_database.as_role("owner")
    with database.read() as reading:
        found = ledger.find(reading, release)
    with database.write() as tx:
        now = hub.clock()
        assert again.ask(tx, found, ["EGY"], by=STEWARD, now=now, deadline=now + timedelta(days=60))
    return release


def test_the_committee_is_told_over_the_api_and_no_other_is(hub: RealHub, waiting: str) -> None:
    told = hub.api("submitter", "EGY").open("/api/v1/tabulations", "GET").json["tabulations"]
    assert [(one["release_id"], one["dataflow"], one["period"], one["plan"]) for one in told] == [
        (waiting, "VICTIMS", "2019", PLAN)
    ]
    assert told[0]["asked_at"] < told[0]["deadline"]
    assert hub.api("submitter", "MAR").open("/api/v1/tabulations", "GET").json == {"tabulations": []}
    for role in ("member", "auditor"):
        assert hub.api(role).open("/api/v1/tabulations", "GET").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_committee_finds_it_on_its_pages_with_the_command_that_answers(
    hub: RealHub, waiting: str, language: str
) -> None:
    title, task, _ = LANGUAGES[language]
    browser = hub.browser("submitter", "EGY")
    assert task in unescape(browser.get(f"/{language}/").text)
    page = unescape(browser.get(f"/{language}/contributions/").text)
    assert title in page
    assert f"--committee EGY --dataflow VICTIMS --period 2019 --plan {PLAN}" in page
    assert title not in unescape(hub.browser("submitter", "MAR").get(f"/{language}/contributions/").text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_steward_sees_whom_the_release_waits_for(hub: RealHub, waiting: str, language: str) -> None:
    assert LANGUAGES[language][2] in hub.browser("steward").get(f"/{language}/releases/{waiting}").text
    told = hub.api("steward").open(f"/api/v1/releases/{waiting}", "GET").json["tabulations"]
    assert [(one["committee"], one["outcome"]) for one in told] == [("EGY", None)]


def test_when_the_deadline_is_over_it_says_so(hub: RealHub, waiting: str) -> None:
    worker = hub.test_database.as_role("owner")
    assert again.settle_next(worker, STEWARD, hub.clock() + timedelta(days=61))
    assert hub.api("submitter", "EGY").open("/api/v1/tabulations", "GET").json == {"tabulations": []}
    told = hub.api("steward").open(f"/api/v1/releases/{waiting}", "GET").json["tabulations"]
    assert [one["outcome"] for one in told] == ["lapsed"]
    assert "délai passé" in hub.browser("steward").get(f"/fr/releases/{waiting}").text


@pytest.mark.parametrize(
    ("language", "said"), [("ar", "اللجان المعنية:"), ("fr", "Comités concernés :"), ("en", "Committees concerned:")]
)
def test_whose_tables_stood_against_a_release_is_told_to_who_plans(hub: RealHub, waiting: str, language, said) -> None:
    worker, row = hub.test_database.as_role("owner"), tables.release
    with worker.write() as tx:
        ended = {"state": "REFUSED", "reason": "release.tables_of_another_plan", "reason_committees": "EGY TUN"}
        tx.execute(update(row).where(row.c.id == waiting).values(**ended))
        if language == "ar":
            given = {"release_id": waiting, "holding_id": "hld_a", "contribution": "records", "opening_event": "evt_a"}
            tx.execute(insert(tables.release_input).values(committee="MAR", **given))
    assert said in unescape(hub.browser("steward").get(f"/{language}/releases/{waiting}").text)
    assert said not in unescape(hub.browser("submitter", "MAR").get(f"/{language}/releases/{waiting}").text)
    address = f"/api/v1/releases/{waiting}"
    assert hub.api("steward").open(address, "GET").json["reason_committees"] == ["EGY", "TUN"]
    assert hub.api("submitter", "MAR").open(address, "GET").json["reason_committees"] == []


def test_home_tells_what_waits_for_her_word_and_no_trial_hides_it(hub: RealHub) -> None:
    def send(people: range, key: str, **query: str) -> None:
        asked = {"dataflow": "VICTIMS", "period": "2018", **query}
        answer = hub.api("submitter", "NER").post(
            "/api/v1/batches",
            data=text([row(n, SEX="F") for n in people]).encode(),
            query_string=asked,
            headers={"Idempotency-Key": key},
            content_type="text/csv",
        )
        assert answer.status_code == 202, answer.text
        hub.work()

    send(range(5), "first")
    send(range(1, 7), "second")
    send(range(2), "trial", dry_run="true")
    home = hub.browser("submitter", "NER").get("/en/").text
    assert "A version awaits your decision" in home
    held = next(one for one in hub.api("submitter", "NER").get("/api/v1/batches").json["batches"] if not one["dry_run"])
    page = hub.browser("submitter", "NER").get(f"/en/contributions/{held['id']}").text
    assert "Tried" not in page.partition("Versions of this dataset")[2].partition("</table>")[0]

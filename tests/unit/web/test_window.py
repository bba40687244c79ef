"""A committee's window: real readings of a real release, counted by the worker and told to the officer alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest

from support.hub import ApiClient, RealHub, real_hub
from support.published import publish, three_committees
from support.running import small_policies

WINDOW = "/api/v1/readings"
TABLE = "/api/v1/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022"
REPORTING, RESEARCH, PLANNING = (
    {"Amana-Purpose": purpose} for purpose in ("regional_reporting", "research", "policy_planning")
)


def reader(hub: RealHub, organisation: str, role: str = "member") -> ApiClient:
    return ApiClient(hub.app.test_client(), hub.account(role, organisation=organisation)["token"], "en")


def read_all_ways(hub: RealHub) -> None:
    """An agency reads a table three ways for two purposes; Niger reads Morocco's figures, and so does Morocco."""
    agency = reader(hub, "un-agency")
    assert agency.get(TABLE, headers=REPORTING).status_code == 200
    assert agency.get(f"{TABLE}&format=csv", headers=RESEARCH).status_code == 200
    page = hub.browser("member", purpose="research").get("/en/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022")
    assert page.status_code == 200
    of_morocco = "/api/v1/data/VICTIMS?by=SEX&REF_AREA=MAR&TIME_PERIOD=2022"
    assert reader(hub, "committee-ner").get(of_morocco, headers=PLANNING).status_code == 200
    assert reader(hub, "committee-mar").get(TABLE, headers=PLANNING).status_code == 200


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    folder = tmp_path_factory.mktemp("window")
    with real_hub(folder, small_policies(folder)) as opened:
        three_committees(opened)
        publish(opened, "2022")
        read_all_ways(opened)
        opened.clock.at += timedelta(minutes=1)
        opened.work()
        yield opened


def told(hub: RealHub, committee: str, **query: str) -> set[tuple[str, str, str, int]]:
    answer = hub.api("protection_officer", committee).get(WINDOW, query_string=query)
    assert answer.status_code == 200, answer.text
    return {(one["month"], one["purpose"], one["class"], one["reads"]) for one in answer.json["counts"]}


def test_an_owner_sees_class_purpose_and_month_of_what_was_read(hub: RealHub) -> None:
    assert told(hub, "MAR") == {
        ("2026-11", "regional_reporting", "several", 1),
        ("2026-11", "research", "un_au_eu", 2),
        ("2026-11", "policy_planning", "committee", 1),
        ("2026-11", "policy_planning", "own", 1),
    }


def test_a_table_about_one_country_is_a_reading_of_that_country_alone(hub: RealHub) -> None:
    """Niger asked for Morocco's figures only; Ivory Coast's were in everything else."""
    assert told(hub, "CIV") == {
        ("2026-11", "regional_reporting", "several", 1),
        ("2026-11", "research", "un_au_eu", 2),
        ("2026-11", "policy_planning", "committee", 1),
    }
    assert ("2026-11", "policy_planning", "own", 1) not in told(hub, "NER")


def test_who_contributed_nothing_was_not_read(hub: RealHub) -> None:
    assert told(hub, "TUN") == set()


def test_the_csv_has_the_same_counts_with_their_names(hub: RealHub) -> None:
    officer = hub.api("protection_officer", "MAR", "fr")
    by_format = officer.get(f"{WINDOW}?format=csv")
    by_accept = officer.get(WINDOW, headers={"Accept": "text/csv"})
    assert 'filename="readings-MAR-2025-12-2026-11.csv"' in by_format.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(by_format.text)))
    assert {(one["MONTH"], one["PURPOSE"], one["CLASS"], int(one["READS"])) for one in lines} == told(hub, "MAR")
    assert "Recherche scientifique" in {one["PURPOSE_LABEL"] for one in lines}
    assert "Plusieurs catégories réunies" in {one["CLASS_LABEL"] for one in lines}
    assert {one["ORGANISATIONS"] for one in lines} == {"3"}
    assert len(by_accept.text.splitlines()) == len(lines) + 1
    assert officer.get(WINDOW, headers={"Accept": "application/pdf"}).status_code == 406


def test_nobody_is_named_anywhere(hub: RealHub) -> None:
    officer, page = hub.api("protection_officer", "MAR"), hub.browser("protection_officer", "MAR", "policy_planning")
    said = officer.get(WINDOW).text + officer.get(f"{WINDOW}?format=csv").text + page.get("/en/readings/").text
    people = {one["email"] for one in hub.accounts if one["email"] != hub.account("protection_officer", "MAR")["email"]}
    organisations = {one["organisation"] for one in hub.accounts}
    assert not [name for name in people | organisations if name in said]
    assert "per_" not in said


@pytest.mark.parametrize(
    ("lang", "title", "class_"),
    [
        ("en", "Readings of your figures", "United Nations, African Union, European Union"),
        ("fr", "Lectures de vos chiffres", "Nations unies, Union africaine, Union européenne"),
        ("ar", "قراءات أرقامكم", "الأمم المتحدة والاتحاد الأفريقي والاتحاد الأوروبي"),
    ],
)
def test_the_page_says_it_in_the_readers_language(hub: RealHub, lang: str, title: str, class_: str) -> None:
    page = hub.browser("protection_officer", "MAR", "policy_planning").get(f"/{lang}/readings/").text
    assert title in page
    assert class_ in page


def test_months_are_chosen_and_read_strictly(hub: RealHub) -> None:
    officer = hub.api("protection_officer", "MAR")
    assert told(hub, "MAR", since="2026-01", until="2026-10") == set()
    assert told(hub, "MAR", since="2026-11", until="2026-11") == told(hub, "MAR")
    for query in ("since=2026-13", "since=november", "since=2026-12", "until=0000-01", "format=pdf"):
        assert officer.get(f"{WINDOW}?{query}").status_code == 422, query
    early = officer.get(f"{WINDOW}?until=0001-02").json
    assert (early["since"], early["until"]) == ("0001-01", "0001-02")
    page = hub.browser("protection_officer", "MAR", "policy_planning")
    assert page.get("/en/readings/?since=november").status_code == 422
    assert "No reading is counted" in page.get("/en/readings/?since=2026-01&until=2026-02").text


@pytest.mark.parametrize("role", ["submitter", "member", "steward", "auditor", "operator", "observer"])
def test_nobody_else_looks_out_of_it(hub: RealHub, role: str) -> None:
    answer = hub.api(role).get(WINDOW)
    assert (answer.status_code, answer.json["code"]) == (403, "policy.refused")
    assert "/readings/" not in hub.browser(role, purpose=None).get("/en/", follow_redirects=True).text


def test_each_look_and_each_count_is_journalled(hub: RealHub) -> None:
    hub.api("protection_officer", "MAR").get(f"{WINDOW}?format=csv")
    look = hub.events("readings.read")[-1]
    assert (look["country"], look["clause"], look["facts"]["format"]) == ("MAR", "access.officer-looks-out", "csv")
    (count,) = hub.events("readings.counted")
    assert count["actor"] == "worker"
    assert count["facts"]["until"].endswith("Z")


def test_what_is_read_now_is_counted_at_the_next_mark(tmp_path) -> None:
    from amana.audit.events.event import Actor
    from amana.audit.events.readers import StatisticsRead
    from amana.audit.outbox.journal import append

    with real_hub(tmp_path) as hub:
        hub.clock.at = hub.clock.at.replace(second=1, microsecond=0)
        with hub.house.database.write() as tx:
            event = StatisticsRead("VICTIMS", "area-sex", ("MAR",), ("2022",), "policy_planning", "json")
            append(tx, event, Actor("per_a", "member", "committee-tun"), hub.clock())
        hub.work()
        before = hub.api("protection_officer", "MAR").get(WINDOW).json
        assert (before["counts"], before["stands_at"]) == ([], "2026-11-21T12:00:00+00:00")
        hub.clock.at = hub.clock.at.replace(second=6)
        hub.work()
        after = hub.api("protection_officer", "MAR").get(WINDOW).json
        assert [one["reads"] for one in after["counts"]] == [1]
        assert after["stands_at"] == "2026-11-21T12:00:05+00:00"

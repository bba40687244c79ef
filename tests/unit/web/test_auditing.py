"""The auditor asks, over pages and API alike: what is answered, and that each question is itself an event."""

from __future__ import annotations

import html
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import text

from amana import ids
from amana.audit.desk.patterns import RULES
from amana.audit.desk.query import Told
from amana.audit.desk.questions import QUESTIONS
from amana.audit.events import vocabulary
from amana.audit.events.event import Actor
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused, SignInsFailed
from amana.audit.events.releases import ReleasePublished, ReleaseWithdrawn
from amana.audit.events.wanted import GROUPS, Filter
from amana.audit.outbox import journal
from amana.audit.tlog import proof
from amana.audit.tlog.checkpoint import parse_vkey
from amana.policy.decide import ACTIONS
from amana.web import auditing, facts
from amana.wording.load import codes
from support.hub import RealHub, real_hub

V1 = "/api/v1/audit"
HEDI = Actor("per_" + "h" * 26, "member", "un-agency")
WORKER = Actor("worker", "process", "hub")
NIGHTLY, REFUSED, FAILED = 25, 3, 5


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    """A hub in whose log somebody read at night, was refused, and in which an account was tried."""
    with real_hub(tmp_path_factory.mktemp("asked")) as hub:
        noon = hub.clock()
        night = noon.replace(hour=2) - timedelta(days=1)
        read = StatisticsRead("VICTIMS", "area-sex", ("MAR", "TUN"), ("2022",), "regional_reporting", "html")
        no = RequestRefused("read_statistics", "policy.refused", "agreement.TUN.purposes", "VICTIMS", "TUN", "VICTIMS")
        with hub.house.database.write() as tx:
            for number in range(NIGHTLY):
                journal.append(tx, read, HEDI, night + timedelta(minutes=number))
            for _ in range(REFUSED):
                journal.append(tx, no, HEDI, noon - timedelta(hours=1))
            failed = SignInsFailed("nine", "ten", FAILED, ("ab" * 32,), (FAILED,), 0)
            journal.append(tx, failed, WORKER, noon - timedelta(hours=2))
        hub.sign()
        yield hub


def last_question(hub: RealHub) -> dict[str, str]:
    return dict(hub.events("events.read")[-1]["facts"]["filters"])


@pytest.mark.parametrize(
    ("query", "found", "journalled"),
    [
        ("actor=" + HEDI.id, NIGHTLY + REFUSED, {"actor": HEDI.id}),
        ("country=TUN&dataflow=VICTIMS", REFUSED + NIGHTLY, {"country": "TUN", "dataflow": "VICTIMS"}),
        ("country=TUN&outcome=refused", REFUSED, {"country": "TUN", "outcome": "refused"}),
        ("group=reads&hours=outside", NIGHTLY, {"group": "reads", "hours": "outside"}),
        ("subject=" + "ab" * 32, 1, {"subject": "ab" * 32}),
        ("actor=Fatima", 0, {"actor": "unknown"}),
        ("subject=Fatima", 0, {"subject": "unknown"}),
    ],
)
def test_filters_find_events_and_are_journalled(asked: RealHub, query: str, found: int, journalled: dict[str, str]):
    answer = asked.api("auditor").get(f"{V1}/events?{query}").json
    assert (len(answer["events"]), answer["after"], answer["looked_to"]) == (found, None, None)
    assert last_question(asked) == journalled


def test_every_saved_question_can_be_put_over_the_api(asked: RealHub):
    auditor = asked.api("auditor")
    listed = auditor.get(f"{V1}/questions").json
    assert last_question(asked) == {"question": "all", "pattern": "all"}
    assert [one["id"] for one in listed["questions"]] == list(QUESTIONS)
    counts = {one["id"]: one["count"] and one["count"]["number"] for one in listed["questions"]}
    assert (counts["refusals"], counts["outside_hours"], counts["country"]) == (REFUSED + 1, NIGHTLY, None)
    for name in QUESTIONS:
        answer = auditor.get(f"{V1}/questions/{name}?country=TUN").json
        assert answer["count"]["number"] >= len(answer["events"]) > 0 or name == "policies", name
        assert last_question(asked)["question"] == name


def test_who_saw_data_of_a_country_is_told_by_actor(asked: RealHub):
    answer = asked.api("auditor").get(f"{V1}/questions/country?country=TUN&days=2").json
    assert [(one["actor"], one["times"], one["organisation"]) for one in answer["doers"]] == [
        (HEDI.id, NIGHTLY, "un-agency")
    ]
    assert last_question(asked)["country"] == "TUN"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("questions/country", 422),
        ("questions/nonsense", 404),
        ("questions/refusals?days=0", 422),
        ("questions/refusals?after=x", 400),
        ("events?group=all", 422),
        ("events?hours=inside", 422),
        ("events/evt_" + "a" * 26, 404),
        ("events/evt_" + "a" * 26 + "/proof", 404),
        ("patterns?days=x", 422),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: RealHub, path: str, status: int):
    assert asked.api("auditor").get(f"{V1}/{path}").status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "?since=yesterday",
        "?since=0001-01-01T00:00:00%2B23:00",
        "?hours=inside",
        "questions/refusals?days=0",
        "questions/refusals?days=many",
        "questions/refusals?days=99999",
    ],
)
def test_a_page_refuses_what_cannot_be_meant(asked: RealHub, path: str):
    assert asked.browser("auditor").get(f"/en/audit/{path}").status_code == 422


def test_patterns_say_their_rule_and_lead_to_the_events_behind(asked: RealHub):
    auditor = asked.api("auditor")
    told = {one["id"]: one for one in auditor.get(f"{V1}/patterns").json["rules"]}
    assert list(told) == list(RULES)
    assert told["night"]["rule"].startswith("One person read 20 times or more between 19:00 and 06:00 (UTC)")
    (flag,) = told["night"]["flags"]
    behind = auditor.get(f"{V1}/events", query_string=flag["events"]).json["events"]
    assert flag["number"] == len(behind) == NIGHTLY
    assert [one["flags"][0]["number"] for name, one in told.items() if name == "guessing"] == [FAILED]
    assert told["bulk"]["flags"] == []


def test_an_event_is_told_with_a_proof_that_holds(asked: RealHub):
    auditor = asked.api("auditor")
    event = asked.events("statistics.read")[0]["event_id"]
    told = auditor.get(f"{V1}/events/{event}").json
    assert (told["event_id"], told["facts"]["countries"]) == (event, ["MAR", "TUN"])
    assert last_question(asked) == {"event": event}
    for taken in (
        auditor.get(f"{V1}/events/{event}/proof"),
        asked.browser("auditor").get(f"/fr/audit/events/{event}/proof"),
    ):
        assert taken.headers["Content-Disposition"] == f'attachment; filename="{event}.tlog-proof"'
        found = proof.parse(taken.text)
        assert proof.verify(found, parse_vkey(asked.house.log_vkey)).size > told["index"] == found.index
        assert last_question(asked) == {"proof": event}


def test_an_event_that_is_on_its_way_has_no_proof_yet_and_says_so(asked: RealHub):
    event = asked.events()[-1]["event_id"]
    page = asked.browser("auditor").get(f"/en/audit/events/{event}/").text
    assert "on its way" in page
    assert "check-proof.sh" not in page
    assert asked.api("auditor").get(f"{V1}/events/{event}/proof").status_code == 404
    asked.sign()


def test_a_refusal_says_why_in_the_readers_language(asked: RealHub):
    event = asked.events("request.refused")[0]["event_id"]
    told = {
        lang: re.sub(r"<[^>]+>", "", asked.browser("auditor").get(f"/{lang}/audit/events/{event}/").text)
        for lang in ("ar", "fr", "en")
    }
    assert "The agreement of committee Tunisia does not let its figures be read for this purpose." in told["en"]
    assert "Lire des statistiques" in told["fr"]
    assert "تونس" in told["ar"]


def test_a_dossier_and_a_timeline_are_journalled_by_what_they_are_about(asked: RealHub):
    browser = asked.browser("auditor")
    assert "un-agency" in browser.get(f"/en/audit/actors/{HEDI.id}").text
    assert last_question(asked) == {"actor": HEDI.id}
    assert browser.get("/en/audit/subjects/Fatima").status_code == 200
    assert last_question(asked) == {"subject": "unknown"}


def test_the_dossier_of_a_release_leads_to_the_reads_while_it_was_the_newest(asked: RealHub):
    release, worker = ids.new("rel"), Actor("worker", "process", "hub")
    page = f"/en/audit/subjects/{release}"
    assert "kind=statistics.read" not in asked.browser("auditor").get(page).text
    began = asked.clock() - timedelta(days=2)
    with asked.house.database.write() as tx:
        journal.append(tx, ReleasePublished(release, "VICTIMS", "2022", "0" * 64), worker, began)
    assert "since=2026-11-19T12:00:00" in asked.browser("auditor").get(page).text.replace("%3A", ":")
    with asked.house.database.write() as tx:
        journal.append(tx, ReleaseWithdrawn(release, "VICTIMS", "2022", "0" * 64), worker, began + timedelta(days=1))
    assert "until=2026-11-20T12:00:00" in asked.browser("auditor").get(page).text.replace("%3A", ":")


def test_what_was_damaged_is_said_to_be(asked: RealHub):
    with asked.test_database.as_role("owner").write() as tx:
        row = {"event_id": "evt_" + "d" * 26, "kind": "signed.out", "at": 1, "actor": "a", "role": "none"}
        row |= {"organisation": "none", "outcome": "done", "salt": b"s", "details": b"broken"}
        named = ", ".join(row)
        tx.execute(text(f"INSERT INTO event_detail ({named}) VALUES ({', '.join(':' + name for name in row)})"), row)
    page = asked.browser("auditor").get("/en/audit/events/evt_" + "d" * 26 + "/").text
    assert "somebody damaged it" in page


def test_a_page_of_events_takes_groups_hours_days_and_instants(asked: RealHub):
    browser = asked.browser("auditor")
    page = browser.get("/en/audit/?kind=reads&hours=outside&since=2026-11-20&until=2026-11-20").text
    assert page.count('class="what"') == NIGHTLY
    assert last_question(asked)["until"] == "2026-11-21T00:00:00Z"
    browser.get("/en/audit/?since=2026-11-20T02:00:00%2B01:00")
    assert last_question(asked) == {"since": "2026-11-20T01:00:00Z"}


def test_a_filter_is_said_as_it_was_asked(asked: RealHub):
    with asked.app.app_context():
        for said in ({"actor": "a", "group": "reads"}, {"kind": "k", "hours": "outside"}, {}):
            assert auditing.words_of(auditing.filter_of(said)) == said
        assert auditing.filter_of({}) == Filter()


def test_each_list_says_how_to_ask_a_copy_the_same(asked: RealHub):
    browser = asked.browser("auditor")
    page = browser.get("/en/audit/?kind=reads&hours=outside&country=MAR&since=2026-11-20&subject=a%27b").text
    told = html.unescape(page).partition("<pre><code>")[2].partition("</code>")[0]
    assert shlex.split(told)[3:] == ["log.jsonl", "--vkey", "log.vkey", "--country", "MAR", "--subject", "a'b",
        "--since", "2026-11-20T00:00:00Z", "--outside", "6-19/6", "--kind", "reads"]  # fmt: skip
    news = browser.get("/en/audit/questions/policies").text
    assert "amana audit find log.jsonl --vkey log.vkey --kind policy.loaded --since" in news
    assert "--changed</code>" in news


REFUSALS = {
    "its clause": ({"code": "policy.refused"}, "agreement.TUN.purposes", "purpose"),
    "its code": ({"code": "resource.not_found"}, None, "There is nothing here by that name"),
    "its rules": ({"rules": ["identifier.email", "of.nobody"]}, None, "E-mail addresses in column"),
    "what it counts": ({"codes": {"resource.not_found": 3}}, None, "<bdi>(3)</bdi>"),
}


@pytest.mark.parametrize("by", REFUSALS)
def test_a_refusal_says_why_in_words_by(asked: RealHub, by: str):
    told, clause, words = REFUSALS[by]
    event = Told(**dict.fromkeys(field.name for field in fields(Told)) | {"facts": told, "clause": clause})
    with asked.app.test_request_context("/en/audit/"):
        said = facts.why(event)
    assert words in said
    assert "…: …" not in said, "no list of places"


def test_an_event_that_somebody_changed_says_so_on_its_page_in_lists_and_over_the_api(asked: RealHub):
    event = asked.events("request.refused")[0]["event_id"]
    change = "UPDATE event_detail SET organisation = :who WHERE event_id = :event"
    browser, said = asked.browser("auditor"), "changed since it was signed"
    with asked.test_database.as_role("owner").write() as tx:
        guard = tx.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'event_detail_refuses_update'")
        ).scalar_one()
        tx.execute(text("DROP TRIGGER event_detail_refuses_update"))
        was = tx.execute(
            text("SELECT organisation FROM event_detail WHERE event_id = :event"), {"event": event}
        ).scalar()
        tx.execute(text(change), {"who": "police-tun", "event": event})
    pages = ("audit/?kind=request.refused", f"audit/actors/{HEDI.id}", "audit/questions/refusals")
    try:
        assert "do not believe who, what and why" in browser.get(f"/en/audit/events/{event}/").text
        assert [browser.get(f"/en/{page}").text.count(said) for page in pages] == [1, 1, 1]
        assert asked.api("auditor").get(f"{V1}/events/{event}").json["altered"] is True
    finally:
        with asked.test_database.as_role("owner").write() as tx:
            tx.execute(text(change), {"who": was, "event": event})
            tx.execute(text(guard))
    assert said not in browser.get(f"/en/{pages[0]}").text


def test_nobody_but_an_auditor_asks(asked: RealHub):
    for role in ("member", "steward", "operator", "protection_officer"):
        for path in ("events", "questions", "questions/refusals", "patterns"):
            assert asked.api(role).get(f"{V1}/{path}").status_code == 403, (role, path)


def test_every_fact_question_rule_group_and_action_has_its_word():
    told = {field.name.removesuffix("_") for word in vocabulary.WORDS.values() for field in fields(word)}
    named = {f"fact.{name}" for name in told} | {f"action.{name}" for name in ACTIONS}
    named |= {f"question.{name}{more}" for name in QUESTIONS for more in ("", ".says")}
    named |= {f"pattern.{name}{more}" for name in RULES for more in ("", ".name")}
    named |= {f"group.{name}" for name in GROUPS}
    assert named <= codes()

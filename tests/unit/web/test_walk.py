"""The main job over HTTP: contribute, plan, approve, publish, read, withdraw; each step refused to whoever may not."""

from __future__ import annotations

import csv
import io
import json

import pytest

from amana.audit.tlog import leaf, proof
from support.contributions import row, text
from support.hub import RealHub

PURPOSE = {"Amana-Purpose": "regional_reporting"}


def contribution(people: int, **changed: str) -> bytes:
    forms = ({"EXP_BEG": "0", "EXP_LAB": "1"}, {}, {})
    rows = [row(n, SEX="FM"[n % 2], AGE=str(15 + n % 20), **forms[n % 3], **changed) for n in range(people)]
    return text(rows).encode()


def send(hub: RealHub, body: bytes, key: str, committee: str = "MAR", **more):
    more = {"content_type": "text/csv", **more}
    address = "/api/v1/batches?dataflow=VICTIMS&period=2022"
    return hub.api("submitter", committee).post(address, data=body, headers={"Idempotency-Key": key}, **more)


def test_a_contribution_gets_a_receipt_and_the_same_one_when_it_is_sent_again(fresh: RealHub) -> None:
    first = send(fresh, contribution(9), "key-1")
    assert first.status_code == 202
    assert first.json["state"] == "RECEIVED"
    assert send(fresh, contribution(9), "key-1").json == first.json
    assert send(fresh, contribution(8), "key-1").json["code"] == "intake.replay_differs"
    (received,) = fresh.events("batch.received")
    assert received["clause"] == "access.submitter-own-committee"


@pytest.mark.parametrize(
    ("body", "headers", "content_type", "refusal"),
    [
        (b"a,b\n", {}, "text/csv", (400, "intake.idempotency_key_required")),
        (b"PK\3\4", {"Idempotency-Key": "k"}, "application/zip", (415, "intake.type_unsupported")),
        (b"--x\r\n", {"Idempotency-Key": "k"}, "multipart/form-data; boundary=x", (400, "intake.boundary_missing")),
    ],
)
def test_bad_input_is_refused_at_once_with_a_code(hub: RealHub, body, headers, content_type, refusal) -> None:
    address = "/api/v1/batches?dataflow=VICTIMS&period=2022"
    answer = hub.api("submitter", "MAR").post(address, data=body, headers=headers, content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == refusal
    assert hub.api("submitter", "MAR").get("/api/v1/batches").json == {"batches": []}
    assert not list(hub.house.desk.shelf.incoming.iterdir())
    assert not list(hub.house.desk.shelf.shelved.iterdir())


def test_a_body_shorter_than_it_was_announced_is_refused(hub: RealHub) -> None:
    answer = send(hub, b"a,b\n", "short", environ_overrides={"CONTENT_LENGTH": "99"})
    assert (answer.status_code, answer.json["code"]) == (400, "intake.truncated")


def test_the_policy_is_asked_before_a_byte_is_read(hub: RealHub) -> None:
    class Unread(io.RawIOBase):
        def readinto(self, _buffer: object) -> int:
            raise AssertionError("the body was read")

    answer = hub.api("member").post(
        "/api/v1/batches?dataflow=VICTIMS&period=2022",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": "5"},
        content_type="text/csv",
        headers={"Idempotency-Key": "k"},
    )
    assert (answer.status_code, answer.json["code"]) == (403, "policy.refused")


def test_another_committee_sees_nothing_of_it(fresh: RealHub) -> None:
    batch = send(fresh, contribution(9), "key-1").json["id"]
    assert fresh.api("submitter", "TUN").get(f"/api/v1/batches/{batch}").status_code == 403
    assert fresh.api("submitter", "TUN").get("/api/v1/batches").json == {"batches": []}
    assert fresh.api("protection_officer", "MAR").get(f"/api/v1/batches/{batch}").status_code == 200


def test_findings_name_row_column_and_rule_and_never_the_value(fresh: RealHub) -> None:
    bad = contribution(9).replace(b",IDENT,", b",someone@example.org,", 1)
    batch = send(fresh, bad, "key-1").json["id"]
    fresh.work()
    told = fresh.api("submitter", "MAR", "fr").get(f"/api/v1/batches/{batch}/findings")
    assert told.json["state"] == "REFUSED"
    assert {(one["row"], one["column"]) for one in told.json["findings"]} == {(2, "VICTIM_STATUS")}
    assert all(one["message"] and one["rule"] for one in told.json["findings"])
    page = fresh.browser("submitter", "MAR").get(f"/ar/contributions/{batch}")
    assert "رُفضت المساهمة" in page.text
    for answer in (told, page):
        assert "someone" not in answer.text


def test_the_form_of_the_page_sends_the_same_way(fresh: RealHub) -> None:
    browser = fresh.browser("submitter", "MAR")
    fields = {"form_key": fresh.form_key(browser), "dataflow": "VICTIMS", "period": "2022", "idempotency_key": "form"}
    file = {"file": (io.BytesIO(contribution(9)), "victims.csv")}
    answer = browser.post("/fr/contributions/send", data={**fields, **file})
    assert answer.status_code == 303
    assert "Victimes" in browser.get(answer.headers["Location"]).text
    foreign = {**fields, "form_key": "no", "file": (io.BytesIO(contribution(9)), "victims.csv")}
    assert browser.post("/fr/contributions/send", data=foreign).status_code == 403


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A hub in which three committees' figures of 2022 are published, and the release's id."""
    from support.hub import real_hub

    with real_hub(tmp_path_factory.mktemp("published")) as hub:
        for committee, people in (("MAR", 160), ("NER", 130), ("CIV", 190)):
            assert send(hub, contribution(people), "key", committee).status_code == 202
        hub.work()
        yield hub, _publish(hub)


def _publish(hub: RealHub) -> str:
    steward = hub.api("steward")
    planned = steward.post("/api/v1/releases", json={"plan": "victims-annual", "period": "2022"})
    assert planned.status_code == 201, planned.text
    release = f"/api/v1/releases/{planned.json['id']}"
    hub.work()
    built = steward.get(release).json
    assert built["state"] == "BUILT", built
    word = {"decision": "approve", "plan_digest": built["plan_digest"], "candidate": built["candidate"]}
    for contributor in built["contributors"]:
        officer = hub.api("protection_officer", contributor["committee"])
        seen = officer.get(f"{release}/candidate").json
        areas = {row["REF_AREA"] for table in seen["tables"] for row in table["rows"]}
        assert areas == {contributor["committee"]}
        wrong = officer.post(f"{release}/decisions", json={**word, "candidate": "0" * 64})
        assert (wrong.status_code, wrong.json["code"]) == (409, "state.conflict")
        assert officer.post(f"{release}/decisions", json=word).status_code == 200
    assert steward.get(release).json["state"] == "APPROVED"
    early = steward.post(f"{release}/publication", json={"publish_at": "2020-01-01T00:00:00Z"})
    assert (early.status_code, early.json["code"]) == (422, "release.brought_forward")
    assert early.json["facts"]["fields"] == ["publish_at"]
    assert built["publish_at"][:16] in early.json["detail"]
    ordered = steward.post(f"{release}/publication", json={"candidate": built["candidate"]})
    assert ordered.status_code == 202
    hub.work()
    assert steward.get(release).json["state"] == "PUBLISHED"
    return planned.json["id"]


def test_a_member_reads_a_table_and_it_is_journalled_with_its_purpose(published) -> None:
    hub, _ = published
    answer = hub.api("member").get("/api/v1/data/VICTIMS?by=REF_AREA,SEX,AGE&TIME_PERIOD=2022", headers=PURPOSE)
    assert answer.status_code == 200
    cells = {(row["REF_AREA"], row["SEX"], row["AGE"]): row for row in answer.json["rows"]}
    for area, people in {"MAR": 160, "NER": 130, "CIV": 190}.items():  # most are adults: they hide nobody
        women = [15 + number % 20 >= 18 for number in range(0, people, 2)]
        assert cells[area, "F", "_O"]["value"] == sum(women)
    assert cells["TUN", "_T", "_T"]["status"] == "L"
    assert all((row["value"] is None) == (row["status"] != "A") for row in cells.values())
    read = hub.events("statistics.read")[-1]
    assert (read["purpose"], read["dataflow"]) == ("regional_reporting", "VICTIMS")
    assert read["clause"] == "access.forum-reads-statistics"
    assert read["facts"]["periods"] == ["2022"]


def test_the_csv_is_the_same_table_under_a_name_that_tells(published) -> None:
    hub, _ = published
    address = "/api/v1/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022"
    by_format = hub.api("member").get(address + "&format=csv", headers=PURPOSE)
    by_accept = hub.api("member").get(address, headers={**PURPOSE, "Accept": "text/csv"})
    assert by_format.data == by_accept.data
    assert 'filename="VICTIMS-by-REF_AREA-SEX-2022_v1_' in by_format.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(by_format.text)))
    asked = hub.api("member").get(address, headers=PURPOSE).json["rows"]
    assert [(row["REF_AREA"], row["OBS_VALUE"], row["OBS_STATUS"]) for row in rows] == [
        (row["REF_AREA"], "" if row["value"] is None else str(row["value"]), row["status"]) for row in asked
    ]
    refused = hub.api("member").get(address, headers={**PURPOSE, "Accept": "application/pdf"})
    assert refused.status_code == 406


def test_a_table_that_was_not_released_names_those_that_were(published) -> None:
    hub, _ = published
    answer = hub.api("member").get("/api/v1/data/VICTIMS?by=SEX,ROUTE", headers=PURPOSE)
    assert (answer.status_code, answer.json["code"]) == (404, "cube.not_released")
    assert answer.json["facts"]["released"]


@pytest.mark.parametrize("role", ["submitter", "auditor", "operator", "observer"])
def test_who_may_not_read_statistics_does_not(published, role: str) -> None:
    hub, _ = published
    answer = hub.api(role).get("/api/v1/data/VICTIMS?by=SEX", headers=PURPOSE)
    assert (answer.status_code, answer.json["code"]) == (403, "policy.refused")


def test_the_page_tells_hidden_unknown_and_not_collected_apart(published) -> None:
    hub, _ = published
    page = hub.browser("member", purpose="research").get("/en/data/VICTIMS?by=REF_AREA,SEX,AGE&TIME_PERIOD=2022").text
    for mark in ("withheld", "not collected", "unknown", "Download as CSV"):
        assert mark in page
    assert "<strong>zero</strong>" not in page, "where zeros are hidden like small counts there is none to explain"
    assert '<td class="absent">' in page


def test_the_pages_of_a_release_show_its_life_and_nothing_of_other_countries(published) -> None:
    hub, release = published
    page = hub.browser("protection_officer", "MAR", "policy_planning").get(f"/en/releases/{release}").text
    assert page.count("Approved") >= 3
    assert "Published" in page


def test_a_published_release_leads_whoever_may_read_it_to_its_tables(published) -> None:
    hub, release = published
    link = "/en/data/VICTIMS?by="
    assert link in hub.browser("member", purpose="research").get(f"/en/releases/{release}").text
    assert link not in hub.browser("submitter", "MAR").get(f"/en/releases/{release}").text


def test_the_log_of_all_this_verifies_from_the_snapshot(published, tmp_path) -> None:
    from amana.audit.offline.verify import verify_snapshot
    from amana.audit.tlog.checkpoint import parse_vkey

    hub, _ = published
    hub.sign()
    answer = hub.api("auditor").get("/api/v1/audit/snapshot")
    copy = tmp_path / "log.jsonl"
    copy.write_bytes(answer.data)
    assert json.loads(answer.text.splitlines()[0])["format"] == "amana-log-snapshot/1"
    assert not verify_snapshot(copy, parse_vkey(hub.house.log_vkey)).findings


def test_events_come_in_pages_that_do_not_overlap(published) -> None:
    hub, _ = published
    auditor = hub.api("auditor")
    first = auditor.get("/api/v1/audit/events?kind=token.made&limit=5").json
    second = auditor.get(f"/api/v1/audit/events?kind=token.made&limit=5&after={first['after']}").json
    ids = [one["event_id"] for one in (*first["events"], *second["events"])]
    assert len(ids) == len(set(ids)) == 10
    assert auditor.get("/api/v1/audit/events?after=nonsense").status_code == 400
    assert hub.events("events.read")[-1]["facts"]


def test_withdrawn_figures_are_gone_and_a_tombstone_says_why(published) -> None:
    hub, release = published
    officer = hub.browser("protection_officer", "NER", "policy_planning")
    form = {"form_key": hub.form_key(officer), "reason": ""}
    address = f"/en/releases/{release}/withdraw"
    assert "request.malformed" in officer.post(address, data=form).text
    assert officer.post(address, data={**form, "reason": "A file was counted twice."}).status_code == 303
    hub.work()
    answer = hub.api("member").get("/api/v1/data/VICTIMS?by=SEX&TIME_PERIOD=2022", headers=PURPOSE)
    assert (answer.status_code, answer.json["code"]) == (410, "release.withdrawn")
    assert "A file was counted twice." in officer.get(f"/en/releases/{release}").text


def test_an_approver_takes_away_the_proof_of_her_committees_decision(published) -> None:
    hub, release = published
    for committee in ("MAR", "EGY"):
        officer = hub.api("protection_officer", committee)
        answer = officer.get(f"/api/v1/releases/{release}/proof")
        if answer.status_code == 404:
            continue  # it contributed nothing, and decided nothing
        entry = leaf.parse(proof.parse(answer.text).entry)
        assert entry.kind == "candidate.approved"
        decided = {one["event_id"]: one for one in hub.events("candidate.approved")}
        assert decided[entry.id]["country"] == committee
        page = hub.browser("protection_officer", committee).get(f"/en/releases/{release}").text
        assert f'href="/api/v1/releases/{release}/proof"' in page
    assert {one["facts"]["of"] for one in hub.events("proof.taken")} == {release}
    assert hub.api("member").get(f"/api/v1/releases/{release}/proof").status_code in {403, 404}

"""What an owner says over HTTP: versions, withdrawals, lists of persons, answers, receipts; and who may not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from amana.intake.tables import answer
from amana.vault.receipt import read_receipt
from support.contributions import pseudonym, row, text
from support.hub import RealHub, real_hub
from support.policy_folder import PolicyFolder

BATCHES, REQUESTS = "/api/v1/batches", "/api/v1/requests"


def send(hub: RealHub, people: range, key: str, **query: str) -> str:
    body = text([row(n, SEX="F") for n in people]).encode()
    asked = {"dataflow": "VICTIMS", "period": "2022", **query}
    answer = hub.api("submitter", "MAR").post(
        BATCHES, data=body, query_string=asked, headers={"Idempotency-Key": key}, content_type="text/csv"
    )
    assert answer.status_code == 202, answer.text
    return answer.json["id"]


def ask(hub: RealHub, act: str, *people: int, role: str = "protection_officer", committee: str = "MAR", **more):
    body = "\n".join(["PSEUDONYM", *map(pseudonym, people)])
    return hub.api(role, committee).post(
        REQUESTS,
        data=body.encode(),
        query_string={"act": act, "dataflow": "VICTIMS", **more},
        headers={"Idempotency-Key": "-".join([act, *map(str, people)])},
        content_type="text/csv",
    )


def two_versions(hub: RealHub) -> tuple[str, str]:
    first = send(hub, range(5), "first")
    hub.work()
    second = send(hub, range(1, 7), "second")
    hub.work()
    return first, second


def test_a_held_version_is_seen_and_decided_by_its_owner_alone(fresh: RealHub) -> None:
    first, second = two_versions(fresh)
    clerk = fresh.api("submitter", "MAR")
    told = clerk.get(f"{BATCHES}/{second}/difference").json
    assert told["state"] == "HELD"
    counts = {"kind": "records", "added": 2, "removed": 1, "changed": 0, "same": 4, "parts": {}}
    assert told["difference"] == counts
    assert [(one["batch"], one["state"]) for one in told["versions"]] == [(second, "HELD"), (first, "ACCEPTED")]
    assert all(len(one["keyed_digest"]) == 64 for one in told["versions"])
    for role, committee in (("submitter", "TUN"), ("protection_officer", "TUN"), ("steward", None), ("auditor", None)):
        assert fresh.api(role, committee).get(f"{BATCHES}/{second}/difference").status_code == 403
        refused = fresh.api(role, committee).post(f"{BATCHES}/{second}/replacement", json={"decision": "replace"})
        assert refused.status_code == 403
    (made,) = fresh.events("difference.made")
    assert "2" not in str(made["facts"].values()).replace(second, ""), "the log says that, not how many"
    assert len(fresh.events("difference.read")) == 1

    another = clerk.post(f"{BATCHES}/{second}/replacement", json={"decision": "replace", "seen": "evt_other"})
    assert another.status_code == 409, "a yes to a difference that is not the one shown"
    ordered = clerk.post(f"{BATCHES}/{second}/replacement", json={"decision": "replace", "seen": told["seen"]})
    assert (ordered.status_code, ordered.json["state"], ordered.json["act"]) == (202, "RECEIVED", "replace")
    fresh.work()
    states = {one["id"]: one["state"] for one in clerk.get(BATCHES).json["batches"]}
    assert states == {first: "SUPERSEDED", second: "ACCEPTED"}
    assert clerk.get(f"{BATCHES}/{second}/difference").json["difference"] is None


def test_a_word_that_does_not_fit_the_state_is_a_conflict(fresh: RealHub) -> None:
    first = send(fresh, range(3), "first")
    clerk, officer = fresh.api("submitter", "MAR"), fresh.api("protection_officer", "MAR")
    assert clerk.post(f"{BATCHES}/{first}/replacement", json={"decision": "replace"}).status_code == 409
    assert officer.post(f"{BATCHES}/{first}/withdrawal").status_code == 409
    assert clerk.post(f"{BATCHES}/{first}/replacement", json={"decision": "burn"}).status_code == 422


def test_an_unattended_script_replaces_and_a_replay_must_say_the_same(fresh: RealHub) -> None:
    first = send(fresh, range(3), "first")
    fresh.work()
    second = send(fresh, range(2), "second", replace="true")
    body = text([row(n, SEX="F") for n in range(2)]).encode()
    differs = fresh.api("submitter", "MAR").post(
        BATCHES, data=body, query_string={"dataflow": "VICTIMS", "period": "2022"},
        headers={"Idempotency-Key": "second"}, content_type="text/csv",
    )  # fmt: skip
    assert differs.json["code"] == "intake.replay_differs"
    fresh.work()
    states = {one["id"]: one["state"] for one in fresh.api("submitter", "MAR").get(BATCHES).json["batches"]}
    assert states == {first: "SUPERSEDED", second: "ACCEPTED"}


def test_an_officer_takes_a_batch_back_and_holds_a_receipt_that_anybody_can_check(fresh: RealHub) -> None:
    batch = send(fresh, range(3), "first")
    fresh.work()
    assert fresh.api("submitter", "MAR").post(f"{BATCHES}/{batch}/withdrawal").status_code == 403
    officer = fresh.api("protection_officer", "MAR")
    request = officer.post(f"{BATCHES}/{batch}/withdrawal").json["id"]
    assert officer.get(f"{REQUESTS}/{request}/receipt").status_code == 404
    fresh.work()
    assert officer.get(f"{BATCHES}/{batch}").json["state"] == "WITHDRAWN"
    assert officer.get(f"{REQUESTS}/{request}").json["state"] == "DONE"
    receipt = read_receipt(officer.get(f"{REQUESTS}/{request}/receipt").data, fresh.house.trusted)
    (received,), (done,) = fresh.events("owner_request.received"), fresh.events("owner_request.done")
    assert (receipt.received_event, receipt.done_event) == (received["event_id"], done["event_id"])
    assert receipt.batch == batch
    assert fresh.api("protection_officer", "TUN").get(f"{REQUESTS}/{request}/receipt").status_code == 403


def test_what_is_held_is_discarded_where_one_would_take_it_back(fresh: RealHub) -> None:
    first, second = two_versions(fresh)
    told = fresh.api("protection_officer", "MAR").post(f"{BATCHES}/{second}/withdrawal").json
    assert told["act"] == "discard"
    fresh.work()
    states = {one["id"]: one["state"] for one in fresh.api("submitter", "MAR").get(BATCHES).json["batches"]}
    assert states == {first: "ACCEPTED", second: "DISCARDED"}


def test_persons_are_taken_out_and_no_pseudonym_rests_in_the_clear(fresh: RealHub) -> None:
    send(fresh, range(3), "first")
    fresh.work()
    answer = ask(fresh, "withdraw", 1, 8)
    assert (answer.status_code, answer.json["state"]) == (202, "RECEIVED")
    files = [path for path in fresh.folder.rglob("*") if path.is_file() and "policies" not in path.parts]
    assert not [path for path in files if pseudonym(1).encode() in path.read_bytes()]
    fresh.work()
    told = fresh.api("submitter", "MAR").get(f"{REQUESTS}/{answer.json['id']}").json
    assert (told["state"], told["reached"], told["findings"], told["answer"]) == ("DONE", "some", [], False)
    assert [one["id"] for one in fresh.api("submitter", "MAR").get(REQUESTS).json["requests"]] == [told["id"]]
    assert fresh.api("submitter", "TUN").get(REQUESTS).json == {"requests": []}
    logged = str([one["facts"] for one in fresh.events()])
    assert pseudonym(1) not in logged
    assert "some" not in logged


@pytest.mark.parametrize(
    ("asker", "status"), [(("submitter", "MAR"), 403), (("steward", None), 403), (("auditor", None), 403)]
)
def test_only_a_protection_officer_asks_for_persons(hub: RealHub, asker: tuple[str, str | None], status: int) -> None:
    role, committee = asker
    assert ask(hub, "withdraw", 1, role=role, committee=committee).status_code == status


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"act": "publish", "dataflow": "VICTIMS"}, (422, "request.fields_invalid")),
        ({"act": "withdraw", "dataflow": "NONE"}, (404, "intake.dataflow_unknown")),
        ({"act": "withdraw", "dataflow": "VICTIMS", "period": "last"}, (400, "intake.period_malformed")),
        ({"act": "access", "dataflow": "VICTIMS"}, (400, "intake.manifest_required")),
    ],
)
def test_bad_requests_are_refused_at_the_door(hub: RealHub, query: dict[str, str], refusal: tuple[int, str]) -> None:
    answer = hub.api("protection_officer", "MAR").post(
        REQUESTS, data=b"PSEUDONYM\na\n", query_string=query, headers={"Idempotency-Key": "k"}, content_type="text/csv"
    )
    assert answer.status_code == refusal[0], answer.text
    assert answer.json["code"] == refusal[1] or refusal[0] == 422


def test_a_reason_is_told_in_the_readers_language(fresh: RealHub) -> None:
    request = ask(fresh, "withdraw", 1).json["id"]
    fresh.work()
    told = {language: fresh.api("protection_officer", "MAR", language).get(f"{REQUESTS}/{request}").json
            for language in ("ar", "fr", "en")}  # fmt: skip
    assert {one["reason"] for one in told.values()} == {"request.no_records"}
    assert len({one["message"] for one in told.values()}) == 3


def test_an_answer_is_handed_out_once_and_that_is_an_event(fresh: RealHub) -> None:
    """What is sealed in it is the worker's affair; here it only lies there."""
    request = ask(fresh, "withdraw", 1).json["id"]
    with fresh.test_database.as_role("owner").write() as tx:
        tx.execute(insert(answer).values(request_id=request, sealed=b"sealed", made_at=fresh.clock()))
    officer = fresh.api("protection_officer", "MAR")
    assert officer.post(f"{REQUESTS}/{request}/answer").data == b"sealed"
    (taken,) = fresh.events("answer.taken")
    assert (taken["subject"], taken["country"], taken["role"]) == (request, "MAR", "protection_officer")
    assert officer.post(f"{REQUESTS}/{request}/answer").status_code == 410


def test_an_answer_is_taken_with_a_post_by_the_officer(fresh: RealHub) -> None:
    batch = send(fresh, range(3), "first")
    fresh.work()
    officer = fresh.api("protection_officer", "MAR")
    request = officer.post(f"{BATCHES}/{batch}/withdrawal").json["id"]
    assert fresh.api("submitter", "MAR").post(f"{REQUESTS}/{request}/answer").status_code == 403
    gone = officer.post(f"{REQUESTS}/{request}/answer")
    assert (gone.status_code, gone.json["code"]) == (410, "request.answer_gone")


def test_a_committee_asks_for_persons_as_often_as_the_policy_says_and_no_oftener(tmp_path: Path) -> None:
    few = PolicyFolder(tmp_path / "few").replace("retention.toml", "^per_day = 50$", "per_day = 2").folder
    (folder := tmp_path / "hub").mkdir()
    with real_hub(folder, few) as hub:
        assert [ask(hub, "object", person).status_code for person in (1, 2)] == [202, 202]
        assert ask(hub, "object", 2).status_code == 202, "a replay is no new request"
        lying = sorted(hub.house.desk.shelf.shelved.iterdir())
        refused = ask(hub, "object", 3)
        assert (refused.status_code, refused.json["code"]) == (429, "request.spent")
        assert refused.json["facts"] == {"per_day": 2}
        assert sorted(hub.house.desk.shelf.shelved.iterdir()) == lying, "nothing of it is kept"
        assert ask(hub, "object", 3, committee="TUN").status_code == 202
        hub.sign()
        hub.clock.at += timedelta(days=1)
        assert ask(hub, "object", 3).status_code == 202

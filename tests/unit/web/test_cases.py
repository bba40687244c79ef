"""Cases, names and exports through the door: what auditors can do, what nobody else sees, what the log says of it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from amana import ids
from amana.audit.witness.cosignature import make_witness_key
from amana.command.audit import command as audit
from amana.identity import people
from amana.identity.passwords import DEMO, Hasher
from support.hub import NOON, OPERATOR, RealHub

QUESTION = {"title": "Nights in May", "question": "Who reads at night?"}
OTHERS = (("protection_officer", "MAR"), ("submitter", "MAR"), ("member", None), ("steward", None), ("operator", None))


def second_auditor(hub: RealHub) -> FlaskClient:
    """Somebody else of the audit office, signed in."""
    with hub.test_database.as_role("owner").write() as tx:
        office = hub.account("auditor")["organisation"]
        hashed = Hasher.at(DEMO).hash("a long passphrase of omar")
        people.add_person(
            tx, "omar@audit.example", office, ["auditor"], password_hash=hashed, totp_secret=None, by=OPERATOR, now=NOON
        )
    client = hub.app.test_client()
    form = {"email": "omar@audit.example", "password": "a long passphrase of omar"}
    assert client.post("/en/sign-in", data=form).status_code == 303
    return client


def once() -> dict[str, str]:
    """A name for one sending."""
    return {"Idempotency-Key": ids.new("key")}


def post(hub: RealHub, client: FlaskClient, path: str, **form: Any) -> Any:
    answer = client.post(path, data={"form_key": hub.form_key(client), "idempotency_key": ids.new("key"), **form})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def opened(hub: RealHub) -> str:
    """A case that was opened over the API, with one reading by the member pinned to it."""
    hub.api("member").get("/api/v1/data", headers={"Amana-Purpose": "regional_reporting"})
    hub.api("member").get("/api/v1/audit/events")
    hub.sign()
    case = hub.api("auditor").post("/api/v1/audit/cases", json=QUESTION, headers=once()).json["id"]
    refused = hub.events("request.refused")[-1]["event_id"]
    answer = hub.api("auditor").post(f"/api/v1/audit/cases/{case}/events", json={"events": [refused]})
    assert answer.json["events"][0]["index"] is not None, answer.text
    return str(case)


def test_two_auditors_work_on_a_case_and_close_it(fresh: RealHub) -> None:
    nadia, omar = fresh.browser("auditor"), second_auditor(fresh)
    event = fresh.events("signed.in")[-1]["event_id"]
    place = post(fresh, nadia, "/en/audit/cases/", **QUESTION)
    case = place.rpartition("/")[2]
    post(fresh, nadia, f"{place}/events", event=event)
    post(fresh, omar, f"{place}/notes", text="<b>It was me.</b>\r\nTesting.")
    note = fresh.events("case.noted")[0]["facts"]["note"]
    post(fresh, nadia, f"{place}/notes", text="Noted.", answers=note)
    fresh.sign()
    seen = omar.get(place).text
    assert "Nights in May" in seen
    assert "&lt;b&gt;It was me.&lt;/b&gt;\nTesting." in seen
    post(fresh, omar, f"{place}/close", finding="A test, announced.")
    told = [(one["kind"], one["subject"]) for one in fresh.events() if one["kind"].startswith("case.")]
    written = [kind for kind, subject in told if kind != "case.read"]
    assert written == ["case.opened", "case.pinned", "case.noted", "case.noted", "case.closed"]
    assert {subject for _, subject in told} <= {case, "*"}
    assert "A test, announced." in nadia.get(place).text
    again = nadia.post(f"{place}/notes", data={"form_key": fresh.form_key(nadia), "text": "More."})
    assert again.status_code == 403, "a closed case takes nothing"


def test_the_log_has_no_word_of_what_was_written(fresh: RealHub) -> None:
    case = opened(fresh)
    fresh.api("auditor").post(
        f"/api/v1/audit/cases/{case}/notes", json={"text": "Leila Benali called."}, headers=once()
    )
    everything = json.dumps([{**one["facts"]} for one in fresh.events()])
    assert "Leila" not in everything
    assert "Nights" not in everything


def test_nobody_but_auditors_sees_a_case_and_the_attempt_is_journalled(fresh: RealHub) -> None:
    case = opened(fresh)
    for role, committee in OTHERS:
        for path in (f"/api/v1/audit/cases/{case}", "/api/v1/audit/cases"):
            before = len(fresh.events("request.refused"))
            assert fresh.api(role, committee).get(path).status_code == 403, (role, path)
            assert len(fresh.events("request.refused")) == before + 1
        assert fresh.api(role, committee).post("/api/v1/audit/exports", json={"format": "csv"}).status_code == 403
        assert fresh.api(role, committee).post("/api/v1/audit/cases", json=QUESTION).status_code == 403


def test_what_is_sent_twice_is_written_once(fresh: RealHub) -> None:
    auditor, same = fresh.api("auditor"), once()
    cases = [auditor.post("/api/v1/audit/cases", json=QUESTION, headers=same).json["id"] for _ in range(2)]
    assert cases[0] == cases[1]
    place, again = f"/api/v1/audit/cases/{cases[0]}/notes", once()
    for _ in range(2):
        told = auditor.post(place, json={"text": "Seen.\r\n"}, headers=again).json
    assert [one["text"] for one in told["notes"]] == [QUESTION["question"], "Seen."]
    kinds = [one["kind"] for one in fresh.events()]
    assert (kinds.count("case.opened"), kinds.count("case.noted")) == (1, 1)
    for headers, code, status in ((again, "audit.note_differs", 422), ({}, "intake.idempotency_key_required", 400)):
        answer = auditor.post(place, json={"text": "Other."}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (status, code)
    assert auditor.post("/api/v1/audit/cases", json=QUESTION).status_code == 400


def test_a_double_click_writes_one_note(fresh: RealHub) -> None:
    nadia = fresh.browser("auditor")
    place = post(fresh, nadia, "/en/audit/cases/", **QUESTION)
    form = nadia.get(place).text
    key = form.partition('name="idempotency_key" value="')[2].partition('"')[0]
    for _ in range(2):
        assert post(fresh, nadia, f"{place}/notes", text="Once.", idempotency_key=key) == place
    assert nadia.get(place).text.count("Once.") == 1


def test_the_web_process_can_add_to_a_case_and_not_read_what_is_in_it(fresh: RealHub) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    opened(fresh)
    with pytest.raises(DBAPIError, match=r"prohibited|not authorized"), fresh.house.database.read() as reading:
        reading.execute(text("SELECT text FROM case_text"))


EMPTY = (
    ("", {"title": "", "question": "?"}),
    ("", {"title": "x" * 201, "question": "?"}),
    ("/{case}/notes", {"text": "  \n "}),
    ("/{case}/notes", {"text": "?", "answers": "nte_" + "a" * 26}),
    ("/{case}/events", {"events": ["evt_" + "a" * 26]}),
    ("/{case}/events", {"events": []}),
    ("/{case}/closure", {"finding": ""}),
    ("/{case}/names", {"person": "per_" + "a" * 26, "reason": "Who?"}),
    ("/{case}/names", {"person": "web", "reason": "Who?"}),
)


def test_what_says_nothing_or_names_nothing_is_refused(fresh: RealHub) -> None:
    case = opened(fresh)
    for path, body in EMPTY:
        answer = fresh.api("auditor").post("/api/v1/audit/cases" + path.format(case=case), json=body, headers=once())
        assert answer.status_code in {404, 422}, (path, body)


def exported(hub: RealHub, **body: Any) -> Any:
    """Order, wait for the checkpoint, fetch."""
    ordered = hub.api("auditor").post("/api/v1/audit/exports", json=body)
    assert (ordered.status_code, ordered.json["state"]) == (202, "waiting"), ordered.text
    place = f"/api/v1/audit/exports/{ordered.json['id']}"
    waiting = hub.api("auditor").get(f"{place}/file")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "1")
    hub.sign()
    assert hub.api("auditor").get(place).json["state"] == "ready"
    answer = hub.api("auditor").get(f"{place}/file")
    served = [one["subject"] for one in hub.events("export.served")]
    assert served.count(ordered.json["id"]) == 1, "nothing left before the order stood under a checkpoint"
    return answer


def check(hub: RealHub, path: Path, lang: str = "en", *more: str) -> Any:
    vkey = hub.folder / "keys" / "web" / "log.vkey"
    return CliRunner().invoke(audit, ["check-export", str(path), "--vkey", str(vkey), "--lang", lang, *more])


def test_an_export_is_ordered_waits_for_its_checkpoint_and_is_checked_offline(fresh: RealHub, tmp_path: Path) -> None:
    opened(fresh)
    filters = {"outcome": "refused", "since": "2026-11-21T00:00:00Z"}
    for format_ in ("csv", "jsonl", "xlsx"):
        answer = exported(fresh, format=format_, language="ar", filters=filters)
        (tmp_path / format_).write_bytes(answer.data)
        verdict = check(fresh, tmp_path / format_)
        assert verdict.exit_code == 0, verdict.output
        assert "The file is whole: 1 rows" in verdict.output
        assert "outcome=refused" in verdict.output
    orders = [(one["outcome"], one["facts"]["rows"]) for one in fresh.events("export.ordered")]
    assert orders == [("intended", 1)] * 3


def test_an_export_names_actors_by_their_random_ids(fresh: RealHub) -> None:
    case = opened(fresh)
    early = fresh.api("auditor").post("/api/v1/audit/exports", json={"format": "csv", "case": case})
    assert early.json["code"] == "audit.export_early", "what was just written is not left out in silence"
    fresh.sign()
    answer = exported(fresh, format="csv", case=case)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
        assert archive.read("events.csv").startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by its mark"
    assert sorted(archive.namelist()) == ["events.csv", "proofs.jsonl", "texts.csv"]
    assert "Who reads at night?" in everything
    assert not [one["email"] for one in fresh.accounts if one["email"] in everything]


def test_an_edited_export_exits_with_1_and_names_the_row_in_three_languages(fresh: RealHub, tmp_path: Path) -> None:
    opened(fresh)
    answer = exported(fresh, format="jsonl", filters={"kind": "request.refused"})
    file, broken = tmp_path / "export.jsonl", tmp_path / "broken.jsonl"
    file.write_bytes(answer.data.replace(b'"outcome":"refused"', b'"outcome":"done"'))
    broken.write_text("{}")
    said = [check(fresh, file, lang) for lang in ("ar", "fr", "en")]
    assert [one.exit_code for one in said] == [1, 1, 1]
    assert len({one.output for one in said}) == 3
    assert all(re.search(r"\b2\b", one.output) for one in said), "the second line is the first row"
    assert check(fresh, broken).exit_code == 2


def test_a_reader_may_ask_that_witnesses_have_seen_the_checkpoint(fresh: RealHub, tmp_path: Path) -> None:
    opened(fresh)
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(fresh, format="jsonl").data)
    _, vkey = make_witness_key("committee.test/witness")
    policy = tmp_path / "policy.txt"
    policy.write_text(f"witness mar {vkey}\nquorum mar\n")
    verdict = check(fresh, file, "en", "--witnesses", str(policy))
    assert verdict.exit_code == 1, "nobody has cosigned"
    assert "The file is whole" in verdict.output
    policy.write_text("quorum none\n")
    assert check(fresh, file, "en", "--witnesses", str(policy)).exit_code == 0


def test_more_events_than_a_file_holds_are_not_ordered(fresh: RealHub, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(fresh)
    monkeypatch.setattr("amana.audit.cases.exporting.MOST", 1)
    answer = fresh.api("auditor").post("/api/v1/audit/exports", json={"format": "csv"})
    assert (answer.status_code, answer.json["code"]) == (422, "audit.export_too_long")


def test_a_filter_that_is_no_word_of_ours_is_not_kept_anywhere(fresh: RealHub) -> None:
    answer = fresh.api("auditor").post(
        "/api/v1/audit/exports", json={"format": "csv", "filters": {"actor": "Leila Benali"}}
    )
    assert answer.status_code == 422
    assert "Leila" not in json.dumps([one["facts"] for one in fresh.events()])


def test_a_name_is_opened_for_one_case_with_a_reason_and_each_look_is_an_event(fresh: RealHub) -> None:
    case = opened(fresh)
    member = fresh.account("member")
    person = next(one["actor"] for one in fresh.events("request.refused") if one["role"] == "member")
    auditor, omar = fresh.api("auditor"), second_auditor(fresh)
    place = f"/api/v1/audit/cases/{case}/names"
    assert auditor.get(f"{place}/{person}").status_code == 404, "nobody has asked"
    asked = auditor.post(place, json={"person": person, "reason": "Was she on duty?"})
    assert (asked.status_code, asked.json) == (202, {"person": person, "state": "waiting", "email": None})
    assert auditor.get(f"{place}/{person}").json["email"] is None, "not before the checkpoint"
    fresh.sign()
    assert auditor.get(f"{place}/{person}").json["email"] == member["email"]
    assert [one["facts"] for one in fresh.events("name.opened")] == [{"case": case, "person": person}]
    assert omar.get(f"/api/v1/audit/cases/{case}/names/{person}").status_code == 404, "she asks for herself"
    auditor.post(f"/api/v1/audit/cases/{case}/closure", json={"finding": "She was."})
    assert auditor.get(f"{place}/{person}").status_code == 403, "and for an open case only"
    assert member["email"] not in auditor.get(f"/api/v1/audit/cases/{case}").text


def test_the_pages_of_a_name_ask_wait_and_show(fresh: RealHub) -> None:
    case, nadia = opened(fresh), fresh.browser("auditor")
    person = next(one["actor"] for one in fresh.events("request.refused") if one["role"] == "member")
    place = f"/en/audit/cases/{case}/names/{person}"
    assert "Why this name is needed" in nadia.get(place).text
    post(fresh, nadia, place, reason="Was she on duty?")
    assert 'http-equiv="refresh"' in nadia.get(place).text
    fresh.sign()
    assert fresh.account("member")["email"] in nadia.get(place).text
    assert nadia.get(f"/en/audit/cases/{case}/names/per_{'a' * 26}").status_code == 404


def test_the_pages_of_an_export_order_wait_and_hand_out(fresh: RealHub) -> None:
    case, nadia = opened(fresh), fresh.browser("auditor")
    fresh.sign()
    event = fresh.events("request.refused")[0]["event_id"]
    for form in (
        {"format": "xlsx", "case": case},
        {"format": "csv", "filters": '{"outcome":"refused","kinds":["request.refused"]}'},
        {"format": "jsonl", "event": [event]},
        {"format": "jsonl", "filters": '{"outside":{"opens":7,"closes":19,"rest":[5]},"changed":false}'},
    ):
        place = post(fresh, nadia, "/fr/audit/exports/", **form)
        assert 'http-equiv="refresh"' in nadia.get(place).text
        assert nadia.get(f"{place}/file").status_code == 303
        fresh.sign()
        assert 'http-equiv="refresh"' not in nadia.get(place).text
        assert nadia.get(f"{place}/file").status_code == 200
    for wrong in (
        {"format": "csv"},
        {"format": "doc", "case": case},
        {"format": "csv", "filters": "{"},
        {"format": "csv", "filters": '{"who":1}'},
    ):
        answer = nadia.post("/fr/audit/exports/", data={"form_key": fresh.form_key(nadia), **wrong})
        assert answer.status_code == 422


def test_the_report_says_the_question_the_events_and_how_to_verify(fresh: RealHub) -> None:
    case, nadia = opened(fresh), fresh.browser("auditor")
    fresh.api("auditor").post(f"/api/v1/audit/cases/{case}/notes", json={"text": "Seen."}, headers=once())
    fresh.api("auditor").post(f"/api/v1/audit/cases/{case}/closure", json={"finding": "Nothing wrong."})
    fresh.sign()
    event = fresh.events("request.refused")[0]["event_id"]
    for lang in ("ar", "fr", "en"):
        page = nadia.get(f"/{lang}/audit/cases/{case}/report").text
        for said in ("Who reads at night?", "Seen.", "Nothing wrong.", event, "amana.test/log", "check-export"):
            assert said in page
    assert [one["facts"]["view"] for one in fresh.events("case.read")][-1] == "report"


def test_a_kind_that_is_named_twice_is_asked_for_once_and_nobody_names_a_hundred() -> None:
    from amana.web.api.audit_exports import asked_of
    from amana.web.api.schemas.cases import ExportBody

    body = {"format": "csv", "filters": {"kinds": ["signed.out", "signed.in", "signed.out"]}}
    assert asked_of(ExportBody().load(body)).wanted.kinds == ("signed.out", "signed.in")
    body["filters"] = {"kinds": ["signed.out"] * 101}
    assert ExportBody().validate(body)

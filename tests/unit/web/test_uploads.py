"""Uploads over HTTP: tus 1.0.0 as its specification reads, with our refusals."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from support.contributions import row, text
from support.hub import RealHub

FILE = text([row(number) for number in range(40)]).encode()
PIECE = "application/offset+octet-stream"


class Sender:
    """A client of the protocol that says everything right unless it is told otherwise."""

    def __init__(self, hub: RealHub, committee: str = "MAR", role: str = "submitter") -> None:
        self.api = hub.api(role, committee)

    def begin(self, key: str | None = "a-key", length: int = len(FILE), **changed: Any) -> Any:
        said = {"dataflow": "VICTIMS", "period": "2022", "type": "text/csv", **changed}
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": metadata(said)}
        return self.api.post("/api/v1/uploads", headers=headers | ({"Idempotency-Key": key} if key else {}))

    def ask(self, method: str, place: str, headers: Mapping[str, str] = {}, **more: Any) -> Any:
        return self.api.open(place, method, headers={"Tus-Resumable": "1.0.0", **headers}, **more)

    def send(self, place: str, data: bytes, offset: int, **headers: str) -> Any:
        said = {"Upload-Offset": str(offset), "Content-Type": PIECE}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("PATCH", place, said, data=data)

    def offset(self, place: str) -> int:
        return int(self.ask("HEAD", place).headers["Upload-Offset"])


def metadata(said: Mapping[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


@pytest.fixture
def sender(hub: RealHub) -> Sender:
    return Sender(hub)


def test_the_server_says_what_it_can(hub: RealHub) -> None:
    answer = hub.app.test_client().options("/api/v1/uploads")
    assert answer.status_code == 200
    assert answer.headers["Tus-Resumable"] == answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,expiration,termination,checksum"
    assert answer.headers["Tus-Max-Size"] == str(2 * 1024**3)
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"


def test_a_file_goes_up_in_pieces_and_becomes_a_batch_that_is_judged(fresh: RealHub) -> None:
    sender = Sender(fresh)
    begun = sender.begin()
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    place = begun.headers["Location"]
    assert place == f"/api/v1/uploads/{begun.json['id']}"
    assert (
        parsedate_to_datetime(begun.headers["Upload-Expires"])
        == fresh.clock.at.replace(microsecond=0) + fresh.house.policies.retention.upload
    )
    for start in range(0, len(FILE), 1000):
        answer = sender.send(place, FILE[start : start + 1000], start)
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Upload-Offset"] == str(min(start + 1000, len(FILE)))
    assert answer.headers["Location"] == place
    batch = answer.headers["Amana-Batch"]
    told = sender.ask("GET", place).json
    assert (told["offset"], told["length"], told["batch"]) == (len(FILE), len(FILE), batch)
    assert (told["receipt"]["id"], told["receipt"]["state"]) == (batch, "RECEIVED")
    fresh.work()
    assert sender.api.get(f"/api/v1/batches/{batch}").json["state"] == "ACCEPTED"
    assert sender.ask("GET", place).json["receipt"] == told["receipt"]
    kinds = [one["kind"] for one in fresh.events() if one["kind"].startswith(("upload.", "batch."))]
    assert kinds[:2] == ["upload.begun", "upload.continued"]
    assert kinds.count("batch.received") == kinds.count("batch.accepted") == 1


def test_how_far_it_is_come_is_told_in_headers_and_kept_by_no_cache(sender: Sender) -> None:
    place = sender.begin("head").headers["Location"]
    sender.send(place, FILE[:7], 0)
    answer = sender.ask("HEAD", place)
    assert (answer.status_code, answer.data) == (200, b"")
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("7", str(len(FILE)))
    assert answer.headers["Cache-Control"] == "no-store"
    sender.ask("DELETE", place)


def test_the_same_announcement_again_finds_the_same_upload_as_far_as_it_has_come(sender: Sender) -> None:
    first = sender.begin("twice")
    sender.send(first.headers["Location"], FILE[:9], 0)
    again = sender.begin("twice")
    assert (again.status_code, again.headers["Location"]) == (201, first.headers["Location"])
    assert again.headers["Upload-Offset"] == "9"
    sender.send(first.headers["Location"], FILE[9:], 9)
    assert sender.begin("twice").status_code == 422, "it is whole, and this could be about any file of that length"


def test_once_it_is_whole_only_who_names_the_file_is_given_its_receipt_again(sender: Sender) -> None:
    named = hashlib.sha256(FILE).hexdigest()
    place = sender.begin("named", sha256=named).headers["Location"]
    batch = sender.send(place, FILE, 0).headers["Amana-Batch"]
    whole = sender.begin("named", sha256=named)
    assert whole.headers["Upload-Offset"] == str(len(FILE))
    assert whole.json["receipt"]["id"] == whole.headers["Amana-Batch"] == batch
    for another in ({"sha256": hashlib.sha256(FILE[::-1]).hexdigest()}, {}):
        answer = sender.begin("named", **another)
        assert (answer.status_code, answer.json["code"]) == (422, "intake.replay_differs")
        assert answer.json["facts"] == {"batch": batch}
    assert sender.begin("misnamed", sha256="abc").json["code"] == "upload.malformed"


def test_a_trial_may_come_in_pieces_and_counts_as_one(fresh: RealHub) -> None:
    sender, per_day = Sender(fresh), fresh.house.policies.dry_run.per_day
    places = [sender.begin(f"trial {number}", dry_run="true").headers["Location"] for number in range(2)]
    assert sender.begin("trial 0", dry_run="false").json["code"] == "intake.replay_differs"
    assert sender.begin("maybe", dry_run="maybe").json["code"] == "upload.malformed"
    batch = sender.send(places[0], FILE, 0).headers["Amana-Batch"]
    fresh.work()
    told = sender.api.get(f"/api/v1/batches/{batch}").json
    assert (told["state"], told["dry_run"]) == ("CHECKED", True)
    for number in range(1, per_day):
        sender.send(sender.begin(f"another {number}", dry_run="true").headers["Location"], FILE, 0)
    for answer in (sender.begin("one more", dry_run="true"), sender.send(places[1], FILE, 0)):
        assert (answer.status_code, answer.json["code"]) == (429, "intake.trials_spent")


@pytest.mark.parametrize("changed", [{"period": "2021"}, {"length": 7}, {"type": "application/jsonl"}])
def test_the_same_key_for_something_else_is_refused(sender: Sender, changed: dict[str, Any]) -> None:
    assert sender.begin("differs").status_code == 201
    answer = sender.begin("differs", **changed)
    assert (answer.status_code, answer.json["code"]) == (422, "intake.replay_differs")


def test_a_key_belongs_to_the_way_in_which_it_was_used_first(sender: Sender) -> None:
    said = {"Idempotency-Key": "at once", "Content-Type": "text/csv"}
    at_once = sender.api.post("/api/v1/batches?dataflow=VICTIMS&period=2022", headers=said, data=FILE)
    answer = sender.begin("at once")
    assert (answer.status_code, answer.json["facts"]) == (422, {"batch": at_once.json["id"]})


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"key": None}, "intake.idempotency_key_required"),
        ({"length": 0}, "intake.empty"),
        ({"length": 2 * 1024**3 + 1}, "intake.too_large"),
        ({"length": "many"}, "upload.malformed"),
        ({"length": "-1"}, "upload.malformed"),
        ({"dataflow": "NOTHING"}, "intake.dataflow_unknown"),
        ({"period": "22"}, "intake.period_malformed"),
        ({"type": "text/html"}, "intake.type_unsupported"),
        ({"type": "application/age"}, "intake.manifest_required"),
        ({"dataflow": "BORDERS"}, "intake.dataflow_unknown"),
    ],
)
def test_what_can_be_seen_from_outside_is_refused_before_anything_is_begun(
    sender: Sender, asked: dict[str, Any], code: str
) -> None:
    answer = sender.begin(**{"key": "outside", **asked})
    assert (answer.json["code"], answer.headers["Tus-Resumable"]) == (code, "1.0.0")
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "said", ["", "dataflow", "dataflow !", "dataflow VklD,dataflow VklD", "dataflow /w==", "period MjAyMg==", "ق QQ=="]
)
def test_metadata_that_do_not_follow_the_protocol_are_refused(hub: RealHub, said: str) -> None:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": said, "Idempotency-Key": "k"}
    if not said.isascii():
        headers["Upload-Metadata"] = said.encode().decode("latin-1")
    answer = hub.api("submitter", "MAR").post("/api/v1/uploads", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "upload.malformed")
    assert answer.json["facts"] == {"header": "Upload-Metadata"}


def test_another_version_of_the_protocol_is_told_ours(sender: Sender) -> None:
    place = sender.begin("version").headers["Location"]
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = sender.ask(method, place, {"Tus-Resumable": "0.2.2"})
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert sender.offset(place) == 0
    sender.ask("DELETE", place)


@pytest.mark.parametrize("offset", [0, 5, 7, 10**6])
def test_a_piece_goes_on_where_the_upload_stopped_and_nowhere_else(sender: Sender, offset: int) -> None:
    place = sender.begin(f"offset {offset}").headers["Location"]
    sender.send(place, FILE[:6], 0)
    answer = sender.send(place, FILE[6:], offset)
    assert (answer.status_code, answer.json["code"]) == (409, "upload.offset")
    assert answer.json["facts"] == {"received": 6}
    assert sender.offset(place) == 6
    sender.ask("DELETE", place)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "text/csv"}, 415, "upload.type"),
        ({"Content-Encoding": "gzip"}, 415, "upload.type"),
        ({"Upload-Offset": ""}, 400, "upload.malformed"),
        ({"Upload-Offset": "x"}, 400, "upload.malformed"),
        ({"Upload-Checksum": "md5 1B2M2Y8AsgTpgAmY7PhCfg=="}, 400, "upload.checksum_unknown"),
        ({"Upload-Checksum": "sha256 short"}, 400, "upload.checksum_unknown"),
        ({"Upload-Checksum": "sha256 " + base64.b64encode(bytes(32)).decode()}, 460, "upload.checksum"),
        ({"Upload-Checksum": "sha1 " + base64.b64encode(bytes(20)).decode()}, 460, "upload.checksum"),
    ],
)
def test_a_piece_that_is_not_right_is_not_kept(
    hub: RealHub, sender: Sender, headers: dict[str, str], status: int, code: str
) -> None:
    place = sender.begin(f"{headers}".replace(",", "")).headers["Location"]
    said = {"Content-Type": PIECE, "Upload-Offset": "0", **headers}
    answer = sender.ask("PATCH", place, said, data=FILE)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert sender.offset(place) == 0
    assert not list(hub.house.desk.shelf.incoming.iterdir())
    sender.ask("DELETE", place)


def test_a_right_checksum_is_welcome(sender: Sender) -> None:
    place = sender.begin("checksum").headers["Location"]
    for algorithm, start, stop in (("sha256", 0, 10), ("sha1", 10, len(FILE))):
        digest = hashlib.new(algorithm, FILE[start:stop]).digest()
        said = f"{algorithm} {base64.b64encode(digest).decode()}"
        assert sender.send(place, FILE[start:stop], start, Upload_Checksum=said).status_code == 204


def test_more_than_was_announced_is_refused_whole(sender: Sender) -> None:
    place = sender.begin("more").headers["Location"]
    answer = sender.send(place, FILE + b"x", 0)
    assert (answer.status_code, answer.json["code"]) == (413, "upload.too_long")
    assert sender.offset(place) == 0
    nothing = {"Upload-Offset": "0", "Content-Type": PIECE}
    ended = {"wsgi.input_terminated": True}  # as gunicorn says
    assert sender.ask("PATCH", place, nothing, environ_overrides=ended).status_code == 204
    assert sender.send(place, FILE, 0).status_code == 204
    answer = sender.send(place, b"more", len(FILE))  # it is whole: what is sent now is about nothing
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(FILE)))


def test_a_file_that_does_not_begin_as_its_type_does_is_refused_at_its_first_bytes(sender: Sender) -> None:
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    place = sender.begin("sheet", type=sheet).headers["Location"]
    assert sender.send(place, FILE[:50], 0).json["code"] == "intake.type_unsupported"
    assert sender.send(place, b"PK\x03\x04", 0).status_code == 204
    sender.ask("DELETE", place)


def test_what_was_cancelled_is_gone_and_its_key_is_free(fresh: RealHub) -> None:
    sender = Sender(fresh)
    place = sender.begin("again").headers["Location"]
    sender.send(place, FILE[:100], 0)
    assert sender.ask("DELETE", place).status_code == 204
    for method in ("HEAD", "GET", "DELETE"):
        assert sender.ask(method, place).status_code == 410
    assert sender.send(place, FILE[100:], 100).json["code"] == "upload.gone"
    fresh.work()
    assert not list(fresh.house.desk.shelf.shelved.iterdir())
    assert [one["kind"] for one in fresh.events() if one["subject"] == place.rpartition("/")[2]][-1] == (
        "pieces.destroyed"
    )
    second = sender.begin("again")
    assert second.headers["Location"] != place
    assert second.headers["Upload-Offset"] == "0"


def test_what_is_whole_cannot_be_cancelled(sender: Sender) -> None:
    place = sender.begin("whole").headers["Location"]
    sender.send(place, FILE, 0)
    answer = sender.ask("DELETE", place)
    assert (answer.status_code, answer.json["code"]) == (409, "upload.whole")
    assert sender.ask("GET", place).json["receipt"]


def test_what_nobody_goes_on_with_expires_and_is_destroyed(fresh: RealHub) -> None:
    sender = Sender(fresh)
    kept, late = (sender.begin(key).headers["Location"] for key in ("kept", "late"))
    sender.send(late, FILE[:100], 0)
    fresh.clock.at += fresh.house.policies.retention.upload / 2
    fresh.sign()
    sender.send(kept, FILE[:100], 0)  # each piece begins the time anew
    fresh.clock.at += fresh.house.policies.retention.upload / 2
    fresh.sign()
    assert sender.ask("HEAD", late).status_code == 410
    assert sender.send(late, FILE[100:], 100).json["code"] == "upload.gone"
    assert sender.begin("late").headers["Location"] != late
    fresh.work()
    assert [path.name.rpartition(".")[2] for path in fresh.house.desk.shelf.shelved.iterdir()] == [
        sender.send(kept, FILE[100:], 100).headers["Amana-Batch"]
    ]


def test_a_committee_may_have_so_many_unfinished_and_no_more(fresh: RealHub) -> None:
    sender = Sender(fresh)
    most = fresh.house.policies.retention.most_uploads
    places = [sender.begin(f"key {number}").headers["Location"] for number in range(most)]
    answer = sender.begin("one more")
    assert (answer.status_code, answer.json["code"]) == (429, "upload.too_many")
    assert answer.json["facts"] == {"most": most}
    assert Sender(fresh, "TUN").begin("one more").status_code == 201
    assert sender.begin("key 0").headers["Location"] == places[0]
    sender.send(places[0], FILE, 0)
    assert sender.begin("one more").status_code == 201


def test_another_committees_upload_is_not_there(hub: RealHub, sender: Sender) -> None:
    place = sender.begin("mine").headers["Location"]
    stranger = Sender(hub, "TUN")
    for method in ("HEAD", "GET", "DELETE"):
        answer = stranger.ask(method, place)
        assert answer.status_code == 404, method
    assert stranger.send(place, FILE, 0).json["code"] == "resource.not_found"
    assert sender.offset(place) == 0
    for nowhere in ("/api/v1/uploads/upl_" + "a" * 26, "/api/v1/uploads/Fatima"):
        assert sender.ask("HEAD", nowhere).status_code == 404
    sender.ask("DELETE", place)


def test_whoever_may_not_send_may_not_begin_go_on_or_cancel(hub: RealHub, sender: Sender) -> None:
    place = sender.begin("officer").headers["Location"]
    officer = Sender(hub, role="protection_officer")
    assert officer.begin("x").status_code == 403
    assert officer.send(place, FILE, 0).status_code == 403
    assert officer.ask("DELETE", place).status_code == 403
    assert officer.offset(place) == 0  # she follows what her committee sends
    stranger = hub.app.test_client()
    for method, path in (("POST", "/api/v1/uploads"), ("PATCH", place), ("HEAD", place), ("DELETE", place)):
        assert stranger.open(path, method=method).status_code == 401
    sender.ask("DELETE", place)


def test_a_committee_that_keeps_its_records_at_home_cannot_send_them_in_pieces_either(hub: RealHub) -> None:
    answer = Sender(hub, "EGY").begin("records")
    assert (answer.status_code, answer.json["code"]) == (403, "intake.records_not_agreed")


def test_a_proxy_that_lets_no_patch_through_is_gone_around(sender: Sender) -> None:
    place = sender.begin("proxy").headers["Location"]
    said = {"X-HTTP-Method-Override": "PATCH", "Content-Type": PIECE, "Upload-Offset": "0"}
    assert sender.ask("POST", place, said, data=FILE[:10]).status_code == 204
    assert sender.offset(place) == 10
    assert sender.ask("POST", place).json["facts"] == {"header": "X-HTTP-Method-Override"}
    assert sender.ask("POST", place, {"X-HTTP-Method-Override": "DELETE"}).status_code == 204


def test_a_browser_goes_on_only_with_the_key_of_its_own_page(hub: RealHub) -> None:
    browser = hub.browser("submitter", "MAR")
    said = {"dataflow": "VICTIMS", "period": "2022", "type": "text/csv"}
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "9",
        "Upload-Metadata": metadata(said),
        "Idempotency-Key": "b",
    }
    assert browser.post("/api/v1/uploads", headers=headers).status_code == 403
    headers["Amana-Form-Key"] = hub.form_key(browser)
    assert browser.post("/api/v1/uploads", headers=headers).status_code == 201

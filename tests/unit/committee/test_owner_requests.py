"""The owner's words by the committee's own tool, against a real hub; and a receipt checked with no hub at all."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from rich.console import Console
from sqlalchemy import insert
from werkzeug.serving import WSGIRequestHandler, make_server

from amana import signing
from amana.command.committee import command
from amana.committee.refusals import HubRefused
from amana.committee.report import show_difference
from amana.errors import SignatureInvalid
from amana.intake.tables import committee_key
from support.contributions import pseudonym, row, text
from support.hub import NOON, RealHub, real_hub


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class Desk:
    """The committee's computer: its keys and token, a file, and the way to the hub."""

    def __init__(self, hub: RealHub, folder: Path, port: int) -> None:
        self.hub, self.folder, self.url = hub, folder, f"http://127.0.0.1:{port}"
        key = Ed25519PrivateKey.generate()
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "token").touch(mode=0o600)
        (folder / "token").write_text(hub.account("protection_officer", "MAR")["token"])
        (folder / "list.csv").write_text(f"PSEUDONYM\n{pseudonym(1)}\n")
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        known = {"key_id": signing.key_id(key.public_key()), "committee": "MAR", "public_pem": pem, "valid_from": NOON}
        with hub.test_database.as_role("owner").write() as tx:
            tx.execute(insert(committee_key).values(**known))

    def run(self, *words: str) -> Result:
        """A command as she types it; what it cannot do alone is the hub's work."""
        return CliRunner().invoke(command, list(words))

    def online(self, *words: str) -> Result:
        return self.run(*words, "--hub", self.url, "--token-file", str(self.folder / "token"), "--lang", "en")

    def request(self, act: str, *more: str) -> str:
        said = ["--pseudonyms", str(self.folder / "list.csv"), "--committee", "MAR", "--dataflow", "VICTIMS"]
        keys = ["--recipients", str(self.hub.folder / "keys/web/recipients.txt"), "--key", str(self.folder / "key.pem")]
        answer = self.online("request", act, *said, *keys, "--json", *more)
        assert answer.exit_code == 0, answer.output
        self.hub.work()
        return str(json.loads(answer.stdout)["id"])

    def send(self, people: range, key: str) -> str:
        body = text([row(n, SEX="F") for n in people]).encode()
        query = {"dataflow": "VICTIMS", "period": "2022"}
        headers = {"Idempotency-Key": key}
        api = self.hub.api("submitter", "MAR")
        sent = api.post("/api/v1/batches", data=body, query_string=query, headers=headers, content_type="text/csv")
        assert sent.status_code == 202, sent.text
        self.hub.work()
        return str(sent.json["id"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "hub").mkdir()
    with real_hub(tmp_path / "hub") as hub:
        server = make_server("127.0.0.1", 0, hub.app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Desk(hub, tmp_path, server.server_port)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def test_a_person_is_withdrawn_and_the_receipt_checked_offline(desk: Desk) -> None:
    desk.send(range(4), "first")
    request = desk.request("withdraw")
    kept = desk.folder / "receipt.json"
    told = desk.online("receipt", "fetch", request, "--out", str(kept))
    assert told.exit_code == 0, told.output
    assert "all the persons" in told.output
    assert pseudonym(1).encode() not in kept.read_bytes()
    hub_key = str(desk.hub.folder / "keys/web/bundle.pub.pem")
    offline = desk.run("receipt", "verify", str(kept), "--hub-key", hub_key, "--lang", "en")
    assert offline.exit_code == 0, offline.output
    assert request in offline.output
    stranger = desk.folder / "stranger.pem"
    other = Ed25519PrivateKey.generate().public_key()
    stranger.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    refused = desk.run("receipt", "verify", str(kept), "--hub-key", str(stranger))
    assert isinstance(refused.exception, SignatureInvalid)


def test_an_answer_is_opened_at_home_with_a_key_made_at_home(desk: Desk) -> None:
    desk.send(range(4), "first")
    identity, out = desk.folder / "answer.key", desk.folder / "answer.csv"
    request = desk.request("access", "--identity", str(identity))
    told = desk.online("answer", request, "--identity", str(identity), "--out", str(out))
    assert told.exit_code == 0, told.output
    header, one = out.read_text().split()
    assert header.startswith("PSEUDONYM,PERIOD,")
    assert one.startswith(f"{pseudonym(1)},2022,")
    assert out.stat().st_mode & 0o077 == 0
    again = desk.online("answer", request, "--identity", str(identity), "--out", str(desk.folder / "again.csv"))
    assert "answer_gone" in str(again.exception)


def test_an_answer_that_does_not_open_is_kept_sealed(desk: Desk) -> None:
    desk.send(range(4), "first")
    request = desk.request("access", "--identity", str(desk.folder / "answer.key"))
    wrong = desk.folder / "wrong.key"
    wrong.write_text("AGE-SECRET-KEY-NONE\n")
    told = desk.online("answer", request, "--identity", str(wrong), "--out", str(desk.folder / "answer.csv"))
    assert "answer_unreadable" in str(told.exception)
    assert (desk.folder / "answer.csv.age").read_bytes().startswith(b"age-encryption.org/v1")


def test_a_held_version_says_what_it_changes_and_is_decided(desk: Desk) -> None:
    desk.send(range(4), "first")
    better = desk.send(range(1, 6), "second")
    told = desk.online("status", better)
    assert told.exit_code == 0, told.output
    assert ("Persons added" in told.output, "Persons removed" in told.output) == (True, True)
    shown = json.loads(desk.online("status", better, "--json").stdout)
    difference = shown["difference"]
    assert (difference["added"], difference["removed"], difference["same"]) == (2, 1, 3)
    assert f"amana committee decide {better} replace --seen {shown['seen']}" in told.output
    other = desk.online("decide", better, "replace", "--seen", "another")
    assert isinstance(other.exception, HubRefused), "a yes to what she was not shown"
    assert desk.online("decide", better, "replace", "--seen", shown["seen"]).exit_code == 0
    desk.hub.work()
    assert desk.hub.api("submitter", "MAR").get(f"/api/v1/batches/{better}").json["state"] == "ACCEPTED"


def test_a_yes_without_a_name_is_to_the_difference_that_stands(desk: Desk) -> None:
    desk.send(range(4), "first")
    better = desk.send(range(1, 6), "second")
    assert desk.online("decide", better, "replace").exit_code == 0
    desk.hub.work()
    assert desk.hub.api("submitter", "MAR").get(f"/api/v1/batches/{better}").json["state"] == "ACCEPTED"


def test_a_batch_is_withdrawn_once_she_has_said_so_twice(desk: Desk) -> None:
    batch = desk.send(range(4), "first")
    hesitant = desk.run("withdraw", batch, "--hub", desk.url, "--token-file", str(desk.folder / "token"))
    assert hesitant.exit_code == 1, "nobody answered the question"
    assert desk.online("withdraw", batch, "--yes").exit_code == 0
    desk.hub.work()
    assert desk.hub.api("submitter", "MAR").get(f"/api/v1/batches/{batch}").json["state"] == "WITHDRAWN"


def test_a_refused_request_ends_with_65_and_says_why(desk: Desk) -> None:
    request = desk.request("withdraw")
    told = desk.online("receipt", "fetch", request, "--out", str(desk.folder / "none.json"))
    assert told.exit_code == 65
    assert "holds no records" in told.output
    assert not (desk.folder / "none.json").exists()


@pytest.mark.parametrize("words", [["access"], ["withdraw", "--identity", "x.key"]])
def test_an_identity_belongs_to_access_and_to_nothing_else(desk: Desk, words: list[str]) -> None:
    said = ["--pseudonyms", str(desk.folder / "list.csv"), "--committee", "MAR", "--dataflow", "VICTIMS"]
    keys = ["--recipients", str(desk.folder / "list.csv"), "--key", str(desk.folder / "key.pem")]
    assert desk.online("request", *words, *said, *keys).exit_code == 64


def test_a_list_without_its_header_is_not_even_sealed(desk: Desk) -> None:
    (desk.folder / "list.csv").write_text(f"{pseudonym(1)}\n")
    said = ["--pseudonyms", str(desk.folder / "list.csv"), "--committee", "MAR", "--dataflow", "VICTIMS"]
    keys = ["--recipients", str(desk.hub.folder / "keys/web/recipients.txt"), "--key", str(desk.folder / "key.pem")]
    told = desk.online("request", "withdraw", *said, *keys)
    assert "list_unusable" in str(told.exception)
    assert pseudonym(1) not in str(told.exception)


def test_what_a_version_changes_is_named_in_the_readers_words() -> None:
    changes = {"kind": "records", "added": 1, "removed": 0, "changed": 2, "same": 3, "parts": {"SEX": 2, "EXP_BEG": 1}}
    printed = io.StringIO()
    show_difference(changes, "VICTIMS", "fr", Console(file=printed, width=200))
    assert "– Sexe" in printed.getvalue()
    assert "– Forme d'exploitation: Mendicité forcée" in printed.getvalue()
    assert "EXP_BEG" not in printed.getvalue()

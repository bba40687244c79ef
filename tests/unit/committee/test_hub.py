"""Sending is safe to repeat, keeps the token to itself, and says what the hub says."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from amana.command.committee import command
from amana.committee import package
from amana.committee.hub import Hub, read_token
from amana.committee.refusals import AddressUnusable, HubRefused, HubUnreachable, TokenUnsafe
from amana.findings import Finding, render
from amana.wording.load import sentence
from support.contributions import row, write

from .conftest import Desk, Listener

BATCH = "bat_" + "a" * 26
JUDGED = {"id": BATCH, "state": "REFUSED"}
FOUND = {
    "batch": BATCH,
    "state": "REFUSED",
    "findings": [render(Finding("cell.blank", row=3, column="SEX", letter="C"))],
}


@pytest.fixture
def packed(desk: Desk) -> Path:
    words = desk.words(write(desk.folder, [row(1)]))
    assert CliRunner().invoke(command, ["pack", *words, *desk.packing()]).exit_code == 0
    return desk.folder / "package"


def run(desk: Desk, url: str, *words: str) -> Result:
    return CliRunner().invoke(command, [*words, "--hub", url, "--token-file", str(desk.token), "--lang", "en"])


def sent(package_: Path) -> dict[str, object]:
    """How a hub answers that has received the package already."""
    total = package.read(package_).manifest.total
    return {"id": "upl_" + "a" * 26, "offset": total, "receipt": {"id": BATCH, "batch": BATCH}}


def test_a_package_that_the_hub_has_is_announced_and_not_sent(desk: Desk, packed: Path, listener: Listener) -> None:
    listener.answers = [(201, sent(packed))] * 2
    told = run(desk, listener.url, "send", str(packed), "--json")
    assert (told.exit_code, json.loads(told.output)) == (0, {"id": BATCH, "batch": BATCH})
    assert f"received the contribution: {BATCH}" in run(desk, listener.url, "send", str(packed)).output
    (path, headers, body), (_, again, _) = listener.heard
    made = package.read(packed)
    assert (path, body, headers["authorization"]) == ("/api/v1/uploads", b"", "Bearer a-token-of-the-submitter")
    assert base64.b64decode(headers["amana-manifest"]) == made.signed
    assert headers["upload-length"] == str(made.manifest.total)
    assert headers["idempotency-key"] == again["idempotency-key"]
    assert (packed / package.RETRY).read_text() not in headers["idempotency-key"]


def test_two_packages_of_one_file_have_two_names(desk: Desk, packed: Path) -> None:
    CliRunner().invoke(command, ["pack", *desk.words(desk.folder / "victims.csv"), *desk.packing("again")])
    first, second = package.read(packed), package.read(desk.folder / "again")
    assert first.idempotency_key != second.idempotency_key
    assert first.manifest.header.batch_or_nonce != second.manifest.header.batch_or_nonce


def test_waiting_tells_what_was_found_and_ends_with_65(desk: Desk, packed: Path, listener: Listener) -> None:
    waiting = {"id": BATCH, "state": "RECEIVED"}
    listener.answers = [(201, sent(packed)), (200, waiting), (200, JUDGED), (200, FOUND)]
    told = run(desk, listener.url, "send", str(packed), "--wait")
    assert told.exit_code == 65
    assert "C3" in told.output
    assert "Blank cells" in told.output


def test_a_version_that_is_held_is_waited_for_until_it_is_known_what_it_changes(
    desk: Desk, packed: Path, listener: Listener
) -> None:
    held, found = {"id": BATCH, "state": "HELD"}, {"findings": []}
    changes = {"kind": "records", "added": 52, "removed": 605, "changed": 0, "same": 0, "parts": {}}
    listener.answers = [(201, sent(packed))]
    for difference in (None, changes):
        listener.answers += [(200, held), (200, found), (200, {"difference": difference})]
    told = run(desk, listener.url, "send", str(packed), "--wait")
    assert told.exit_code == 0
    assert "Waiting for your decision" in told.output
    assert "605" in told.output
    assert "with another key" in " ".join(told.output.split())


def test_a_batch_can_be_asked_after(desk: Desk, listener: Listener) -> None:
    listener.answers = [(200, {"id": BATCH, "state": "ACCEPTED"}), (200, {"findings": []})]
    told = run(desk, listener.url, "status", BATCH, "--json")
    assert told.exit_code == 0
    assert json.loads(told.output) == {
        "id": BATCH,
        "state": "ACCEPTED",
        "accepted": True,
        "difference": None,
        "seen": None,
        "findings": [],
    }


def test_a_refusal_is_told_in_the_hubs_own_words(desk: Desk, packed: Path, listener: Listener) -> None:
    listener.answers = [(422, {"code": "intake.replayed", "detail": "Sent before.", "title": "x"})]
    fault = run(desk, listener.url, "send", str(packed)).exception
    assert isinstance(fault, HubRefused)
    assert fault.facts == {"status": 422, "hub_code": "intake.replayed", "detail": "Sent before."}


@pytest.mark.parametrize("answer", [b"<html>", b"[]", {"state": "REFUSED"}])
def test_an_answer_that_makes_no_sense_is_no_answer(desk: Desk, listener: Listener, answer: object) -> None:
    listener.answers = [(200, answer), (200, {"findings": [{"rule": 7}]})]
    assert isinstance(run(desk, listener.url, "status", BATCH).exception, HubUnreachable)


def test_a_hub_that_is_not_there_is_told(desk: Desk, packed: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert isinstance(run(desk, url, "send", str(packed), "--patience", "0").exception, HubUnreachable)


@pytest.mark.parametrize(
    "url", ["http://hub.example", "ftp://127.0.0.1", "hub.example", "hub.example:443", "https://", "https://[", ""]
)
def test_without_encryption_only_this_machine_is_spoken_to(url: str) -> None:
    with pytest.raises(AddressUnusable) as refused:
        Hub(url, "token", "en")
    assert refused.value.facts == {"hub": url}


def test_an_address_without_its_scheme_is_answered_with_how_to_write_it(desk: Desk, packed: Path) -> None:
    fault = run(desk, "hub.example", "send", str(packed)).exception
    assert isinstance(fault, AddressUnusable)
    assert "https:// in front" in sentence(fault.code, "en", fault.facts)


def test_a_token_that_others_can_read_is_refused(desk: Desk) -> None:
    assert read_token(desk.token) == "a-token-of-the-submitter"
    desk.token.chmod(0o640)
    with pytest.raises(TokenUnsafe):
        read_token(desk.token)


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"\xff"])
def test_a_token_file_without_a_token_is_refused(desk: Desk, content: bytes) -> None:
    desk.token.write_bytes(content)
    with pytest.raises(TokenUnsafe):
        read_token(desk.token)
    desk.token.unlink()
    with pytest.raises(TokenUnsafe):
        read_token(desk.token)

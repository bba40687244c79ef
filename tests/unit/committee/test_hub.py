"""Sending is safe to repeat, keeps the token to itself, and says what the hub says."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from amana.command.committee import command
from amana.committee import package
from amana.committee.hub import Hub, read_token
from amana.committee.refusals import HubRefused, HubUnreachable, TokenUnsafe
from amana.findings import Finding, render
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


def test_a_package_goes_out_manifest_first_and_file_last(desk: Desk, packed: Path, listener: Listener) -> None:
    listener.answers = [(202, {"batch": BATCH})]
    told = run(desk, listener.url, "send", str(packed), "--json")
    assert (told.exit_code, json.loads(told.output)) == (0, {"id": BATCH, "batch": BATCH})
    path, headers, body = listener.heard[0]
    made = package.read(packed)
    assert path == "/api/v1/batches?dataflow=VICTIMS&period=2022"
    assert headers["authorization"] == "Bearer a-token-of-the-submitter"
    assert int(headers["content-length"]) == len(body)
    assert "transfer-encoding" not in headers
    assert list(listener.parts(0).items()) == [("manifest", made.signed), ("file", made.data.read_bytes())]


def test_sending_again_is_recognised_as_a_repetition(desk: Desk, packed: Path, listener: Listener) -> None:
    listener.answers = [(202, {"id": BATCH}), (202, {"id": BATCH})]
    for _ in range(2):
        assert f"received the contribution: {BATCH}" in run(desk, listener.url, "send", str(packed)).output
    keys = [headers["idempotency-key"] for _, headers, _ in listener.heard]
    assert keys[0] == keys[1]
    assert (packed / package.RETRY).read_text() not in keys[0]


def test_two_packages_of_one_file_have_two_names(desk: Desk, packed: Path) -> None:
    CliRunner().invoke(command, ["pack", *desk.words(desk.folder / "victims.csv"), *desk.packing("again")])
    first, second = package.read(packed), package.read(desk.folder / "again")
    assert first.idempotency_key != second.idempotency_key
    assert first.manifest.header.batch_or_nonce != second.manifest.header.batch_or_nonce


def test_waiting_tells_what_was_found_and_ends_with_65(desk: Desk, packed: Path, listener: Listener) -> None:
    listener.answers = [(202, {"id": BATCH}), (200, {"id": BATCH, "state": "RECEIVED"}), (200, JUDGED), (200, FOUND)]
    told = run(desk, listener.url, "send", str(packed), "--wait")
    assert told.exit_code == 65
    assert "C3" in told.output
    assert "Blank cells" in told.output


def test_a_batch_can_be_asked_after(desk: Desk, listener: Listener) -> None:
    listener.answers = [(200, {"id": BATCH, "state": "ACCEPTED"}), (200, {"findings": []})]
    told = run(desk, listener.url, "status", BATCH, "--json")
    assert told.exit_code == 0
    assert json.loads(told.output) == {"id": BATCH, "state": "ACCEPTED", "accepted": True, "findings": []}


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
        assert isinstance(run(desk, url, "send", str(packed)).exception, HubUnreachable)


@pytest.mark.parametrize("url", ["http://hub.example", "ftp://127.0.0.1", "hub.example"])
def test_without_encryption_only_this_machine_is_spoken_to(url: str) -> None:
    with pytest.raises(HubUnreachable):
        Hub(url, "token", "en")


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

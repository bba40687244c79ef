"""The log's door for witnesses, the auditor's page about them, and receipts to take away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from amana.audit.tlog import leaf, proof
from amana.audit.tlog.checkpoint import parse_vkey, read_checkpoint, split_note
from amana.audit.witness import trust
from amana.audit.witness.cosignature import WitnessKey, cosign
from amana.errors import Malformed
from amana.web import selftest
from support.contributions import pseudonym
from support.hub import RealHub, copied_policies, real_hub
from support.owner_pages import ask
from support.witnesses import EGY, MAR, STRANGER, TUN, witnesses_toml


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RealHub]:
    """A hub whose policies name three witnesses, of whom two are needed."""
    policies = copied_policies(tmp_path)
    (policies / "witnesses.toml").write_text(witnesses_toml(2, MAR, TUN, EGY))
    with real_hub(tmp_path, policies) as opened:
        opened.show()
        yield opened


def checkpoint(hub: RealHub, path: str = "/log/checkpoint") -> str:
    answer = hub.app.test_client().get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def hand_in(hub: RealHub, *keys: WitnessKey):
    note = checkpoint(hub)
    text, at = note.partition("\n\n")[0] + "\n", int(hub.clock.at.timestamp())
    lines = "".join(cosign(text, one, at) for one in keys)
    return hub.app.test_client().post("/log/cosignatures", data=(note + lines).encode())


def names(note: str) -> list[str]:
    return [one.name for one in split_note(note)[1]][1:]


def test_a_cosignature_needs_no_token_and_is_served_from_then_on(hub: RealHub):
    answer = hand_in(hub, MAR, STRANGER)
    assert (answer.status_code, names(answer.text)) == (200, ["mar.test/w"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert names(checkpoint(hub)) == ["mar.test/w"]
    assert [one["facts"]["witness"] for one in hub.events("checkpoint.cosigned")] == ["mar.test/w"]
    assert hand_in(hub, MAR).status_code == 200
    assert len(hub.events("checkpoint.cosigned")) == 1


def test_the_quorums_checkpoint_has_an_address_of_its_own(hub: RealHub):
    hand_in(hub, MAR)
    assert hub.app.test_client().get("/log/checkpoint/witnessed").status_code == 404
    hand_in(hub, TUN)
    met = checkpoint(hub, "/log/checkpoint/witnessed")
    hub.show()
    assert checkpoint(hub, "/log/checkpoint/witnessed") == met != checkpoint(hub)
    assert names(met) == ["mar.test/w", "tun.test/w"]


def test_each_witness_can_ask_what_it_has_handed_in(hub: RealHub):
    def address(name: str) -> str:
        return f"/log/witness/{hashlib.sha256(name.encode()).hexdigest()}/checkpoint"

    client = hub.app.test_client()
    assert client.get(address("mar.test/w")).status_code == 404
    hand_in(hub, MAR)
    assert names(checkpoint(hub, address("mar.test/w"))) == ["mar.test/w"]
    assert client.get(address("nobody.test/w")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"\xff", 400), (b"x" * 65_537, 413), (b"other.test/log\n8\n" + b"A" * 43 + b"=\n\n", 400)],
)
def test_what_is_no_cosigned_checkpoint_is_refused(hub: RealHub, body: bytes, status: int):
    assert hub.app.test_client().post("/log/cosignatures", data=body).status_code == status


@pytest.mark.parametrize("size", [2**53, 10**19 - 1])
def test_a_size_that_no_database_counts_to_is_refused(hub: RealHub, size: int):
    note = checkpoint(hub)
    forged = note.replace(f"\n{note.splitlines()[1]}\n", f"\n{size}\n", 1)
    assert hub.app.test_client().post("/log/cosignatures", data=forged.encode()).status_code == 400


def test_another_tree_of_the_same_size_is_refused(hub: RealHub):
    note = checkpoint(hub)
    root = note.splitlines()[2]
    forged = note.replace(root, f"{'A' * 42}E=", 1)
    answer = hub.app.test_client().post("/log/cosignatures", data=forged.encode())
    assert (answer.status_code, answer.json["code"]) == (409, "audit.checkpoint_foreign")


def test_a_cosignature_that_does_not_hold_is_refused(hub: RealHub):
    note = checkpoint(hub)
    line = cosign("another text\n", MAR, 1)
    assert hub.app.test_client().post("/log/cosignatures", data=(note + line).encode()).status_code == 422
    assert names(checkpoint(hub)) == []


def test_other_tools_get_a_policy_that_they_can_read(hub: RealHub):
    read = trust.parse(checkpoint(hub, "/log/policy"))
    assert (read.rule.needed, len(read.witnesses)) == (2, 3)
    assert read.logs == (parse_vkey(hub.house.log_vkey),)


def test_the_page_says_who_has_come_how_far_and_whether_it_is_enough(hub: RealHub):
    auditor = hub.browser("auditor")
    page = auditor.get("/en/audit/witnesses/").text
    assert "Quorum not met" in page
    assert page.count("not heard from yet") == 3
    hand_in(hub, MAR, TUN)
    hub.show()
    hand_in(hub, MAR)
    page = auditor.get("/en/audit/witnesses/").text
    assert "Quorum met: 2 of 2 needed" in page
    assert [page.count(said) for said in ("up to date", "behind", "not heard from yet")] == [1, 1, 1]
    assert hub.events("witnesses.read")


def test_the_api_says_the_same(hub: RealHub):
    at = hub.clock.at.replace(microsecond=0)
    hand_in(hub, MAR, TUN)
    told = hub.api("auditor").get("/api/v1/audit/witnesses").json
    assert (told["quorum"], told["in_office"], told["met"]["size"]) == (2, 3, told["size"])
    assert told["met"]["by"] == ["mar.test/w", "tun.test/w"]
    assert told["met"]["at"] == at.isoformat()
    assert [one["last"] and one["last"]["size"] for one in told["witnesses"]] == [told["size"], told["size"], None]
    assert hub.api("steward").get("/api/v1/audit/witnesses").status_code == 403


def test_where_nobody_witnesses_the_page_says_what_that_means(fresh: RealHub):
    assert "No committee witnesses this log yet" in fresh.browser("auditor").get("/en/audit/witnesses/").text


def test_a_retired_witness_is_shown_as_such(tmp_path: Path):
    policies = copied_policies(tmp_path)
    said = witnesses_toml(2, MAR, TUN, EGY).replace(
        'committee = "EGY"', 'committee = "EGY"\nretired = 2026-01-01\nlast = 8'
    )
    (policies / "witnesses.toml").write_text(said)
    with real_hub(tmp_path, policies) as hub:
        page = hub.browser("auditor").get("/en/audit/witnesses/").text
    assert '<span class="badge">retired</span>' in page


def test_a_hub_does_not_start_with_a_witness_whose_key_is_none(tmp_path: Path):
    policies = copied_policies(tmp_path)
    said = witnesses_toml(1, MAR)
    broken = said.split('vkey = "mar.test/w+')[1][:8]
    (policies / "witnesses.toml").write_text(said.replace(broken, "00000000"))
    with pytest.raises(selftest.SelfTestFailed), real_hub(tmp_path, policies):
        raise Malformed(format="never reached")


# ---- receipts -------------------------------------------------------------------------------------------------------


def send(hub: RealHub) -> str:
    body = hub.api("submitter", "MAR").get("/api/v1/templates/VICTIMS.csv").data
    answer = hub.api("submitter", "MAR").post(
        "/api/v1/batches?dataflow=VICTIMS&period=2022",
        data=body,
        headers={"Content-Type": "text/csv", "Idempotency-Key": "one"},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json["id"])


def test_an_uploader_takes_away_a_proof_with_the_cosignatures(hub: RealHub):
    batch = send(hub)
    clerk = hub.api("submitter", "MAR")
    early = clerk.get(f"/api/v1/batches/{batch}/proof")
    assert (early.status_code, early.json["code"]) == (404, "audit.receipt_pending")
    hub.show()
    hand_in(hub, MAR, EGY)
    answer = clerk.get(f"/api/v1/batches/{batch}/proof")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{batch}.tlog-proof"'
    read = proof.parse(answer.text)
    key = parse_vkey(hub.house.log_vkey)
    assert proof.verify(read, key) == read_checkpoint(checkpoint(hub), key)
    assert names(read.note) == ["egy.test/w", "mar.test/w"]
    assert [one["facts"]["of"] for one in hub.events("proof.taken")] == [batch]


def test_the_page_has_a_button_for_it_and_a_stranger_gets_nothing(hub: RealHub):
    batch = send(hub)
    hub.show()
    page = hub.browser("submitter", "MAR").get(f"/en/contributions/{batch}").text
    assert f'href="/api/v1/batches/{batch}/proof"' in page
    assert hub.browser("submitter", "MAR").get(f"/api/v1/batches/{batch}/proof").status_code == 200
    assert hub.api("submitter", "TUN").get(f"/api/v1/batches/{batch}/proof").status_code == 403


def test_what_is_handed_in_again_or_refused_makes_no_writer_wait(hub: RealHub, monkeypatch: pytest.MonkeyPatch):
    hand_in(hub, MAR)

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("amana.audit.log.cosigned.take", never)
    assert hand_in(hub, MAR, STRANGER).status_code == 200


def test_whoever_asked_for_persons_takes_away_the_proof_that_they_did(hub: RealHub):
    request = ask(hub, "object", f"PSEUDONYM\n{pseudonym(3)}\n")
    hub.show()
    officer = hub.api("protection_officer", "MAR")
    answer = officer.get(f"/api/v1/requests/{request}/proof")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{request}.tlog-proof"'
    read = proof.parse(answer.text)
    assert proof.verify(read, parse_vkey(hub.house.log_vkey)).size % 8 == 0
    assert leaf.parse(read.entry).kind == "owner_request.received"
    taken = hub.events("proof.taken")[-1]
    assert (taken["facts"]["of"], taken["country"]) == (request, "MAR")
    page = hub.browser("protection_officer", "MAR").get(f"/en/requests/{request}").text
    assert f'href="/api/v1/requests/{request}/proof"' in page
    assert hub.api("protection_officer", "TUN").get(f"/api/v1/requests/{request}/proof").status_code == 403

"""``amana committee witness`` against a real hub over HTTP: rounds, listening witnesses, a feeder, receipts."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from amana import clock
from amana.audit.tlog import checkpoint
from amana.audit.tlog.checkpoint import parse_vkey, split_note
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness import cosignature, evidence
from amana.audit.witness.add_checkpoint import Request, render_request
from amana.audit.witness.evidence import Charge
from amana.command.audit import command as audit
from amana.command.committee import command as committee
from amana.committee.public_log import PublicLog
from amana.committee.refusals import HubRefused, HubUnreachable
from amana.committee.witness_folder import WitnessFolder
from amana.committee.witness_refusals import MemoryLost, NotCosigned, NotTaken, Retired
from amana.committee.witness_server import WitnessServer
from amana.committee.witnessing import feed
from amana.errors import SignatureInvalid
from support.hub import Clock, RealHub, copied_policies, real_hub
from support.witnesses import AT, EGY, LOG, MAR, STRANGER, TUN, SmallLog, settle, witnesses_toml


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class Region:
    """A hub that is served, and three committees with a witness each."""

    def __init__(self, hub: RealHub, folder: Path, url: str) -> None:
        self.hub, self.folder, self.url = hub, folder, url
        self.vkey = hub.house.log_vkey
        (folder / "log.vkey").write_text(f"{self.vkey}\n")
        self.mar, self.tun, self.egy = (settle(folder / key.name[:3], key, self.vkey) for key in (MAR, TUN, EGY))

    def once(self, witness: WitnessFolder, *more: str) -> Result:
        return run(committee, "witness", "once", witness.path, "--hub", self.url, *more)

    def checkpoint(self) -> str:
        return httpx.get(f"{self.url}/log/checkpoint").text

    def names(self) -> list[str]:
        return [one.name for one in split_note(self.checkpoint())[1]][1:]

    def size(self) -> int:
        return checkpoint.read_checkpoint(self.checkpoint(), parse_vkey(self.vkey)).size

    @contextmanager
    def listening(self, witness: WitnessFolder) -> Iterator[str]:
        server = WitnessServer(("127.0.0.1", 0), witness, lambda: int(clock.now().timestamp()))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def run(group: object, *words: object) -> Result:
    return CliRunner(env={"AMANA_LANG": "en"}).invoke(group, [str(word) for word in words])  # type: ignore[arg-type]


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    policies = copied_policies(tmp_path)
    (policies / "witnesses.toml").write_text(witnesses_toml(2, MAR, TUN, EGY))
    with real_hub(tmp_path, policies, clock=Clock(datetime.now(UTC))) as hub:
        hub.show()
        server = make_server("127.0.0.1", 0, hub.app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Region(hub, tmp_path, f"http://127.0.0.1:{server.port}")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


# ---- coming by itself -----------------------------------------------------------------------------------------------


def test_a_witness_that_comes_by_itself_cosigns_what_grows(region: Region):
    for _ in range(3):
        told = region.once(region.mar)
        assert (told.exit_code, told.output) == (0, f"mar.test/w: log cosigned at size {region.size()}.\n")
        assert region.names() == ["mar.test/w"]
        region.hub.show()
    assert len(region.hub.events("checkpoint.cosigned")) == 3


def test_two_of_three_are_a_quorum_that_anyone_checks_offline(region: Region, tmp_path: Path):
    region.once(region.mar)
    words = ["--vkey", tmp_path / "log.vkey", "--witnesses", tmp_path / "policies" / "witnesses.toml"]
    (tmp_path / "log.jsonl").write_bytes(region.hub.api("auditor").get("/api/v1/audit/snapshot").data)
    told = run(audit, "verify", tmp_path / "log.jsonl", *words)
    assert (told.exit_code, "No checkpoint has been cosigned by enough witnesses" in told.output) == (1, True)
    region.once(region.tun)
    (tmp_path / "log.jsonl").write_bytes(region.hub.api("auditor").get("/api/v1/audit/snapshot").data)
    told = run(audit, "verify", tmp_path / "log.jsonl", *words)
    assert told.exit_code == 0, told.output
    assert f"Quorum met at size {region.size()}: cosignatures that count, 2." in told.output
    assert "cosigned by tun.test/w" in told.output


def test_what_did_not_arrive_is_handed_in_at_the_next_round(region: Region):
    """The line broke after the witness had remembered: it cosigns the same checkpoint again, and no other."""
    note = region.checkpoint()
    region.mar.consider(Request(0, (), note), int(clock.now().timestamp()))
    assert region.names() == []
    assert region.once(region.mar).exit_code == 0
    assert region.names() == ["mar.test/w"]


def test_a_hub_that_is_put_back_to_yesterday_and_goes_on_is_convicted(region: Region, tmp_path: Path):
    """The operator restores an older database and lets the real key sign what happens then."""
    region.once(region.mar)
    region.hub.show()
    yesterday = region.hub.last
    with region.hub.test_database.as_role("owner").read() as reading:
        saved = {
            table: reading.execute(text(f"SELECT * FROM {table}")).mappings().all()
            for table in ("log_entry", "log_tile", "log_checkpoint")
        }
    region.hub.api("auditor").get("/api/v1/audit/events")
    region.hub.show()
    region.once(region.mar)
    region.once(region.egy)
    before = region.size()
    _put_back(region.hub, saved)
    region.hub.last = yesterday
    rewound = region.once(region.mar)
    assert refused(rewound) == "word.charge.rewound"
    while region.size() <= before:
        region.hub.api("steward").get("/api/v1/releases")
        region.hub.show()
    for witness in (region.mar, region.egy):
        forked = region.once(witness)
        assert refused(forked) == "word.charge.forked"
        assert witness.kept().checkpoint.size == before
    assert region.once(region.tun).exit_code == 0, "who saw nothing before cannot know"
    told = run(committee, "witness", "evidence", region.mar.path)
    assert (told.exit_code, told.output.count("Proven:")) == (1, 1)
    assert run(committee, "witness", "status", region.mar.path).exit_code == 1
    (proven,) = [place for place, one in region.egy.evidence() if evidence.charge_of(one) is Charge.FORKED]
    judged = run(audit, "evidence", proven, "--vkey", tmp_path / "log.vkey")
    assert (judged.exit_code, judged.output.startswith("Proven: the log's key signed two")) == (1, True)


def refused(told: Result) -> str:
    """What a witness that did not cosign says of it."""
    assert isinstance(told.exception, NotCosigned), told.output
    return str(told.exception.facts["what"])


def _put_back(hub: RealHub, saved: dict[str, list[dict[str, object]]]) -> None:
    from amana.audit.log import tables

    with hub.test_database.as_role("owner").write() as tx:
        rows = tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for trigger in rows:
            tx.execute(text(f"DROP TRIGGER {trigger}"))
        tx.execute(text("DELETE FROM cosignature"))
        for name, kept in saved.items():
            tx.execute(text(f"DELETE FROM {name}"))
            tx.execute(getattr(tables, name).insert(), [_typed(name, dict(row)) for row in kept])


def _typed(name: str, row: dict[str, object]) -> dict[str, object]:
    """The raw rows have microseconds where the table has instants."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    times = {column for column in ("signed_at", "public_at") if row.get(column) is not None and name}
    return row | {column: start + timedelta(microseconds=int(str(row[column]))) for column in times}


def test_a_witness_without_its_memory_says_what_to_do_and_never_comes_again(region: Region):
    region.once(region.mar)
    (region.mar.path / "memory.json").unlink()
    told = region.once(region.mar)
    assert isinstance(told.exception, MemoryLost)
    assert told.exception.exit == 78


def test_a_memory_put_back_is_found_out_by_what_the_hub_has(region: Region):
    fresh = (region.mar.path / "memory.json").read_bytes()
    region.once(region.mar)
    (region.mar.path / "memory.json").write_bytes(fresh)
    assert isinstance(region.once(region.mar).exception, MemoryLost)
    region.hub.show()
    assert isinstance(region.once(region.mar).exception, Retired)
    assert region.names() == []


def test_a_witness_can_be_retired_by_hand(region: Region):
    told = run(committee, "witness", "retire", region.mar.path)
    assert (told.exit_code, "mar.test/w is retired" in told.output) == (0, True)
    assert isinstance(region.once(region.mar).exception, Retired)


# ---- listening, and being fed ---------------------------------------------------------------------------------------


def test_a_feeder_brings_checkpoints_to_those_who_listen(region: Region):
    with region.listening(region.tun) as tun, region.listening(region.egy) as egy:
        words = ["witness", "feed", "--hub", region.url, "--vkey", region.vkey, "--witness", tun, "--witness", egy]
        for _ in range(2):
            told = run(committee, *words)
            assert (told.exit_code, told.output.count("answer 200, cosignatures handed in: 1")) == (0, 2)
            assert region.names() == ["egy.test/w", "tun.test/w"]
            region.hub.show()
        origin = hashlib.sha256(b"amana.test/log").hexdigest()
        kept = httpx.get(f"{tun}/{origin}/checkpoint").text
        assert [one.name for one in split_note(kept)[1]] == ["amana.test/log", "tun.test/w"]
        assert httpx.get(f"{tun}/elsewhere").status_code == 404


def test_a_feeder_tells_who_did_not_cosign(region: Region):
    region.egy.retire()
    with region.listening(region.egy) as egy:
        words = ["witness", "feed", "--hub", region.url, "--vkey", region.vkey, "--witness", egy]
        told = run(committee, *words, "--witness", "http://127.0.0.1:1")
    assert (told.exit_code, "answer 503" in told.output, "answer –" in told.output) == (1, True, True)


def test_a_feeder_passes_over_a_witness_that_is_ahead(region: Region):
    with PublicLog(region.url) as log, region.listening(region.tun) as tun:
        old = region.checkpoint()
        region.hub.show()
        feed(log, parse_vkey(region.vkey), [tun])
        body = render_request(Request(region.size(), (), old))
        assert httpx.post(f"{tun}/add-checkpoint", content=body).status_code == 400
        body = render_request(Request(0, (), old))
        answer = httpx.post(f"{tun}/add-checkpoint", content=body)
        assert (answer.status_code, answer.text) == (409, f"{region.size()}\n")
        assert answer.headers["Content-Type"] == "text/x.tlog.size"


def test_the_statuses_of_the_specification_over_the_wire(tmp_path: Path):
    true, forked = SmallLog(9), SmallLog(9, fork=2)
    folder = settle(tmp_path / "mar", MAR, render_vkey(LOG.verifier))
    with WitnessServer(("127.0.0.1", 0), folder, lambda: AT) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}") as client:

            def ask(log: SmallLog, old: int, new: int, note: str | None = None) -> httpx.Response:
                proof = log.proof(old, new) if 0 < old < new else ()
                return client.post(
                    "/add-checkpoint", content=render_request(Request(old, proof, note or log.note(new)))
                )

            origin = hashlib.sha256(b"amana.test/log").hexdigest()
            assert client.get(f"/{origin}/checkpoint").status_code == 404
            assert ask(true, 0, 5).text.startswith("— mar.test/w ")
            assert ask(true, 0, 7, true.note(7).replace("amana.test", "other.test")).status_code == 404
            assert ask(true, 5, 7, true.note(7).replace("\n7\n", "\n8\n")).status_code == 403
            assert (ask(true, 3, 7).status_code, ask(true, 3, 7).text) == (409, "5\n")
            assert ask(true, 9, 7).status_code == 400
            assert ask(forked, 5, 7).status_code == 422
            assert ask(true, 5, 7).status_code == 200
            assert client.post("/add-checkpoint", content=b"nothing").status_code == 400
            assert client.post("/other", content=b"nothing").status_code == 404
            assert client.post("/add-checkpoint", content=b"x" * 70_000).status_code == 400
            assert client.post("/add-checkpoint", content=iter([b"x"])).status_code == 400
            (folder.path / "memory.json").unlink()
            assert ask(true, 7, 9).status_code == 503
            assert client.get(f"/{origin}/checkpoint").status_code == 503
        server.shutdown()
        thread.join()
    assert len(folder.evidence()) == 1


def test_who_is_refused_while_still_writing_reads_why(tmp_path: Path):
    """More than any buffer holds: it can be sent to its end only while somebody takes it in, answered as it is."""
    folder, endless = settle(tmp_path / "mar", MAR, render_vkey(LOG.verifier)), b"x" * (16 << 20)
    head = f"POST /add-checkpoint HTTP/1.1\r\nHost: mar.test\r\nContent-Length: {len(endless)}\r\n\r\n".encode()
    with WitnessServer(("127.0.0.1", 0), folder, lambda: AT) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with socket.create_connection(server.server_address[:2], timeout=30) as sender:
            sender.sendall(head + endless)
            answer = b"".join(iter(lambda: sender.recv(1000), b""))
            assert answer.startswith(b"HTTP/1.1 400 ")
        server.shutdown()
        thread.join()


# ---- the hub is not believed ----------------------------------------------------------------------------------------


def test_a_hub_that_answers_too_much_or_nothing_is_no_hub(region: Region):
    with PublicLog(region.url) as log:
        with pytest.raises(HubRefused):
            log.hand_in("nothing")
        with pytest.raises(HubUnreachable):
            log._bytes("GET", f"{region.url}/openapi.json", 1000)
    with PublicLog("http://127.0.0.1:1") as log, pytest.raises(HubUnreachable):
        log.checkpoint()


def test_another_logs_checkpoint_is_refused_before_anything_else(region: Region, tmp_path: Path):
    stranger = settle(tmp_path / "other", MAR, render_vkey(LOG.verifier))
    assert isinstance(region.once(stranger).exception, SignatureInvalid)


def test_a_witness_that_the_hub_does_not_know_is_told_so(region: Region, tmp_path: Path):
    unknown = settle(tmp_path / "unknown", STRANGER, region.vkey)
    told = region.once(unknown)
    assert isinstance(told.exception, NotTaken)
    assert region.names() == []


def test_init_prints_the_key_to_hand_over(tmp_path: Path):
    vkey = render_vkey(LOG.verifier)
    told = run(committee, "witness", "init", tmp_path / "w", "--name", "mar.test/w", "--vkey", vkey)
    assert told.exit_code == 0, told.output
    assert cosignature.parse_vkey(told.output.splitlines()[-1]).name == "mar.test/w"
    assert run(committee, "witness", "status", tmp_path / "w").exit_code == 0
    assert "Nothing was refused" in run(committee, "witness", "evidence", tmp_path / "w").output


# ---- receipts -------------------------------------------------------------------------------------------------------


def test_a_committee_fetches_its_receipt_and_checks_it_at_home(region: Region, tmp_path: Path):
    body = region.hub.api("submitter", "MAR").get("/api/v1/templates/VICTIMS.csv").data
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "one"}
    sent = region.hub.api("submitter", "MAR").post(
        "/api/v1/batches?dataflow=VICTIMS&period=2022", data=body, headers=headers
    )
    batch = sent.json["id"]
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_text(region.hub.account("submitter", "MAR")["token"])
    online = ["--hub", region.url, "--token-file", tmp_path / "token", "--lang", "en"]
    checking = ["--vkey", region.vkey, "--witnesses", tmp_path / "policies" / "witnesses.toml"]
    early = run(committee, "proof", batch, *online, "--out", tmp_path / "early")
    assert isinstance(early.exception, HubRefused)
    assert early.exception.facts["hub_code"] == "audit.receipt_pending"
    region.hub.show()
    region.once(region.mar)
    half = run(committee, "proof", batch, *online, "--out", tmp_path / "half", *checking)
    assert (half.exit_code, "Quorum not met" in half.output) == (1, True)
    region.once(region.tun)
    told = run(committee, "proof", batch, *online, "--out", tmp_path / "mine.tlog-proof", *checking)
    assert told.exit_code == 0, told.output
    assert "(batch.received) is in the log" in told.output
    assert "Quorum met" in told.output
    again = run(audit, "proof", tmp_path / "mine.tlog-proof", *checking, "--lang", "ar")
    assert (again.exit_code, "اكتمل النصاب" in again.output) == (0, True)
    assert run(audit, "proof", tmp_path / "mine.tlog-proof", "--vkey", region.vkey).exit_code == 0
    unknown = run(committee, "proof", f"req_{'a' * 26}", *online, "--out", tmp_path / "request")
    assert unknown.exception.facts["hub_code"] == "resource.not_found"  # type: ignore[union-attr]  # of a request, too
    policy = run(audit, "policy", tmp_path / "policies" / "witnesses.toml", "--vkey", region.vkey).output
    (tmp_path / "region.policy").write_text(policy)
    as_others = ["--vkey", region.vkey, "--witnesses", tmp_path / "region.policy"]
    assert run(audit, "proof", tmp_path / "mine.tlog-proof", *as_others).exit_code == 0
    stranger = ["--vkey", render_vkey(LOG.verifier), "--witnesses", tmp_path / "region.policy"]
    assert run(audit, "proof", tmp_path / "mine.tlog-proof", *stranger).exit_code == 2

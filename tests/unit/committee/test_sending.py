"""A package over a bad line to a real hub: whatever breaks, it arrives once, and what arrived is not sent again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import insert
from werkzeug.serving import WSGIRequestHandler, make_server

from amana import signing
from amana.command.committee import command
from amana.committee import package, sending
from amana.committee.hub import Hub
from amana.committee.refusals import HubRefused, HubUnreachable
from amana.committee.sending import Told
from amana.intake.tables import committee_key
from amana.vault.envelope import EnvelopeHeader
from support.contributions import BOOK, row, text
from support.hub import NOON, RealHub, real_hub


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@dataclass
class BadLine:
    """A line to the hub on which each connection dies after so many bytes have gone up, as the list says."""

    hub: tuple[str, int]
    breaks: list[int] = field(default_factory=list)
    up: int = 0  # bytes that came through

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        left = self.breaks.pop(0) if self.breaks else 1 << 40
        with client, socket.create_connection(self.hub) as far, suppress(OSError):
            threading.Thread(target=self._down, args=(far, client), daemon=True).start()
            while left > 0 and (data := client.recv(min(16_384, left))):
                far.sendall(data)
                left -= len(data)
                self.up += len(data)
            for end in (far, client):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _down(self, far: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(16_384):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


@dataclass
class Bench:
    """A real hub behind a bad line, and a package that a committee made for it."""

    hub: RealHub
    line: BadLine
    folder: Path
    token: Path

    @property
    def package(self) -> package.Package:
        return package.read(self.folder)

    def reach(self) -> Hub:
        return Hub(self.line.url, self.token.read_text(), "en")

    def states(self) -> list[str]:
        answer = self.hub.api("submitter", "MAR").get("/api/v1/batches")
        return [one["state"] for one in answer.json["batches"]]


@contextmanager
def served(hub: RealHub) -> Iterator[tuple[str, int]]:
    server = make_server("127.0.0.1", 0, hub.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield "127.0.0.1", server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pack(hub: RealHub, folder: Path, content: bytes) -> Path:
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    known = {"key_id": signing.key_id(key.public_key()), "committee": "MAR", "public_pem": pem, "valid_from": NOON}
    with hub.test_database.as_role("owner").write() as tx:
        tx.execute(insert(committee_key).values(**known))
    (folder / "signing.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    said = EnvelopeHeader("nonce", "MAR", "VICTIMS", "2022", "records", BOOK.digest, "2026-11-21T12:00:00Z")
    made = package.write(folder / "package", [content], said, recipients=hub.house.recipients, key=key)
    return made.folder


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(sending, "PIECE", 60_000)  # many pieces of a small file
    with real_hub(tmp_path) as hub, served(hub) as address:
        content = text([row(number) for number in range(2_000)]).encode()
        token = tmp_path / "token"
        token.write_text(hub.account("submitter", "MAR")["token"])
        token.chmod(0o600)
        yield Bench(hub, BadLine(address), pack(hub, tmp_path, content), token)


@dataclass
class Heard:
    """What a person in front of the bar would see."""

    kept: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def told(self) -> Told:
        return Told(lambda _: None, self.kept.append, self.wait)

    def wait(self, seconds: float) -> None:
        """A hundredth of the time: enough for the hub to see that a line has fallen."""
        self.waits.append(seconds)
        time.sleep(seconds / 100)


def test_a_package_arrives_in_pieces_and_opens(bench: Bench) -> None:
    heard = Heard()
    receipt = sending.send(bench.reach(), bench.package, heard.told, 0)
    total = bench.package.manifest.total
    assert heard.kept[:2] == [0, 60_000]
    assert heard.kept[-2:] == [total, total]
    assert receipt["sha256"] == bench.package.manifest.segments[0].sha256
    bench.hub.work()
    assert bench.states() == ["ACCEPTED"]


def test_over_a_line_that_keeps_breaking_it_arrives_once_and_little_is_sent_twice(bench: Bench) -> None:
    chance, heard = Random(7), Heard()
    bench.line.breaks = [chance.randrange(20_000, 90_000) for _ in range(12)]
    receipt = sending.send(bench.reach(), bench.package, heard.told, 15)  # seconds, begun anew when something came
    assert bench.line.breaks == []
    assert heard.waits
    assert heard.kept == sorted(heard.kept)
    assert bench.line.up < 2 * bench.package.manifest.total
    assert sending.send(bench.reach(), bench.package, heard.told, 0) == receipt
    bench.hub.work()
    assert bench.states() == ["ACCEPTED"]


def test_after_an_interruption_the_same_command_goes_on_where_it_stopped(bench: Bench) -> None:
    seen: list[int] = []

    def stop(here: int) -> None:
        seen.append(here)
        if here >= 120_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send(bench.reach(), bench.package, Told(lambda _: None, stop, lambda _: None), 0)
    before, heard = bench.line.up, Heard()
    sending.send(bench.reach(), bench.package, heard.told, 0)
    assert heard.kept[0] == 120_000
    assert bench.line.up - before < bench.package.manifest.total
    bench.hub.work()
    assert bench.states() == ["ACCEPTED"]


def test_a_line_on_which_nothing_arrives_is_given_up_after_longer_and_longer_waits(bench: Bench) -> None:
    bench.line.breaks, heard = [0] * 100, Heard()
    with pytest.raises(HubUnreachable):
        sending.send(bench.reach(), bench.package, heard.told, 100)
    assert heard.waits == [1, 2, 4, 8, 16, 30, 30, 9]


def test_what_was_cancelled_or_has_expired_meanwhile_is_begun_anew(bench: Bench) -> None:
    submitter = bench.hub.api("submitter", "MAR")
    cancelled: list[int] = []

    def cancel(here: int) -> None:
        if here == 120_000 and not cancelled:
            (place,) = {one["subject"] for one in bench.hub.events("upload.begun")}
            answer = submitter.open(f"/api/v1/uploads/{place}", "DELETE", headers={"Tus-Resumable": "1.0.0"})
            cancelled.append(answer.status_code)

    sending.send(bench.reach(), bench.package, Told(lambda _: None, cancel, lambda _: None), 10)
    assert cancelled == [204]
    bench.hub.work()
    assert bench.states() == ["ACCEPTED"]


def test_what_the_hub_refuses_is_told_at_once(bench: Bench) -> None:
    said = EnvelopeHeader("nonce", "TUN", "VICTIMS", "2022", "records", BOOK.digest, "2026-11-21T12:00:00Z")
    key = Ed25519PrivateKey.generate()
    other = package.write(bench.folder.parent / "other", [b"x"], said, recipients=bench.hub.house.recipients, key=key)
    heard = Heard()
    with pytest.raises(HubRefused) as refused:
        sending.send(bench.reach(), other, heard.told, 100)
    assert (refused.value.facts["hub_code"], heard.waits) == ("signature.invalid", [])


def test_the_command_says_where_it_goes_on_when_it_is_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["send", str(bench.folder), "--hub", bench.line.url, "--token-file", str(bench.token), "--lang", "en"]
    bench.line.breaks = [200_000, 0, 0]

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("time.sleep", stop)
        told = CliRunner().invoke(command, words)
    assert told.exit_code == 130
    assert "is kept (" in told.output
    again = CliRunner().invoke(command, [*words, "--json"])
    assert again.exit_code == 0, again.output
    bench.hub.work()
    assert bench.states() == ["ACCEPTED"]

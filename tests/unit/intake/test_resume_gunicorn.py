"""Pieces cut on the wire to a real gunicorn, over a real socket: what arrived is kept, and the rest follows."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from amana import ids
from amana.clock import now
from amana.config import HOME
from amana.intake import resume
from amana.intake.receive import Desk
from amana.intake.resume import Announced, Resumable, Terms, Visit
from amana.intake.tables import segment
from amana.policy.documents import load
from amana.vault.envelope import subject_of
from support.contributions import BOOK
from support.databases import TestDatabase, sqlite_database
from support.desk import CSV, LIMIT, NOUR, submission
from support.running import until
from support.vault import Vault, make_vault

FILE = CSV * 5_000  # 150 kB: more than any buffer on the way


@dataclass(frozen=True)
class Server:
    vault: Vault
    database: TestDatabase
    address: str

    def begin(self) -> Resumable:
        desk = Desk(self.database.as_role("amana_web"), self.vault.shelf, (self.vault.recipient,), b"r" * 32, BOOK)
        terms = Terms(LIMIT, load(HOME / "policies").retention, per_day=20)
        said = Announced(submission(idempotency_key=ids.new("key")), "text/csv", len(FILE))
        return resume.begin(said, Visit(desk, terms, NOUR, now()))

    def seen(self, one: Resumable) -> Resumable:
        with self.database.as_role("owner").read() as reading:
            return resume.find(reading, "MAR", one.id)

    def line(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        client.connect(self.address)
        return client

    def ask(self, one: Resumable, framing: bytes, body: bytes, *, end: bool = True) -> tuple[int, Any]:
        """Send a piece from where the upload stands; with ``end``, close the sending side behind it."""
        with closing(self.line()) as client:
            client.sendall(head(one, self.seen(one).received) + framing + b"\r\n" + body)
            if end:
                client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        lines, _, content = answer.partition(b"\r\n\r\n")
        return int(lines.split(b" ")[1]), json.loads(content)

    def opened(self, one: Resumable) -> bytes:
        with self.database.as_role("owner").read() as reading:
            query = segment.select().where(segment.c.batch_id == one.batch_id).order_by(segment.c.number)
            paths = [self.vault.shelf.path(one.batch_id, row.sha256) for row in reading.execute(query)]
        said = {"dataflow": "VICTIMS", "period": "2022", "contribution": "records", "manifest": None}
        subject = subject_of(one.batch_id, committee="MAR", **said)  # type: ignore[arg-type]
        with self.vault.opener.open(paths, self.vault.tmp, subject) as whole:
            return whole.data_path.read_bytes()


def head(one: Resumable, offset: int) -> bytes:
    return f"PATCH /{one.id} HTTP/1.1\r\nHost: hub\r\nUpload-Offset: {offset}\r\n".encode()


def length(size: int) -> bytes:
    return b"Content-Length: %d\r\n" % size


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("going_on")
    vault = make_vault(root)
    (root / "recipients").write_text(vault.recipient)
    with sqlite_database(root) as database, tempfile.TemporaryDirectory() as short:
        address = f"{short}/s"
        command = [
            sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4", "--no-control-socket",
            "--pythonpath", "tests", "-b", f"unix:{address}", f"support.receiving_app:going_on('{root}')",
        ]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            try:
                until(lambda: Path(address).exists() or process.poll() is not None, 60, "gunicorn listens")
                yield Server(vault, database, address)
            finally:
                process.terminate()
                process.communicate(timeout=30)


@pytest.mark.parametrize("kept", [0, 1, 8_192, 70_001, len(FILE) - 1])
def test_a_piece_that_is_cut_keeps_every_byte_that_arrived_and_the_rest_follows(server: Server, kept: int):
    one = server.begin()
    status, answer = server.ask(one, length(len(FILE)), FILE[:kept])
    assert (status, answer) == (400, {"code": "upload.cut", "received": kept, "length": len(FILE)})
    assert server.seen(one).received == kept
    assert server.ask(one, length(len(FILE) - kept), FILE[kept:]) == (200, {"received": len(FILE)})
    assert server.opened(one) == FILE


@pytest.mark.parametrize(
    "cut",
    [
        chunk(FILE[:80_000]),
        chunk(FILE[:80_000]) + b"5",
        chunk(FILE[:80_000])[:-2],
        chunk(FILE[:80_000]) + chunk(FILE[80_000:])[:30_000],
        chunk(FILE[:80_000]) + b"zz\r\n",
        b"",
    ],
    ids=["no last chunk", "half a size", "no end of a chunk", "within a chunk", "no size", "no chunk"],
)
def test_a_chunked_piece_that_is_cut_keeps_nothing_that_was_not_sent(server: Server, cut: bytes):
    one = server.begin()
    status, answer = server.ask(one, CHUNKED, cut)
    kept = server.seen(one).received
    assert (status, answer["code"], answer["received"]) == (400, "upload.cut", kept)
    assert kept <= 110_000
    assert server.ask(one, length(len(FILE) - kept), FILE[kept:])[0] == 200
    assert server.opened(one) == FILE


def test_a_line_that_falls_silent_is_a_broken_one_and_does_not_hold_up_the_next(server: Server):
    one = server.begin()
    status, answer = server.ask(one, length(len(FILE)), FILE[:100_000], end=False)  # and then says nothing, for ever
    assert (status, answer["code"]) == (400, "upload.cut")
    kept = server.seen(one).received
    assert 100_000 - 8 * 1024 <= kept <= 100_000
    assert server.ask(one, length(len(FILE) - kept), FILE[kept:])[0] == 200
    assert server.opened(one) == FILE


def test_a_line_that_is_torn_off_loses_no_more_than_one_read(server: Server):
    one = server.begin()
    client = server.line()
    client.sendall(head(one, 0) + length(len(FILE)) + b"\r\n" + FILE[:100_000])
    client.close()
    until(lambda: server.seen(one).received > 0, 30, "what arrived is entered")
    kept = server.seen(one).received
    assert 100_000 - 8 * 1024 <= kept <= 100_000
    assert server.ask(one, length(len(FILE) - kept), FILE[kept:])[0] == 200
    assert server.opened(one) == FILE


def test_while_one_piece_arrives_another_is_told_to_wait(server: Server):
    one = server.begin()
    with closing(server.line()) as first:
        first.sendall(head(one, 0) + length(len(FILE)) + b"\r\n" + FILE[:1_000])
        part = server.vault.shelf.incoming / f"{one.batch_id}.part"
        until(part.exists, 30, "the first is being written")
        assert server.ask(one, length(len(FILE)), FILE)[1]["code"] == "upload.busy"
        first.sendall(FILE[1_000:])
        assert first.recv(65536).startswith(b"HTTP/1.1 200")
    assert server.opened(one) == FILE

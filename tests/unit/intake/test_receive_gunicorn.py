"""Bodies cut on the wire to a real gunicorn, over a real socket: what is not whole is refused and kept nowhere."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.databases import sqlite_database
from support.desk import CSV
from support.vault import Vault, make_vault

ROWS = CSV * 5_000  # 150 kB: more than any buffer on the way
BOUNDARY = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


@dataclass(frozen=True)
class Server:
    vault: Vault
    address: str

    def ask(self, head: bytes, body: bytes, key: bytes = b"k") -> tuple[int, Any]:
        """Send a request and end the sending side: what is not sent by then never comes."""
        with closing(socket.socket(socket.AF_UNIX)) as client:
            client.settimeout(30)
            client.connect(self.address)
            client.sendall(b"POST / HTTP/1.1\r\nHost: hub\r\nIdempotency-Key: " + key + b"\r\n" + head + b"\r\n" + body)
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        lines, _, content = answer.partition(b"\r\n\r\n")
        return int(lines.split(b" ")[1]), json.loads(content)

    def files(self) -> list[Path]:
        return [*self.vault.shelf.incoming.iterdir(), *self.vault.shelf.shelved.iterdir()]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("receiving")
    vault = make_vault(root)
    (root / "recipients").write_text(vault.recipient)
    with sqlite_database(root), tempfile.TemporaryDirectory() as short:  # a socket's path may have 107 bytes
        address = f"{short}/s"
        command = [
            sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4", "--no-control-socket",
            "--pythonpath", "tests", "-b", f"unix:{address}", f"support.receiving_app:make('{root}')",
        ]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            try:
                wait_for(address, process)
                yield Server(vault, address)
            finally:
                process.terminate()
                process.communicate(timeout=30)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with closing(socket.socket(socket.AF_UNIX)) as client:
            if client.connect_ex(address) == 0:
                return
        time.sleep(0.05)
    pytest.fail("gunicorn did not start")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CHUNKED = b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n"
LAST = b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Type: text/csv\r\nContent-Length: %d\r\n" % (len(ROWS) + 1), ROWS),
        (b"Content-Type: text/csv\r\nContent-Length: %d\r\n" % len(ROWS), ROWS[:70_000]),
        (b"Content-Type: text/csv\r\nContent-Length: 9\r\n", b""),
        (CHUNKED, chunk(ROWS[:80_000]) + chunk(ROWS[80_000:])),
        (CHUNKED, chunk(ROWS) + b"0"),
        (CHUNKED, chunk(ROWS) + b"0\r\n"),
        (CHUNKED, chunk(ROWS) + b"5"),
        (CHUNKED, chunk(ROWS)[:-2]),
        (CHUNKED, chunk(ROWS)[:70_000]),
        (CHUNKED, chunk(ROWS) + b"zz\r\n"),
        (CHUNKED, b""),
    ],
    ids=["one byte short", "half", "nothing of nine", "no last chunk", "half a last chunk", "no end of the trailers",
         "half a size", "no end of a chunk", "within a chunk", "no size", "no chunk"],
)  # fmt: skip
def test_a_body_cut_on_the_wire_is_refused_and_kept_nowhere(server: Server, head: bytes, body: bytes):
    before = server.files()
    assert server.ask(head, body) == (400, {"code": "intake.truncated"})
    assert server.files() == before


@pytest.mark.parametrize("end", [b"", b"\r\n--b", b"\r\n--b-", b"\r\n--b\r\n"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_form_without_its_final_boundary_is_refused_although_its_length_is_right(
    server: Server, chunked: bool, end: bytes
):
    body, before = BOUNDARY + ROWS + end, server.files()
    framing = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: %d\r\n" % len(body)
    head = b"Content-Type: multipart/form-data; boundary=b\r\n" + framing
    status, answer = server.ask(head, chunk(body) + LAST if chunked else body)
    assert (status, answer) == (400, {"code": "intake.boundary_missing"})
    assert server.files() == before


def test_a_body_that_announces_no_length_at_all_is_empty(server: Server):
    assert server.ask(b"Content-Type: text/csv\r\n", b"") == (400, {"code": "intake.empty"})


def test_a_body_over_the_limit_is_refused_while_it_streams(server: Server):
    before = server.files()
    head = b"Content-Type: text/csv\r\nContent-Length: 10000001\r\n"
    assert server.ask(head, b"") == (413, {"code": "intake.too_large"})
    assert server.ask(CHUNKED, chunk(b"x" * 10_000_001) + LAST) == (413, {"code": "intake.too_large"})
    assert server.files() == before


def test_whole_bodies_are_taken_however_they_come_and_are_one_submission(server: Server):
    """Announced, in chunks of odd sizes, and in a form: the same file under one key is the same batch."""
    status, first = server.ask(b"Content-Type: text/csv\r\nContent-Length: %d\r\n" % len(ROWS), ROWS, b"whole")
    assert status == 202
    chunks = b"".join(chunk(ROWS[at : at + 7_919]) for at in range(0, len(ROWS), 7_919))
    assert server.ask(CHUNKED, chunks + LAST, b"whole") == (202, first)
    assert server.ask(CHUNKED, chunks + b"0\r\nX-Note: x\r\n\r\n", b"whole") == (202, first)
    form = BOUNDARY + ROWS + b"\r\n--b--\r\n"
    head = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n" % len(form)
    assert server.ask(head, form, b"whole") == (202, first)
    assert [path.name for path in server.files() if first["batch"] in path.name] == [
        f"{first['sha256']}.{first['batch']}"
    ]


def test_a_client_that_breaks_off_and_comes_back_under_the_same_key_is_received_once(server: Server):
    head = b"Content-Type: text/csv\r\nContent-Length: %d\r\n" % len(ROWS)
    before = len(server.files())
    assert server.ask(head, ROWS[:1_000], b"again")[0] == 400
    assert server.ask(head, ROWS, b"again")[0] == 202
    assert len(server.files()) == before + 1

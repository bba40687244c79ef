"""A committee's desk: keys, the hub's public key, a copy of the documents, and a hub that only listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(frozen=True)
class Desk:
    folder: Path
    recipients: Path
    identity: Path
    key: Path
    signing: Ed25519PrivateKey
    token: Path

    def words(self, file: Path, committee: str = "MAR", dataflow: str = "VICTIMS", period: str = "2022") -> list[str]:
        return [str(file), "--committee", committee, "--dataflow", dataflow, "--period", period, "--lang", "en"]

    def packing(self, out: str = "package") -> list[str]:
        made = self.folder / out
        return ["--recipients", str(self.recipients), "--key", str(self.key), "--out", str(made)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "desk"
    folder.mkdir()
    identity, signing = pyrage.x25519.Identity.generate(), Ed25519PrivateKey.generate()
    pem = signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = {
        "recipients.txt": f"{identity.to_public()}\n".encode(),
        "opening.key": f"{identity}\n".encode(),
        "signing.pem": pem,
        "token": b"a-token-of-the-submitter\n",
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    paths = [folder / name for name in ("recipients.txt", "opening.key", "signing.pem")]
    return Desk(folder, *paths, signing, folder / "token")


@dataclass
class Listener:
    """A real HTTP server that keeps what it is told and answers from a list."""

    url: str
    answers: list[tuple[int, Any]]
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def parts(self, number: int) -> dict[str, Any]:
        _, headers, body = self.heard[number]
        parsed = BytesParser().parsebytes(f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body)
        named = {}
        for part in parsed.walk():
            if not part.is_multipart():
                named[str(part.get_param("name", header="content-disposition"))] = part.get_payload(decode=True)
        return named


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard.heard.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            status, document = heard.answers.pop(0)
            said = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard = Listener(f"http://127.0.0.1:{server.server_port}", [])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()

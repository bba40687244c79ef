"""A witness that listens: C2SP tlog-witness over HTTP, with nothing but the standard library.

Meant for 127.0.0.1 behind a proxy with TLS, or a network of its own. It answers add-checkpoint and tells what it
cosigned last; it holds few connections, gives a slow sender up, and keeps no more than a request can have. Who is still
writing when the answer is out may go on for a moment, unheard: what comes is dropped as it comes.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_WR, socket
from typing import ClassVar, Final

from amana.audit.witness.add_checkpoint import LONGEST, Status, parse_request
from amana.committee.witness_folder import WitnessFolder
from amana.committee.witness_refusals import MemoryLost, Retired
from amana.errors import Malformed

_LOG: Final = logging.getLogger("amana.witness")
_CONNECTIONS: Final = 16
_SILENCE: Final = 30.0  # seconds after which a connection is given up
_FAREWELL: Final = 2.0  # seconds for which a sender may go on after its answer
_TEXT: Final = "text/plain; charset=utf-8"
_SIZE: Final = "text/x.tlog.size"
_NOT_FOUND: Final = 404
_CLOSED: Final = 503  # the witness is retired, or must be


class WitnessServer(ThreadingHTTPServer):
    """A witness at an address; port 0 takes any that is free."""

    daemon_threads = True
    request_queue_size = _CONNECTIONS

    def __init__(self, address: tuple[str, int], folder: WitnessFolder, now: Callable[[], int]) -> None:
        """Open the port. now: seconds since 1970. Raises OSError when it is taken."""
        self.folder, self.now = folder, now
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Wait for a place, then serve the connection."""
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Serve the connection and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
        """Say that nothing more comes, let the sender finish, then close.

        A socket closed over unread bytes is reset, and a sender that was still writing never sees why it was refused.
        """
        if isinstance(request, socket):  # as of every stream
            with contextlib.suppress(OSError):
                request.shutdown(SHUT_WR)
                _hear_out(request)
        self.close_request(request)


def _hear_out(sender: socket) -> None:
    until = time.monotonic() + _FAREWELL
    while (left := until - time.monotonic()) > 0:
        sender.settimeout(left)
        if not sender.recv(LONGEST):
            return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "amana-witness", ""
    timeout: ClassVar[float] = _SILENCE
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer add-checkpoint."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            self.close_connection = True
            self._answer(Status.MALFORMED)
            return
        body = self.rfile.read(int(length))
        if self.path != "/add-checkpoint":
            self._answer(_NOT_FOUND)
            return
        try:
            request = parse_request(body)
            found = self.server.folder.consider(request, self.server.now())
        except Malformed:
            self._answer(Status.MALFORMED)
        except (MemoryLost, Retired) as refusal:
            _LOG.error("%s", refusal)
            self._answer(_CLOSED)
        else:
            if found.evidence is not None:
                _LOG.error("refused with %d; evidence is kept in %s", found.answer.status, found.evidence)
            if found.answer.status is Status.CONFLICT:
                self._answer(found.answer.status, f"{found.kept.checkpoint.size}\n", _SIZE)
            else:
                self._answer(found.answer.status, found.line or "")

    def do_GET(self) -> None:
        """Answer with the checkpoint that was cosigned last (monitoring prefix)."""
        folder = self.server.folder
        try:
            note = folder.kept().note
        except (MemoryLost, Retired):
            self._answer(_CLOSED)
            return
        known = self.path == f"/{hashlib.sha256(folder.origin.encode()).hexdigest()}/checkpoint"
        if known and note is not None:
            self._answer(Status.COSIGNED, note)
        else:
            self._answer(_NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Write a line to the process's own log."""
        _LOG.info(format, *args)

    def _answer(self, status: int, text: str = "", kind: str = _TEXT) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

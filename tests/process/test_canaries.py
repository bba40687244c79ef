"""What a committee uploads in the clear is nowhere in the clear, while it is being uploaded or afterwards.

A 100 MB form is sent with canaries in it, and stops short of its end; then every place that the web process can
write to, and its memory, are searched. Then the upload ends, and they are searched again.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from support.contributions import row, text
from support.running import RunningHub, running_hub, small_policies, until

SIZE = 100 * 1024 * 1024
CHUNK = 64 * 1024
BOUNDARY = "----amana-test"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    folder = tmp_path_factory.mktemp("canaries")
    scratch = folder / "scratch"
    scratch.mkdir()
    with running_hub(folder / "hub", policies=small_policies(folder), TMPDIR=str(scratch)) as running:
        yield running


def form(canaries: list[str]) -> tuple[bytes, bytes, bytes]:
    """Return the form's head, a file whose first and middle rows carry canaries, and the form's tail."""
    good = text([row(0)]).splitlines()
    header, cells = good[0], good[1].split(",")
    filler = ",".join(["padding" * 8, *cells[1:]]).encode() + b"\r\n"
    half = filler * (SIZE // 2 // len(filler))
    rows = [",".join([canary, *cells[1:]]).encode() + b"\r\n" for canary in canaries]
    body = header.encode() + b"\r\n" + rows[0] + half + rows[1] + half
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="victims.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    return head, body, f"\r\n--{BOUNDARY}--\r\n".encode()


def web_workers(hub: RunningHub) -> list[psutil.Process]:
    return psutil.Process(hub.crew.running["web"].pid).children()


def memory_holds(process: int, needles: list[bytes]) -> list[bytes]:
    """Search what a core file would hold: every readable mapping that is not a file on disk."""
    found = set()
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            low, high, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()  # type: ignore[union-attr]
            if not rights.startswith("rw") or "[v" in line:
                continue
            try:
                memory.seek(int(low, 16))
                content = memory.read(int(high, 16) - int(low, 16))
            except (OSError, ValueError, OverflowError):
                continue
            found |= {needle for needle in needles if needle in content}
    return sorted(found)


def files_hold(folders: list[Path], needles: list[bytes]) -> list[tuple[str, bytes]]:
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                found += [(str(path), needle) for needle in needles if needle in content]
    return found


def unlinked_files(process: int) -> list[bytes]:
    """The content of files that a process has open but that have no name any more: spooled bodies."""
    contents = []
    for entry in Path(f"/proc/{process}/fd").iterdir():
        try:
            if "(deleted)" in os.readlink(entry):
                contents.append(entry.read_bytes())
        except OSError:
            continue
    return contents


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_no_canary_is_found_while_the_upload_runs_or_afterwards(hub: RunningHub, stack: ExitStack) -> None:
    canaries = [f"canary-{secrets.token_hex(16)}" for _ in range(2)]
    needles = [canary.encode() for canary in canaries]
    head, body, tail = form(canaries)
    account = hub.account("submitter", "MAR")
    line = stack.enter_context(socket.create_connection(("127.0.0.1", hub.layout.port)))
    line.settimeout(120)
    line.sendall(
        f"POST /api/v1/batches?dataflow=VICTIMS&period=2022 HTTP/1.1\r\nHost: 127.0.0.1:{hub.layout.port}\r\n"
        f"Authorization: Bearer {account['token']}\r\nIdempotency-Key: canaries\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(head) + len(body) + len(tail)}\r\n\r\n".encode()
    )
    line.sendall(head)
    stop = len(body) - 8 * 1024 * 1024
    for start in range(0, stop, CHUNK):
        line.sendall(body[start : min(start + CHUNK, stop)])
    part = hub.layout.data / "incoming"
    until(
        lambda: sum(path.stat().st_size for path in part.iterdir()) > stop - 2 * 1024 * 1024, 60, "almost all is sealed"
    )

    places = [hub.layout.data, hub.layout.folder / "hub", tmp_path_scratch(hub), Path(tempfile.gettempdir()) / "amana"]

    def search() -> dict[str, object]:
        workers = web_workers(hub)
        assert workers
        return {
            "memory": [memory_holds(worker.pid, needles) for worker in workers if memory_holds(worker.pid, needles)],
            "unlinked": [1 for worker in workers for content in unlinked_files(worker.pid) if needles[0] in content],
            "files": files_hold([place for place in places if place.exists()], needles),
            "what was printed": [canary for canary in canaries if canary in all_logs(hub)],
        }

    nothing: dict[str, object] = {"memory": [], "unlinked": [], "files": [], "what was printed": []}
    assert search() == nothing, "while the upload runs"

    line.sendall(body[stop:] + tail)
    answer = b""
    while chunk := line.recv(65536):
        answer += chunk
    assert b" 202 " in answer.split(b"\r\n", 1)[0], answer[:400]

    until(
        lambda: hub.rows("SELECT 1 FROM batch WHERE idempotency_key = 'canaries' AND state <> 'RECEIVED'") != [],
        120,
        "the worker has judged it",
    )
    until(lambda: not any((hub.layout.data / "shelf").iterdir()), 60, "the envelope is destroyed")
    assert search() == nothing, "afterwards"
    dump = subprocess.run(
        ["python3", "-c", "import sqlite3,sys; print('\\n'.join(sqlite3.connect(sys.argv[1]).iterdump()))",
         str(hub.layout.folder / "hub" / "amana.sqlite")],
        capture_output=True, check=True,
    )  # fmt: skip
    assert not [needle for needle in needles if needle in dump.stdout]
    assert files_hold([hub.layout.vault], needles) == []


def tmp_path_scratch(hub: RunningHub) -> Path:
    return hub.layout.folder.parent / "scratch"


def all_logs(hub: RunningHub) -> str:
    return "".join(path.read_text(errors="replace") for path in hub.layout.folder.glob("*.log"))

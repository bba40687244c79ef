"""What a committee uploads in the clear is nowhere in the clear, while it is being uploaded or afterwards.

A 100 MB form is sent with canaries in it, and stops short of its end; then every place that the web process can
write to, and its memory, are searched. Then the upload ends, and they are searched again.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
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

    search = partial(search_everywhere, hub, needles)

    assert search() == NOTHING, "while the upload runs"

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
    assert search() == NOTHING, "afterwards"
    dump = subprocess.run(
        ["python3", "-c", "import sqlite3,sys; print('\\n'.join(sqlite3.connect(sys.argv[1]).iterdump()))",
         str(hub.layout.folder / "hub" / "amana.sqlite")],
        capture_output=True, check=True,
    )  # fmt: skip
    assert not [needle for needle in needles if needle in dump.stdout]
    assert files_hold([hub.layout.vault], needles) == []


def search_everywhere(hub: RunningHub, needles: list[bytes]) -> dict[str, object]:
    """Look wherever the web process can write, into its memory, and at what was printed."""
    places = [hub.layout.data, hub.layout.folder / "hub", tmp_path_scratch(hub), Path(tempfile.gettempdir()) / "amana"]
    workers = web_workers(hub)
    assert workers
    return {
        "memory": [memory_holds(worker.pid, needles) for worker in workers if memory_holds(worker.pid, needles)],
        "unlinked": [1 for worker in workers for content in unlinked_files(worker.pid) if needles[0] in content],
        "files": files_hold([place for place in places if place.exists()], needles),
        "what was printed": [needle for needle in needles if needle.decode() in all_logs(hub)],
    }


NOTHING: dict[str, object] = {"memory": [], "unlinked": [], "files": [], "what was printed": []}


def test_no_canary_of_an_upload_in_pieces_is_found_while_it_rests_or_afterwards(hub: RunningHub) -> None:
    """The pieces rest on the shelf, for days perhaps: one whole, one cut, and then the rest."""
    canaries = [f"canary-{secrets.token_hex(16)}" for _ in range(2)]
    needles = [canary.encode() for canary in canaries]
    _, body, _ = form(canaries)
    body = body[: 20 * 1024 * 1024] + body[SIZE // 2 - 1024 : SIZE // 2 + 4 * 1024 * 1024]
    assert all(needle in body for needle in needles)
    place = begin_pieces(hub, len(body))
    first, cut = len(body) // 2, len(body) - 2 * 1024 * 1024
    assert b" 204 " in patch(hub, place, 0, first, body[:first])
    patch(hub, place, first, len(body) - first, body[first:cut], hang_up=True)
    until(lambda: offset(hub, place) > first, 60, "what arrived of the cut piece is entered")
    assert search_everywhere(hub, needles) == NOTHING, "while it rests"
    here = offset(hub, place)
    assert b" 204 " in patch(hub, place, here, len(body) - here, body[here:])
    batch = hub.rows("SELECT batch_id FROM upload WHERE completed_at IS NOT NULL")[-1]["batch_id"]
    judged = "SELECT 1 FROM batch WHERE id = :b AND state <> 'RECEIVED'"
    until(lambda: hub.rows(judged, b=batch) != [], 120, "the worker has judged it")
    until(lambda: not any((hub.layout.data / "shelf").iterdir()), 60, "the pieces are destroyed")
    assert search_everywhere(hub, needles) == NOTHING, "afterwards"
    assert files_hold([hub.layout.vault], needles) == []


def begin_pieces(hub: RunningHub, length: int) -> str:
    said = {"dataflow": "VICTIMS", "period": "2021", "type": "text/csv"}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    headers = {**own_headers(hub), "Idempotency-Key": secrets.token_hex(8), "Upload-Length": str(length)}
    answer = httpx.post(f"{hub.layout.url}/api/v1/uploads", headers={**headers, "Upload-Metadata": pairs})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return answer.headers["Location"]


def own_headers(hub: RunningHub) -> dict[str, str]:
    return {"Authorization": f"Bearer {hub.account('submitter', 'MAR')['token']}", "Tus-Resumable": "1.0.0"}


def offset(hub: RunningHub, place: str) -> int:
    return int(httpx.head(hub.layout.url + place, headers=own_headers(hub)).headers["Upload-Offset"])


def patch(hub: RunningHub, place: str, start: int, announced: int, data: bytes, *, hang_up: bool = False) -> bytes:
    """Send a piece over a socket of our own; with ``hang_up``, let the line fall before its end."""
    with socket.create_connection(("127.0.0.1", hub.layout.port)) as line:
        line.settimeout(120)
        said = {**own_headers(hub), "Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
        lines = [f"{name}: {value}" for name, value in {**said, "Content-Length": str(announced)}.items()]
        head = f"PATCH {place} HTTP/1.1\r\nHost: 127.0.0.1:{hub.layout.port}\r\nConnection: close\r\n"
        line.sendall((head + "\r\n".join(lines) + "\r\n\r\n").encode())
        for at in range(0, len(data), CHUNK):
            line.sendall(data[at : at + CHUNK])
        return b"" if hang_up else line.recv(65536)


def tmp_path_scratch(hub: RunningHub) -> Path:
    return hub.layout.folder.parent / "scratch"


def all_logs(hub: RunningHub) -> str:
    return "".join(path.read_text(errors="replace") for path in hub.layout.folder.glob("*.log"))

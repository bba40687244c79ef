"""A journalled write beside a plain insert of the same durability, at the load of one and of four writer processes.

Both sides keep the same audit row in the same schema, one transaction each; ours adds the salted leaf, the outbox and
the words by which it is found. SQLite in WAL with synchronous=FULL, PostgreSQL with fsync and synchronous_commit on:
the script refuses to measure less. Then the same load with a real sequencer beside it, and how long each entry waited
for its checkpoint. Rates on the wall, the sides by turns: what counts here is waiting.

    python bench/journal.py [WRITES]      default 400 for each writer; PostgreSQL from AMANA_TEST_DSN, else started here
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from beside import machine
from sqlalchemy import insert, text

from amana import ids
from amana.audit.events import event as form
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor
from amana.audit.log import tiles
from amana.audit.outbox import journal
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog.checkpoint import make_log_key
from amana.config import HOME
from amana.db import Database, Reading, Transaction, open_database

sys.path.append(str(HOME / "tests"))  # databases as the tests open them
from support.databases import TestDatabase, postgresql_database, postgresql_server, sqlite_database

ROUNDS: Final = 3
WARM: Final = 20  # writes: the driver prepares a statement that it has sent five times, PostgreSQL plans it five more
BEAT: Final = "250"  # milliseconds between two beats of the sequencer, as in the demo
ROLES: Final = HOME / "migrations" / "roles.sql"
SALMA: Final = Actor("per_salma", "submitter", "cnlte-mar")
PLAIN: Final = insert(event_detail)
DURABLE: Final[dict[str, dict[str, object]]] = {
    "sqlite": {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2},
    "postgresql": {"SHOW fsync": "on", "SHOW synchronous_commit": "on"},
}
Answer = tuple[float, float, float, list[float]]  # begun, ended (monotonic), seconds of CPU, each write's seconds
_CONTEXT: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Load:
    """What a crowd of writers took: the rate of all of them, and each write's seconds."""

    rate: float  # writes per second on the wall
    cpu: float  # seconds of CPU of one write, in the writer
    waits: tuple[float, ...]


def plainly(tx: Transaction) -> None:
    event, at = BatchRead(ids.new("bat"), "MAR"), datetime.now(UTC)
    who = {"actor": SALMA.id, "role": SALMA.role, "organisation": SALMA.organisation}
    what = {"event_id": ids.new("evt"), "kind": event.kind, "at": at, "details": form.render(event), "salt": b""}
    tx.execute(PLAIN, asdict(event.header) | who | what)


def journalled(tx: Transaction) -> None:
    journal.append(tx, BatchRead(ids.new("bat"), "MAR"), SALMA, datetime.now(UTC))


SIDES: Final[dict[str, Callable[[Transaction], None]]] = {"plain": plainly, "journalled": journalled}


def main() -> None:
    writes = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(machine())
    for name, opened in (("sqlite", on_sqlite), ("postgresql", on_postgresql)):
        with opened() as fresh:
            for writers in (1, 4):
                compare_writes(name, fresh, writers, writes)


@contextmanager
def on_sqlite() -> Iterator[Callable[[], Any]]:
    with tempfile.TemporaryDirectory() as folder:
        yield lambda: sqlite_database(Path(tempfile.mkdtemp(dir=folder)))


@contextmanager
def on_postgresql() -> Iterator[Callable[[], Any]]:
    with postgresql_server() as server:
        yield lambda: postgresql_database(server)


def compare_writes(name: str, fresh: Callable[[], Any], writers: int, writes: int) -> None:
    """Print the rates of both sides by turns, and of ours with the sequencer beside it."""
    sides: dict[str, list[Load]] = {"plain": [], "journalled": [], "signed": []}
    delays: list[float] = []
    with fresh() as plain, fresh() as ours, fresh() as signed:
        insist_on_durability(plain, name)
        for _ in range(ROUNDS):
            sides["plain"].append(crowd(plain.url, "plain", writers, writes))
            sides["journalled"].append(crowd(ours.url, "journalled", writers, writes))
            with sequencer(signed.url), watched(signed) as seen:
                sides["signed"].append(crowd(signed.url, "journalled", writers, writes))
                wait_until_empty(signed)
            delays += waited(signed, seen)
    base = median(load.rate for load in sides["plain"])
    for side, loads in sides.items():
        rate, cpu = median(load.rate for load in loads), median(load.cpu for load in loads)
        late = sorted(wait for load in loads for wait in load.waits)
        print(
            f"{name}, {writers} writer(s), {side}: {rate:,.0f} writes a second, {rate / base:.0%} of the plain rate;"
            f" {cpu * 1e6:,.0f} µs of CPU each; p50 {median(late) * 1e3:.1f} ms,"
            f" p99 {percentile(late, 99) * 1e3:.1f} ms"
        )
    print(
        f"{name}, {writers} writer(s), from the event to its checkpoint: p50 {median(delays):.2f} s, longest"
        f" {max(delays):.2f} s of {len(delays):,}"
    )


def insist_on_durability(database: TestDatabase, name: str) -> None:
    with database.as_role("owner").read() as reading:
        for asked, due in DURABLE[name].items():
            found = reading.execute(text(asked)).scalar()
            if found != due:
                raise RuntimeError(f"{asked} is {found}: not the durability that a hub has")


def crowd(url: str, side: str, writers: int, writes: int) -> Load:
    """Return what so many processes took that began together."""
    barrier, told = _CONTEXT.Barrier(writers), _CONTEXT.Queue()
    crew = [_CONTEXT.Process(target=write, args=(url, side, writes, barrier, told)) for _ in range(writers)]
    for one in crew:
        one.start()
    answers = [told.get(timeout=300) for _ in crew]
    for one in crew:
        one.join()
    begun, ended = min(answer[0] for answer in answers), max(answer[1] for answer in answers)
    waits = tuple(wait for answer in answers for wait in answer[3])
    return Load(writers * writes / (ended - begun), sum(answer[2] for answer in answers) / (writers * writes), waits)


def write(url: str, side: str, writes: int, barrier: Barrier, told: Queue[Answer]) -> None:
    """One writer process: warm up, wait for the others, write."""
    database, act = open_database(url, "amana_web", ROLES), SIDES[side]
    for _ in range(WARM):
        commit(database, act)
    barrier.wait()
    begun, cpu, waits = time.monotonic(), time.process_time(), []
    for _ in range(writes):
        before = time.perf_counter()
        commit(database, act)
        waits.append(time.perf_counter() - before)
    told.put((begun, time.monotonic(), time.process_time() - cpu, waits))
    database.close()


def commit(database: Database, act: Callable[[Transaction], None]) -> None:
    with database.write() as tx:
        act(tx)


@contextmanager
def sequencer(url: str, key: Path | None = None) -> Iterator[None]:
    """Run a real sequencer; with the script's own key, where the log has none."""
    key = key or own_key()
    env = {"AMANA_DATABASE_URL": url, "AMANA_LOG_KEY_FILE": str(key), "AMANA_CHECKPOINT_INTERVAL": BEAT}
    program = [str(Path(sys.executable).with_name("amana")), "sequencer"]
    with subprocess.Popen(program, env={"PATH": os.environ["PATH"], **env}, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b"ready" not in process.stderr.readline():
            if process.poll() is not None:
                raise RuntimeError("the sequencer does not start")
        yield
        process.terminate()


@cache
def own_key() -> Path:
    key = Path(tempfile.mkdtemp()) / "log.pem"
    key.touch(mode=0o600)
    key.write_bytes(make_log_key("amana.bench/log")[0])
    return key


def wait_until_empty(database: TestDatabase) -> None:
    owner = database.as_role("owner")
    while True:
        with owner.read() as reading:
            if not reading.execute(text("SELECT count(*) FROM journal")).scalar():
                return
        time.sleep(0.05)


@contextmanager
def watched(database: TestDatabase) -> Iterator[list[tuple[float, int]]]:
    """Look, from outside and again and again, how many entries are under a checkpoint: (seconds since 1970, size)."""
    owner, seen, done = database.as_role("owner"), list[tuple[float, int]](), threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            with owner.read() as reading:
                seen.append((time.time(), tiles.size_of(Reading(reading))))

    eye = threading.Thread(target=look)
    eye.start()
    try:
        yield seen
        time.sleep(0.1)
    finally:
        done.set()
        eye.join()


def waited(database: TestDatabase, seen: list[tuple[float, int]]) -> list[float]:
    """Return how long each event of this round waited until somebody outside saw it under a checkpoint, in seconds."""
    query = text(
        "SELECT e.idx, d.at FROM log_entry e JOIN event_detail d ON d.event_id = e.event_id"
        " WHERE d.actor = :actor AND d.at >= :begun ORDER BY e.idx"
    )
    with database.as_role("owner").read() as reading:
        rows = reading.execute(query, {"actor": SALMA.id, "begun": int(seen[0][0] * 1e6)}).all()
    looks = iter(seen)
    at, size = next(looks)
    delays = []
    for index, made in rows:
        while size <= index:
            at, size = next(looks)
        delays.append(at - made / 1e6)
    return delays


def percentile(taken: Sequence[float], which: int) -> float:
    return quantiles(taken, n=100)[which - 1]


if __name__ == "__main__":
    main()

"""A log of a million entries, or ten: proofs, the auditor's page, and the whole of it verified offline.

The log is made here, in bulk, with true leaves, details, tiles and a signature: nine of ten events are reads of
statistics, and there is a checkpoint for every hundred. What stands beside us: for the proofs, the RFC's own recursion
over the leaf hashes in memory; for the verifier, nothing but reading the same rows and hashing each leaf, which whoever
verifies must do at least. The page's peer is in questions.py; here all of an auditor's pages are timed on the same long
log, on SQLite and, when asked, copied into PostgreSQL (AMANA_TEST_DSN, or our own).

    python bench/long_log.py [ENTRIES] [FOLDER] [--only PART …]

ENTRIES: 1,000,000 unless said. FOLDER: the log is kept there, and taken from there. PART: pages, proofs, verify; or
postgresql, which is pages and proofs there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Final

from alembic import command
from alembic.config import Config
from beside import by_turns, compare, machine
from beside.asking import pages
from sqlalchemy import create_engine, insert, text

from amana import ids
from amana.audit.events import mention
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor, Event
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.events.wanted import Filter
from amana.audit.log import receipt, tiles
from amana.audit.log.copy import export_log
from amana.audit.log.tables import log_checkpoint, log_entry, log_tile
from amana.audit.offline.verify import Verdict, verify_snapshot, verify_sqlite
from amana.audit.outbox import journal
from amana.audit.outbox.tables import event_detail, event_mention
from amana.audit.tlog import checkpoint as notes
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import Checkpoint, LogKey, make_log_key, read_log_key
from amana.audit.tlog.leaf import Detail
from amana.audit.tlog.tree import hash_leaf, prove_inclusion, root
from amana.config import HOME
from amana.db import Database, Reading, open_database

sys.path.append(str(HOME / "tests"))  # databases as the tests open them
from support.databases import TestDatabase, postgresql_database, postgresql_server

ORIGIN: Final = "amana.bench/log"
NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
COUNTRIES: Final = ("CIV", "DZA", "EGY", "LBY", "MAR", "MRT", "NER", "TUN")
AT_ONCE: Final = 10_000  # entries in one transaction
SIGNED_EVERY: Final = 100  # entries
PROOFS: Final = 200
TIMES: Final = 15  # that each page is asked for
COLD: Final = 3
PARTS: Final = ("pages", "proofs", "verify", "postgresql")
ROLES: Final = HOME / "migrations" / "roles.sql"
FILTERS: Final = {
    "nothing": Filter(),
    "a country": Filter(country="MAR"),
    "an actor": Filter(actor="per_0007"),
    "refused": Filter(outcome="refused"),
    "a dataflow, refused": Filter(outcome="refused", dataflow="VICTIMS"),
    "a country in one week": Filter(country="TUN", since=NOON - timedelta(days=7), until=NOON),
}


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("entries", type=int, nargs="?", default=1_000_000)
    asked.add_argument("folder", type=Path, nargs="?")
    asked.add_argument("--only", nargs="+", choices=PARTS, default=PARTS[:-1])
    said = asked.parse_args()
    print(machine())
    if said.folder:
        said.folder.mkdir(parents=True, exist_ok=True)
        measure(said.folder, said.entries, said.only)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), said.entries, said.only)


def measure(folder: Path, count: int, parts: Collection[str]) -> None:
    key = own_key(folder)
    file = folder / f"log-{count}.sqlite"
    if not file.exists():
        build(file, key, count)
    auditor = open_database(f"sqlite:///{file}", "auditor_reader", ROLES)
    if "pages" in parts:
        time_pages(auditor, count, partial(forget, file))
    if "proofs" in parts:
        time_proofs(auditor, count)
    auditor.close()
    if "verify" in parts:
        time_verifying(file, folder, key, count)
    if "postgresql" in parts:
        with copied(file) as database:
            time_pages(database.as_role("auditor_reader"), count)
            time_proofs(database.as_role("auditor_reader"), count)


def own_key(folder: Path) -> LogKey:
    path = folder / "log.pem"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(make_log_key(ORIGIN)[0])
    return read_log_key(path)


# ---- the log -------------------------------------------------------------------------------------------------------


def build(file: Path, key: LogKey, count: int) -> None:
    """Write the log as the sequencer would have, some thousands of entries in one transaction."""
    began = time.perf_counter()
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    config.attributes["url"] = f"sqlite:///{file}"
    command.upgrade(config, "head")
    owner = open_database(f"sqlite:///{file}", "owner", ROLES)
    made = events(count)
    size = 0
    while some := list(islice(made, AT_ONCE)):
        add(owner, key, size, some)
        size += len(some)
    owner.close()
    print(f"{count:,} entries made in {time.perf_counter() - began:,.0f} s; {file.stat().st_size / 2**20:,.0f} MB")


def events(count: int) -> Iterator[tuple[Event, Actor, datetime]]:
    rng = Random(7)  # noqa: S311 - synthetic data, not a secret
    step = timedelta(days=3 * 365) / count
    for number in range(count):
        kind, at = rng.random(), NOON - (count - number) * step
        country = rng.choice(COUNTRIES)
        event: Event = StatisticsRead("VICTIMS", "area-sex", (country,), ("2024",), "research", "json")
        if kind > 0.97:
            event = RequestRefused("read_batch", "access.refused", "region.default-deny", None, country, "VICTIMS")
        elif kind > 0.9:
            event = BatchRead(ids.new("bat"), country)
        yield event, Actor(f"per_{rng.randrange(2000):04}", "member", f"org-{rng.randrange(60)}", "access.read"), at


def add(owner: Database, key: LogKey, size: int, some: list[tuple[Event, Actor, datetime]]) -> None:
    entries, details, mentions, hashes = [], [], [], []
    for position, (event, by, at) in enumerate(some):
        told = journal.describe(event, by, at, ids.new("evt"), secrets.token_bytes(leaf.SALT))
        raw = leaf.render(leaf.Leaf(told.id, told.kind, told.at, leaf.commit(told)))
        hashes.append(hash_leaf(raw))
        entries.append({"idx": size + position, "event_id": told.id, "leaf": raw})
        details.append(row_of(told, at))
        mentions += [{"word": word, "at": at, "event_id": told.id} for word in mention.words(vars(event), told)]
    with owner.write() as tx:
        tx.execute(insert(log_entry), entries)
        tx.execute(insert(event_detail), details)
        tx.execute(insert(event_mention), mentions)
        for start in range(0, len(hashes), SIGNED_EVERY):
            tiles.store(tx, tiles.extended(Reading(tx), size + start, hashes[start : start + SIGNED_EVERY]))
            now = size + min(start + SIGNED_EVERY, len(hashes))
            note = notes.sign(Checkpoint(key.origin, now, tiles.Hashes(Reading(tx)).root(now)), key)
            tx.execute(insert(log_checkpoint).values(size=now, note=note, signed_at=some[-1][2]))


def row_of(told: Detail, at: datetime) -> dict[str, object]:
    row = dict(vars(told))
    return {"event_id": row.pop("id"), "details": row.pop("facts"), **row, "at": at}


@contextmanager
def copied(file: Path) -> Iterator[TestDatabase]:
    """Yield a PostgreSQL with the same rows; its statistics are taken, as autovacuum would."""
    with postgresql_server() as server, postgresql_database(server) as database:
        engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
        with closing(sqlite3.connect(file)) as source, engine.connect() as connection:
            raw = connection.connection.driver_connection
            for table in (log_entry, log_tile, log_checkpoint, event_detail, event_mention):
                names = ", ".join(table.c.keys())
                with raw.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as rows:
                    for row in source.execute(f"SELECT {names} FROM {table.name}"):  # noqa: S608 - names of ours
                        rows.write_row(row)
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()
        print("PostgreSQL:")
        yield database


# ---- what is measured ----------------------------------------------------------------------------------------------


def time_pages(auditor: Database, count: int, forgetting: Callable[[], None] | None = None) -> None:
    for name, act in pages(FILTERS, NOON):
        cold = [from_disk(auditor, act, forgetting) for _ in range(COLD)] if forgetting else []
        taken = sorted(waits(partial(act, auditor), TIMES))
        told = f"p50 {median(taken) * 1e3:.1f} ms, longest {taken[-1] * 1e3:.1f} ms"
        print(f"{count:,} events, {name}: {told}" + (f"; from the disk {median(cold) * 1e3:.0f} ms" if cold else ""))


def from_disk(auditor: Database, act: Callable[[Database], object], forgetting: Callable[[], None]) -> float:
    """Return the seconds of a page of which neither the process nor the system remembers anything."""
    auditor.close()
    forgetting()
    [taken] = waits(partial(act, auditor), 1)
    return taken


def forget(file: Path) -> None:
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def time_proofs(auditor: Database, count: int) -> None:
    rng = Random(11)  # noqa: S311 - synthetic data, not a secret
    with auditor.read() as reading:
        chosen = [rng.randrange(count) for _ in range(PROOFS)]
        rows = [
            reading.execute(text("SELECT event_id FROM log_entry WHERE idx = :i"), {"i": i}).scalar() for i in chosen
        ]
        hashes = [hash_leaf(raw) for raw in reading.execute(text("SELECT leaf FROM log_entry ORDER BY idx")).scalars()]
    waiting = iter(rows)
    taken = waits(lambda: prove(auditor, str(next(waiting))), PROOFS)
    began = time.perf_counter()
    naive = prove_inclusion(chosen[0], count, lambda first, end: root(hashes[first:end]))
    plainly = time.perf_counter() - began
    if tuple(naive) != prove(auditor, str(rows[0])):
        raise RuntimeError("the two proofs differ, so their times mean nothing")
    p99 = quantiles(taken, n=100)[98]
    print(
        f"inclusion proof at {count:,}: p50 {median(taken) * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms, {len(naive)} hashes;"
        f" by the RFC's recursion over the leaves in memory {plainly * 1e3:,.0f} ms"
    )


def prove(auditor: Database, event: str) -> tuple[bytes, ...]:
    with auditor.read() as reading:
        return receipt.prove(reading, event, tiles.newest_checkpoint(reading)).path


def time_verifying(file: Path, folder: Path, key: LogKey, count: int) -> None:
    auditor = open_database(f"sqlite:///{file}", "auditor_reader", ROLES)
    copies = {name: folder / f"{name}.jsonl" for name in ("bare", "whole")}
    for name, path in copies.items():
        with auditor.read() as reading, path.open("wb") as out:
            out.writelines(export_log(reading, details=name == "whole"))
    auditor.close()
    works: dict[str, Callable[[], object]] = {
        "a copy of the database, with every detail": lambda: intact(verify_sqlite(file, key.verifier), count),
        "a snapshot with every detail": lambda: intact(verify_snapshot(copies["whole"], key.verifier), count),
        "a snapshot of the tree alone": lambda: intact(verify_snapshot(copies["bare"], key.verifier), count),
        "": lambda: hash_rows(file),
    }
    *ours, least = by_turns(*works.values(), runs=3)
    for name, cost in zip(works, ours, strict=False):
        compare(f"verify {count:,} entries, {name}", cost, least, "reading and hashing the leaves")
        print(f"    by the clock {cost.wall:.1f} s, on as many cores as there are, four at most")


def intact(verdict: Verdict, count: int) -> None:
    if not verdict.is_intact or verdict.entries != count:
        raise RuntimeError("the log is not what was written, so its time means nothing")


def hash_rows(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for (raw,) in connection.execute("SELECT leaf FROM log_entry ORDER BY idx"):
            hashlib.sha256(b"\x00" + raw).digest()


def waits(act: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    main()

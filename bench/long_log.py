"""A log of a million entries, or ten: proofs, the auditor's page, and the whole of it verified offline.

The log is made here, in bulk, with true leaves, details, tiles and a signature: nine of ten events are reads of
statistics, and there is a checkpoint for every hundred. What stands beside us: for the proofs, the RFC's own recursion
over the leaf hashes in memory; for the verifier, nothing but reading the same rows and hashing each leaf, which whoever
verifies must do at least. The page has a script of its own (questions.py); here it is timed on the same long log.

    python bench/long_log.py [ENTRIES] [FOLDER]      default 1,000,000; the file of a folder that is named is kept
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
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
from sqlalchemy import insert, text

from amana import ids
from amana.audit import checkpoint as notes
from amana.audit import journal, leaf, mention, receipt, tiles
from amana.audit.checkpoint import Checkpoint, LogKey, make_log_key, read_log_key
from amana.audit.events import Actor, BatchRead, Event, RequestRefused, StatisticsRead
from amana.audit.export import export_log
from amana.audit.leaf import Detail
from amana.audit.query import Filter, read_events
from amana.audit.tables import event_detail, event_mention, log_checkpoint, log_entry
from amana.audit.tree import hash_leaf, prove_inclusion, root
from amana.audit.verify import Verdict, verify_snapshot, verify_sqlite
from amana.config import HOME
from amana.db import Database, Reading, open_database

ORIGIN: Final = "amana.bench/log"
NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
COUNTRIES: Final = ("CIV", "DZA", "EGY", "LBY", "MAR", "MRT", "NER", "TUN")
AT_ONCE: Final = 10_000  # entries in one transaction
SIGNED_EVERY: Final = 100  # entries
PROOFS: Final = 200
PAGES: Final = 15
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
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(machine())
    if len(sys.argv) > 2:
        kept = Path(sys.argv[2])
        kept.mkdir(parents=True, exist_ok=True)
        measure(kept, count)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), count)


def measure(folder: Path, count: int) -> None:
    key = own_key(folder)
    file = folder / f"log-{count}.sqlite"
    if not file.exists():
        build(file, key, count)
    auditor = open_database(f"sqlite:///{file}", "auditor_reader", ROLES)
    time_pages(auditor, count)
    time_proofs(auditor, count)
    auditor.close()
    time_verifying(file, folder, key, count)


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
        mentions += [{"word": word, "at": at, "event_id": told.id} for word in mention.words(event, told)]
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


# ---- what is measured ----------------------------------------------------------------------------------------------


def time_pages(auditor: Database, count: int) -> None:
    for name, wanted in FILTERS.items():
        taken = sorted(waits(partial(page, auditor, wanted), PAGES))
        told = f"p50 {median(taken) * 1e3:.1f} ms, longest {taken[-1] * 1e3:.1f} ms"
        print(f"page of {count:,} events, filtered by {name}: {told}")


def page(auditor: Database, wanted: Filter) -> None:
    with auditor.read() as reading:
        read_events(reading, wanted)


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

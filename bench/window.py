"""A committee's window after a million readings, beside counting them from the log's events at each look.

The made-up log covers three years; every event is a read of statistics with three committees' figures in it. Counting
takes some hundred readings at a time, as the worker does at each mark; then the page's look-up is timed beside the
plain way: every such event of twelve months, its facts decoded, counted by class, purpose and month. Both must find the
same counts before anything is timed.

    python bench/window.py [EVENTS …]        default 1,000,000; on SQLite, and where AMANA_TEST_DSN names a server
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from statistics import quantiles
from typing import Any, Final

from beside import by_turns, compare, machine
from sqlalchemy import insert, select

from amana import canonical
from amana.audit.outbox import readings
from amana.audit.outbox.crowd import Reader
from amana.audit.outbox.readings import Count, Home
from amana.audit.outbox.tables import event_detail, reading
from amana.config import HOME
from amana.db import Database

sys.path.append(str(HOME / "tests"))  # databases as the tests open them
from support.databases import TestDatabase, migrate, postgresql_database

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPAN: Final = timedelta(days=3 * 365)
SINCE, UNTIL = "2025-12", "2026-11"
CLASSES: Final = ("justice", "interior", "foreign_affairs", "un_au_eu", "other")
PURPOSES: Final = ("policy_planning", "victim_assistance", "child_protection", "regional_reporting", "research")
COMMITTEES: Final = ("CIV", "DZA", "EGY", "LBY", "MAR", "MRT", "NER", "TUN")
HOMES: Final = {f"{class_}-{number}": Home(class_, None) for class_ in CLASSES for number in range(8)}
READERS: Final = [Reader(name, home.class_, None, purpose) for name, home in HOMES.items() for purpose in PURPOSES]
LEAST: Final = 3  # organisations behind a count: here every class has eight, so nothing is merged
AT_ONCE: Final = 20_000  # rows in one transaction while the log is made up


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000_000]
    print(machine())
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=os.environ.get("AMANA_BENCH_FOLDER")) as folder:
            url = f"sqlite:///{folder}/amana.sqlite"
            migrate(url)
            time_on(TestDatabase(url), size, "SQLite")
        if dsn := os.environ.get("AMANA_TEST_DSN"):
            with postgresql_database(dsn) as database:
                time_on(database, size, "PostgreSQL")


def time_on(database: TestDatabase, size: int, name: str) -> None:
    fill(database.as_role("owner"), size)
    worker, web, auditor = (database.as_role(role) for role in ("amana_worker", "amana_web", "auditor_reader"))
    began, taken = time.perf_counter(), list(count(worker))
    whole = time.perf_counter() - began
    p99 = quantiles(taken, n=100)[-1]
    print(f"{name}, {size:,} readings counted in {whole:.1f} s, {1000 * p99:.0f} ms for a transaction at p99")
    if look(web) != plainly(auditor):
        raise SystemExit("the two ways find different counts")
    ours, peer = by_turns(lambda: look(web), lambda: plainly(auditor), runs=3)
    compare(f"{name}, one look at twelve months after {size:,} readings", ours, peer, "counting the log's events")
    print(f"  on the wall: {1000 * ours.wall:.1f} ms beside {1000 * peer.wall:,.0f} ms")
    for one in (worker, web, auditor):
        one.close()


def fill(owner: Database, size: int) -> None:
    made = events(size, Random(0))  # noqa: S311 - made-up readings
    while rows := list(islice(made, AT_ONCE)):
        with owner.write() as tx:
            tx.execute(insert(event_detail), [event for event, _ in rows])
            tx.execute(insert(reading), [kept for _, kept in rows])


def events(size: int, rng: Random) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    homes = sorted(HOMES)
    for number in range(size):
        at, purpose, organisation = NOW - SPAN + SPAN / size * number, rng.choice(PURPOSES), rng.choice(homes)
        countries = sorted(rng.sample(COMMITTEES, 3))
        facts = {"cube": "area-sex", "dataflow": "VICTIMS", "format": "json", "periods": ["2024"], "purpose": purpose}
        shared = {"event_id": f"evt_{number:026}", "at": at, "organisation": organisation, "purpose": purpose}
        told = {"kind": "statistics.read", "actor": "per_a", "role": "member", "outcome": "done", "salt": b"0" * 32}
        details = canonical.encode({**facts, "countries": countries})
        yield (
            {**shared, **told, "dataflow": "VICTIMS", "details": details},
            {**shared, "countries": ",".join(countries)},
        )


def count(worker: Database) -> Iterator[float]:
    """Count as the worker does until nothing waits; yield the seconds of each transaction."""
    counted = True
    while counted:
        began = time.perf_counter()
        with worker.write() as tx:
            counted = bool(readings.count_next(tx, NOW, HOMES, READERS, LEAST))
        yield time.perf_counter() - began


def look(web: Database) -> list[Count]:
    with web.read() as found:
        readings.stands_at(found, NOW, timedelta(hours=1))
        return list(readings.of_committee(found, "MAR", SINCE, UNTIL))


def plainly(auditor: Database) -> list[Count]:
    """Count Morocco's readings of twelve months from the events themselves."""
    columns = (event_detail.c.at, event_detail.c.organisation, event_detail.c.purpose, event_detail.c.details)
    since = datetime.fromisoformat(f"{SINCE}-01").replace(tzinfo=UTC)
    query = select(*columns).where(event_detail.c.kind == "statistics.read", event_detail.c.at >= since)
    counted: Counter[tuple[str, str, str]] = Counter()
    with auditor.read() as found:
        for row in found.execute(query.execution_options(yield_per=AT_ONCE)):
            if "MAR" in json.loads(row.details)["countries"]:
                counted[row.at.strftime("%Y-%m"), row.purpose, HOMES[row.organisation].class_] += 1
    ordered = sorted(sorted(counted.items()), key=lambda one: one[0][0], reverse=True)
    return [Count(*place, reads) for place, reads in ordered]


if __name__ == "__main__":
    main()

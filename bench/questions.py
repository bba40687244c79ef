"""The auditor's pages in a long log: filters, saved questions and patterns; filters beside one plain SELECT.

The plain way is all conditions in one SELECT, newest first, LIMIT 51, on a copy of the same rows with one index for
each column and none in order of time: the schema before migration 0013. Before anything is timed, our pages, read on
until there are 51 events or no more, must be the same events. The made-up log covers three years; nine of ten events
are reads of statistics. What a reader waits for is wall time, so that is printed, too.

    python bench/questions.py [EVENTS …]        default 1,000,000; SQLite, then PostgreSQL (AMANA_TEST_DSN, or our own)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

from beside import by_turns, compare, machine
from beside.asking import ask, asked, look, page, search
from sqlalchemy import Engine, MetaData, create_engine, insert, select, text

from amana.audit.desk.patterns import RULES
from amana.audit.desk.query import read_events
from amana.audit.desk.questions import QUESTIONS
from amana.audit.events.wanted import Filter
from amana.audit.log.tables import log_entry
from amana.audit.outbox.tables import event_detail, event_mention
from amana.audit.tlog import leaf
from amana.config import HOME
from amana.db import Database

sys.path.append(str(HOME / "tests"))  # databases as the tests open them
from support.databases import TestDatabase, postgresql_database, postgresql_server, sqlite_database

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAIN_EVENT: Final = event_detail.to_metadata(MetaData(), name="plain_event")
SPAN: Final = timedelta(days=3 * 365)
COUNTRIES: Final = ("CIV", "DZA", "EGY", "LBY", "MAR", "MRT", "NER", "TUN")
PEOPLE: Final = 2_000
AT_ONCE: Final = 20_000  # rows in one transaction
SOMEBODY: Final = "per_" + "a" * 22 + "0007".translate(str.maketrans("0123456789", "abcdefghij"))
FILTERS: Final = {
    "nothing": Filter(),
    "a country": Filter(country="MAR"),
    "two that hardly meet": Filter(outcome="refused", organisation="org-3"),
    "an actor": Filter(actor=SOMEBODY),
    "refused": Filter(outcome="refused"),
    "a dataflow, refused": Filter(outcome="refused", dataflow="VICTIMS"),
    "a country, a kind that is rare there": Filter(country="MAR", kind="batch.accepted"),
    "a purpose, a country, an organisation": Filter(purpose="research", country="TUN", organisation="org-3"),
    "an actor who never did this": Filter(actor=SOMEBODY, kind="release.published"),
    "nothing at all": Filter(dataflow="VICTIMS", outcome="done", kind="no.such"),
}
PLAIN: Final = ("kind", "at", "actor", "organisation", "outcome", "country", "dataflow", "subject")
ENOUGH: Final = 51


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000_000]
    print(machine())
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, sqlite_database(Path(folder)) as database:
            time_on(database, size, "SQLite")
        with postgresql_server() as server, postgresql_database(server) as database:
            time_on(database, size, "PostgreSQL")


def time_on(database: TestDatabase, size: int, name: str) -> None:
    owner = create_engine(database.url)
    fill(owner, size)
    auditor = database.as_role("auditor_reader")
    print(f"{name}, {size:,} events")
    for what, wanted in FILTERS.items():
        if wanted.country is None:
            assert whole(auditor, wanted) == plainly(owner, wanted), what
            ours, plain = by_turns(lambda: page(auditor, wanted), lambda: plainly(owner, wanted))  # noqa: B023 - called now
            compare(f"  page by {what}", ours, plain, "a plain SELECT")
            print(f"    on the wall: ours {ours.wall:.3f} s, plain {plain.wall:.3f} s")
        else:
            told(f"page by {what}", lambda: page(auditor, wanted))  # noqa: B023 - called now
    for saved in QUESTIONS.values():
        told(f"question {saved.id}", lambda: ask(auditor, saved, asked(NOW, saved)))  # noqa: B023 - called now
    for rule in RULES:
        told(f"pattern {rule}", lambda: look(auditor, rule, search(NOW)))  # noqa: B023 - called now
    owner.dispose()


def whole(auditor: Database, wanted: Filter) -> list[str]:
    """Return the newest events that match, over as many of our pages as it takes."""
    found: list[str] = []
    after: str | None = None
    while len(found) < ENOUGH:
        with auditor.read() as reading:
            shown = read_events(reading, wanted, after, ENOUGH)
        found += [event.event_id for event in shown.events]
        after = shown.after
        if after is None:
            break
    return found[:ENOUGH]


def plainly(owner: Engine, wanted: Filter) -> list[str]:
    """Return the same from the copy, in one SELECT."""
    query = select(PLAIN_EVENT).order_by(PLAIN_EVENT.c.at.desc(), PLAIN_EVENT.c.event_id.desc()).limit(ENOUGH)
    for name in PLAIN:
        if name != "at" and (value := getattr(wanted, name)) is not None:
            query = query.where(PLAIN_EVENT.c[name] == value)
    if wanted.purpose is not None:
        query = query.where(PLAIN_EVENT.c.purpose == wanted.purpose)
    with owner.connect() as connection:
        return [row.event_id for row in connection.execute(query)]


def told(what: str, work: Callable[[], object]) -> None:
    [cost] = by_turns(work)
    print(f"  {what}: {cost.wall:.3f} s on the wall, {cost.cpu:.3f} s of CPU")


def fill(owner: Engine, size: int) -> None:
    made, index = events(size, Random(0)), 0  # noqa: S311 - data of a bench
    while rows := list(islice(made, AT_ONCE)):
        entries = [
            {"idx": index + n, "event_id": row["event_id"], "leaf": b"0" * 140} for n, (row, _) in enumerate(rows)
        ]
        with owner.begin() as tx:
            tx.execute(insert(event_detail), [row for row, _ in rows])
            tx.execute(insert(event_mention), [named for _, mentions in rows for named in mentions])
            tx.execute(insert(log_entry), entries)
        index += len(rows)
    with owner.begin() as tx:
        tx.execute(text("CREATE TABLE plain_event AS SELECT * FROM event_detail"))
        tx.execute(text("CREATE UNIQUE INDEX plain_id ON plain_event (event_id)"))
        for column in PLAIN:
            tx.execute(text(f"CREATE INDEX plain_{column} ON plain_event ({column})"))
    if owner.dialect.name == "postgresql":
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def events(size: int, rng: Random) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    step = SPAN / size
    people = [f"per_{'a' * 22}{one:04}".translate(str.maketrans("0123456789", "abcdefghij")) for one in range(PEOPLE)]
    for number in range(size):
        yield one_event(NOW - SPAN + step * number, people, rng)


def one_event(at: datetime, people: list[str], rng: Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    chance = rng.random()
    person = rng.randrange(len(people))
    row: dict[str, Any] = {
        "event_id": f"evt_{rng.getrandbits(130):026x}"[:30],
        "at": at,
        "actor": people[person],
        "role": "member",
        "organisation": f"org-{person % 40}",
        "outcome": "done",
        "clause": "region.read",
        "country": None,
        "dataflow": ("VICTIMS", "CHILDREN", "JUSTICE")[person % 3],
        "purpose": None,
        "subject": None,
        "salt": b"s" * 32,
        "details": b'{"cube":"area-sex-age","format":"html"}',
    }
    countries: tuple[str, ...] = ()
    if chance < 0.9:
        countries = COUNTRIES if chance < 0.5 else (rng.choice(COUNTRIES),)
        purposes = ("research", "planning", "prevention")
        row |= {"kind": "statistics.read", "purpose": purposes[person % 3], "subject": "area-sex-age"}
    elif chance < 0.96:
        batch = f"bat_{rng.getrandbits(130):026x}"[:30]
        kind = "batch.accepted" if chance < 0.92 else "batch.read"
        row |= {"kind": kind, "country": rng.choice(COUNTRIES), "subject": batch}
    elif chance < 0.98:
        row |= {"kind": "request.refused", "outcome": "refused", "country": rng.choice(COUNTRIES)}
    elif chance < 0.99:
        row |= {"kind": "sign_in.failed", "outcome": "refused", "actor": "worker", "role": "process"}
    else:
        row |= {"kind": "policy.loaded", "actor": "web", "role": "process", "subject": f"{number_of(at):064x}"}
    words = sorted({*countries, *filter(None, (row["country"], row["subject"]))})
    return row, [{"word": word, "at": at, "event_id": row["event_id"]} for word in words]


def number_of(at: datetime) -> int:
    return leaf.microseconds(at) // (90 * 86_400_000_000)


if __name__ == "__main__":
    main()

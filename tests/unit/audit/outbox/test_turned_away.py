"""However often strangers are refused, the log grows by the same; and nothing that was counted is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from amana import canonical
from amana.audit.desk.query import read_events
from amana.audit.events.accounts import SignedOut
from amana.audit.events.event import DONE, REFUSED, Actor
from amana.audit.events.wanted import Filter
from amana.audit.outbox import share, turned_away
from amana.audit.outbox.tables import event_detail, journal, refusal_mark
from amana.audit.outbox.tables import turned_away as table
from amana.audit.outbox.turned_away import FAILED, NAMED
from support.databases import TestDatabase

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY = 600
TEN = timedelta(seconds=EVERY)
WORKER = Actor("worker", "process", "hub")
HEDI = Actor("per_hedi", "member", "police-tun")


def refuse(database: TestDatabase, code: str, action: str, who: str = "", times: int = 1) -> None:
    for _ in range(times):
        with database.as_role("amana_web").write() as tx:
            turned_away.count(tx, code, action, who)


def tell(database: TestDatabase, now: datetime) -> bool:
    with database.as_role("amana_worker").write() as tx:
        return turned_away.tell(tx, EVERY, WORKER, now)


def told(database: TestDatabase) -> list[tuple[str, str, Mapping[str, Any]]]:
    with database.as_role("owner").read() as reading:
        rows = reading.execute(select(event_detail).order_by(event_detail.c.at, event_detail.c.kind.desc()))
        return [(row.kind, row.outcome, canonical.decode(row.details)) for row in rows]


def test_what_strangers_are_refused_is_told_at_the_mark_as_two_events(database: TestDatabase) -> None:
    refuse(database, "access.sign_in_needed", "audit.events", times=3)
    refuse(database, "access.sign_in_needed", "api_data.data")
    refuse(database, "not_found", "")
    refuse(database, "access.share_spent", "read_events", "per_hedi", times=2)
    refuse(database, FAILED, "sign_in", "a" * 64, times=2)
    refuse(database, FAILED, "sign_in", "b" * 64, times=4)
    assert tell(database, NOON + TEN / 2)
    span = {"since": "2026-11-21T11:50:00Z", "until": "2026-11-21T12:00:00Z"}
    assert told(database) == [
        (
            "sign_in.failed",
            REFUSED,
            {**span, "times": 6, "accounts": ["b" * 64, "a" * 64], "failures": [4, 2], "others": 0},
        ),
        (
            "refusals.counted",
            REFUSED,
            {
                **span,
                "times": 7,
                "codes": {"access.sign_in_needed": 4, "not_found": 1, "access.share_spent": 2},
                "actions": {"audit.events": 3, "api_data.data": 1, "-": 1, "read_events": 2},
                "persons": ["per_hedi"],
                "refusals": [2],
                "others": 0,
            },
        ),
    ]
    with database.as_role("auditor_reader").read() as reading:
        assert len(read_events(reading, Filter(subject="b" * 64)).events) == 1
        assert len(read_events(reading, Filter(subject="per_hedi")).events) == 1
    refuse(database, "not_found", "")
    assert not tell(database, NOON + TEN - TEN / 100)
    assert tell(database, NOON + 3 * TEN)
    assert [(kind, facts["since"], facts["until"], facts["times"]) for kind, _, facts in told(database)[2:]] == [
        ("sign_in.failed", span["until"], "2026-11-21T12:30:00Z", 0),
        ("refusals.counted", span["until"], "2026-11-21T12:30:00Z", 1),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["", "a", "b"]), max_size=5), min_size=1, max_size=6))
def test_the_log_grows_by_the_same_whatever_strangers_do(sqlite: TestDatabase, hours: list[list[str]]) -> None:
    with sqlite.as_role("owner").write() as tx:
        for one in (table, journal, event_detail):
            tx.execute(delete(one))
        tx.execute(update(refusal_mark).values(until=NOON))
    for number, refusals in enumerate(hours, 1):
        for who in refusals:
            refuse(sqlite, FAILED if who else "access.sign_in_needed", "sign_in", who)
        assert tell(sqlite, NOON + number * TEN)
        with sqlite.as_role("owner").read() as reading:
            assert reading.execute(select(func.count()).select_from(journal)).scalar_one() == 2 * number
    assert sum(facts["times"] for _, _, facts in told(sqlite)) == sum(map(len, hours))
    assert {outcome for _, outcome, facts in told(sqlite) if not facts["times"]} <= {DONE}


def test_of_many_accounts_those_with_the_most_failures_are_named(sqlite: TestDatabase) -> None:
    for number in range(NAMED + 3):
        refuse(sqlite, FAILED, "sign_in", f"{number:064}", times=1 + (number > NAMED))
    assert tell(sqlite, NOON)
    facts = told(sqlite)[0][2]
    assert (len(facts["accounts"]), facts["failures"][:3], facts["others"]) == (NAMED, [2, 2, 1], 3)


def test_of_two_workers_one_tells(database: TestDatabase) -> None:
    with database.as_role("amana_worker").read() as reading:
        assert turned_away.is_due(reading, EVERY, NOON)
    assert tell(database, NOON)
    assert not tell(database, NOON)
    with database.as_role("amana_worker").read() as reading:
        assert not turned_away.is_due(reading, EVERY, NOON)


def test_a_count_cannot_be_made_smaller(database: TestDatabase) -> None:
    refuse(database, "not_found", "", times=3)
    for times in (0, 3, 5):
        with pytest.raises(DBAPIError, match="only grows"), database.as_role("owner").write() as tx:
            tx.execute(update(table).values(times=times))
    with pytest.raises(DBAPIError), database.as_role("amana_web").write() as tx:
        tx.execute(delete(table))


def test_a_share_is_of_one_person_and_of_one_interval(database: TestDatabase) -> None:
    from amana.audit.outbox.journal import append

    for number in range(3):
        with database.as_role("owner").write() as tx:
            append(tx, SignedOut(), HEDI, NOON + number * TEN)
    with database.as_role("auditor_reader").read() as reading:
        assert share.is_spent(reading, "per_hedi", NOON, 3)
        assert not share.is_spent(reading, "per_hedi", NOON, 4)
        assert not share.is_spent(reading, "per_hedi", NOON + TEN, 3)
        assert not share.is_spent(reading, "per_other", NOON, 1)

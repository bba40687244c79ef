"""What excuses missing details, and what does not: an order is believed no further than its own term reaches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from amana.audit.events.accounts import SignedOut
from amana.audit.events.event import Actor, Event
from amana.audit.events.log import DetailsErased, DetailsErasureOrdered
from amana.audit.offline import erasure
from amana.audit.offline.erasure import excused_until
from amana.audit.offline.verify import Visit, verify_snapshot
from amana.audit.outbox import journal
from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail
from amana.policy import retention
from support.databases import TestDatabase
from support.log import NOON, WrittenLog, plant

WORKER = Actor("worker", "process", "hub")
NOW = leaf.microseconds(NOON)
DAY = 86_400_000_000  # microseconds


def detail(event: Event) -> Detail:
    return journal.describe(event, WORKER, NOON, "evt_x", bytes(32))


#   until, before now  term in days   excuses
@pytest.mark.parametrize(
    ("before", "days", "excuses"),
    [(400, 400, True), (401, 400, True), (399, 400, False), (400, 365, True), (400, 364, False), (0, 0, False)],
)
def test_an_order_excuses_what_was_older_than_its_term(before: int, days: int, excuses: bool):
    until = NOW - before * DAY
    assert excused_until(detail(DetailsErasureOrdered(until, days))) == (until if excuses else 0)


#   the reader's clock, after the order  excuses
@pytest.mark.parametrize(("later", "excuses"), [(0, True), (30, True), (-1, True), (-1.001, False), (-9000, False)])
def test_an_order_from_tomorrow_excuses_nothing(later: float, excuses: bool):
    until = NOW - 400 * DAY
    now = NOW + round(later * DAY)
    assert excused_until(detail(DetailsErasureOrdered(until, 400)), now) == (until if excuses else 0)


def test_only_the_order_excuses():
    assert excused_until(detail(SignedOut())) == 0
    assert excused_until(detail(DetailsErased(NOW - 400 * DAY, 400))) == 0


@pytest.mark.parametrize(
    "facts", [b"{}", b'{"days":"400","until":1}', b'{"days":400,"until":"1"}', b'{"days":400,"until":true}']
)
def test_an_order_that_is_not_ours_excuses_nothing(facts: bytes):
    told = detail(DetailsErasureOrdered(1, 400))
    assert excused_until(Detail(**{**vars(told), "facts": facts})) == 0


def test_the_verifier_and_the_policy_have_one_floor():
    assert erasure.LEAST_DAYS == retention.LEAST_DAYS


def test_whoever_orders_an_erasure_through_the_journal_does_not_hide_what_is_recent(
    sqlite: TestDatabase, tmp_path: Path
):
    """An order that claims a year's term and reaches to this morning, put into the journal by hand."""
    log = WrittenLog(sqlite, tmp_path)
    first, _ = log.grow(2)
    log.write(DetailsErasureOrdered(leaf.microseconds(NOON + timedelta(hours=1)), 365), by=WORKER)
    log.sequence()
    with sqlite.as_role("owner").write() as tx:
        tx.exec_driver_sql("DELETE FROM event_detail WHERE event_id = ?", (first,))
    (found,) = verify_snapshot(log.snapshot(tmp_path / "log.jsonl"), log.key.verifier).findings
    assert (found.fault, found.first) == ("missing", 0)


def test_an_order_that_is_dated_years_ahead_does_not_hide_what_is_recent(sqlite: TestDatabase, tmp_path: Path):
    """Its term is long enough, counted from its date; and its date is what somebody wrote."""
    log = WrittenLog(sqlite, tmp_path)
    first, _ = log.grow(2)
    until, dated = NOON + timedelta(days=1), NOON + timedelta(days=400)
    with log.web.write() as tx:
        plant(tx, DetailsErasureOrdered(leaf.microseconds(until), 365), dated, NOON)
    log.sequence()
    with sqlite.as_role("owner").write() as tx:
        tx.exec_driver_sql("DELETE FROM event_detail WHERE event_id = ?", (first,))
    (found,) = verify_snapshot(log.snapshot(tmp_path / "log.jsonl"), log.key.verifier, Visit(now=NOW)).findings
    assert (found.fault, found.first) == ("missing", 0)

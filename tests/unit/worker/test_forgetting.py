"""What is told of events goes at the end of retention, by an order in the log; entries and proofs stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from amana.audit.cases import review
from amana.audit.events.contributions import BatchRead
from amana.audit.offline.verify import Verdict, verify_snapshot
from amana.audit.outbox.tables import detail_erasure, event_detail, event_mention
from amana.worker import forget
from support.exports import NADIA, a_case
from support.log import grow_old
from support.workbench import NOON, Bench

LONG_AGO = NOON - timedelta(days=2000)
JUST_KEPT = NOON - timedelta(days=1825)


def verdict(bench: Bench, folder: Path) -> Verdict:
    return verify_snapshot(bench.log.snapshot(folder / "log.jsonl"), bench.log.key.verifier)


def forget_all(bench: Bench) -> None:
    """Let worker and sequencer go on until nothing more is too old."""
    while forget.forget_next(bench.hub):
        bench.seal()
    bench.seal()


def told(bench: Bench) -> int:
    with bench.log.auditor.read() as reading:
        return reading.execute(select(func.count()).select_from(event_detail)).scalar_one()


def test_old_events_are_told_no_more_and_the_log_still_verifies(small: Bench, tmp_path: Path) -> None:
    old = grow_old(small.log, LONG_AGO, 3)
    kept = grow_old(small.log, JUST_KEPT, 2)
    small.seal()
    forget_all(small)
    assert small.kinds() == ["batch.read"] * 2 + ["details.erased", "details.erasure_ordered"]
    found = verdict(small, tmp_path)
    assert found.is_intact
    assert (found.entries, found.bare, found.padding) == (7, 3, 0)
    assert {small.log.proof(event).index for event in (*old, *kept)} == set(range(5))
    with small.log.auditor.read() as reading:
        assert reading.execute(select(event_mention.c.at).where(event_mention.c.at < JUST_KEPT)).all() == []


def test_nothing_goes_before_the_order_is_under_a_checkpoint(small: Bench) -> None:
    grow_old(small.log, LONG_AGO, 1)
    assert not forget.forget_next(small.hub)  # what is not yet in the log is kept
    small.seal()
    assert forget.forget_next(small.hub)
    assert not forget.forget_next(small.hub)
    assert told(small) == 2
    small.seal()
    assert forget.forget_next(small.hub)
    assert told(small) == 2  # the order, and that it was carried out
    assert not forget.forget_next(small.hub)


def test_a_worker_that_died_in_between_leaves_one_order_and_one_end(small: Bench) -> None:
    old = grow_old(small.log, LONG_AGO, 501)
    small.seal()
    forget.forget_next(small.hub)
    small.seal()
    assert forget.forget_next(small.hub)
    assert told(small) == 2  # the order, and one more than is erased at once
    assert len(still(small, *old)) == 1
    forget_all(small)
    assert small.kinds() == ["details.erased", "details.erasure_ordered"]
    with small.log.auditor.read() as reading:
        (row,) = reading.execute(select(detail_erasure)).all()
    assert (row.days, row.done_at) == (1826, NOON)


def test_what_somebody_takes_away_early_is_no_end_of_retention(small: Bench, tmp_path: Path) -> None:
    grow_old(small.log, LONG_AGO, 1)
    (recent,) = small.log.write(BatchRead("bat_1", "MAR"))
    small.seal()
    forget_all(small)
    with small.log.database.as_role("owner").write() as tx:
        tx.execute(event_detail.delete().where(event_detail.c.event_id == recent))
    first = verdict(small, tmp_path).findings[0]
    assert (first.fault, first.event) == ("missing", recent)


def test_what_is_in_an_open_case_is_held_back_and_that_is_journalled(small: Bench, tmp_path: Path) -> None:
    """For a year longer, at most: five years and one after it happened, or when the case is closed."""
    moments = (NOON - timedelta(days=days) for days in (2000, 1900, 1900))
    (lost,), (kept,), (gone,) = (grow_old(small.log, moment, 1) for moment in moments)
    small.seal()
    case = a_case(small.log, lost, kept)
    small.seal()
    forget_all(small)
    assert still(small, lost, kept, gone) == {lost, kept}
    assert small.kinds().count("details.held") == 1
    found = verdict(small, tmp_path)
    assert (found.is_intact, found.bare) == (True, 1)
    with small.log.web.write() as tx:
        review.close(tx, case, "Nothing.", NADIA, NOON)
    small.seal()
    forget_all(small)
    assert still(small, lost, kept, gone) == set()
    assert small.kinds().count("details.held") == 1
    assert verdict(small, tmp_path).is_intact


def test_an_open_case_holds_nothing_back_for_ever(small: Bench) -> None:
    (old,) = grow_old(small.log, NOON - timedelta(days=1826 + 366), 1)
    small.seal()
    a_case(small.log, old)
    small.seal()
    forget_all(small)
    assert still(small, old) == set()
    assert small.kinds().count("details.held") == 0


def still(bench: Bench, *events: str) -> set[str]:
    """Those of these events of which something is told, and by whose name they are found."""
    with bench.log.auditor.read() as reading:
        told = set(
            reading.execute(select(event_detail.c.event_id).where(event_detail.c.event_id.in_(events))).scalars()
        )
        named = select(event_mention.c.event_id).where(event_mention.c.event_id.in_(events))
        assert set(reading.execute(named).scalars()) == told
    return told

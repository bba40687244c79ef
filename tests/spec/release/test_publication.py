"""Publication and withdrawal: an order under a checkpoint first, then the effect, at the calendar's time."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from amana.errors import Conflict, NotFound
from amana.release import ledger, order
from amana.release.order import PeriodInvalid
from amana.release.publish import LAPSED, perform_next
from amana.release.states import ReleaseState
from support.releases import CANDIDATE, NOON, POLICY, STEWARD, WORKER, agreed

HOUR = timedelta(hours=1)


def ordered(releases, release, **more):
    with releases.web.write() as tx:
        return order.order_publication(tx, release, CANDIDATE, by=STEWARD, now=NOON, **more)


def withdraw(releases, release):
    with releases.web.write() as tx:
        return order.order_withdrawal(tx, release, "a committee asked for it", by=STEWARD, now=NOON)


def test_a_release_is_planned_by_digest(releases):
    found = releases.find(releases.planned(publish_at=NOON + HOUR))
    assert (found.state, found.period, found.publish_at) == (ReleaseState.PLANNED, "2022", NOON + HOUR)
    assert (found.plan, found.plan_digest, found.policy_digest) == ("small", releases.plan.digest, POLICY)
    assert releases.events() == ["release.planned"]


@pytest.mark.parametrize("period", ["", "22", "2022-Q1", "2022 ", "٢٠٢٢"])
def test_a_period_is_a_calendar_year(releases, period):
    with pytest.raises(PeriodInvalid), releases.web.write() as tx:
        order.plan_release(tx, releases.plan, period, policy_digest=POLICY, publish_at=NOON, by=STEWARD, now=NOON)


def test_an_order_takes_effect_only_under_a_checkpoint(releases):
    release = releases.approved()
    ordered(releases, release)
    assert perform_next(releases.worker, WORKER, NOON, agreed) is None
    assert (releases.state(release), releases.find(release).waiting) == (ReleaseState.APPROVED, "publish")
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON, agreed) == release
    assert (releases.state(release), releases.find(release).waiting) == (ReleaseState.PUBLISHED, None)
    assert {"publication.ordered", "release.published"} <= set(releases.events())


def test_agreements_are_asked_again_when_an_order_takes_effect(releases):
    release = releases.approved("MAR", "TUN")
    ordered(releases, release)
    releases.seal()
    asked = []

    def lapsed(found, contributors):
        asked.append((found.id, sorted(contributors)))
        return LAPSED

    assert perform_next(releases.worker, WORKER, NOON, lapsed) == release
    assert asked == [(release, ["MAR", "TUN"])]
    assert (releases.state(release), releases.find(release).published_at) == (ReleaseState.REFUSED, None)
    assert releases.find(release).reason == LAPSED
    assert releases.events()[-1] == "release.refused"


def test_publication_waits_for_the_calendar_and_may_be_put_off(releases):
    release = releases.approved(publish_at=NOON + HOUR)
    ordered(releases, release, publish_at=NOON + 2 * HOUR)
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON + HOUR, agreed) is None
    assert perform_next(releases.worker, WORKER, NOON + 2 * HOUR, agreed) == release
    assert releases.find(release).published_at == NOON + 2 * HOUR


def test_no_order_brings_a_publication_forward(releases):
    release = releases.approved(publish_at=NOON + HOUR)
    with pytest.raises(order.BroughtForward) as refused:
        ordered(releases, release, publish_at=NOON)
    assert refused.value.facts == {"fields": ["publish_at"], "planned": "2026-11-21T13:00:00Z"}
    assert releases.find(release).waiting is None
    ordered(releases, release, publish_at=NOON + HOUR)
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON, agreed) is None


def test_only_what_is_approved_is_published_and_only_once(releases):
    for release in (releases.planned(), releases.built()):
        with pytest.raises(Conflict):
            ordered(releases, release)
    approved = releases.approved()
    ordered(releases, approved)
    with pytest.raises(Conflict):
        ordered(releases, approved)


def test_a_period_is_published_once_whatever_was_sent_since(releases):
    first, second = releases.approved(), releases.approved()
    ordered(releases, first)
    with pytest.raises(order.PeriodFrozen):
        ordered(releases, second)
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON, agreed) == first
    for again in (lambda: ordered(releases, second), releases.planned):
        with pytest.raises(order.PeriodFrozen):
            again()


def test_a_withdrawal_does_not_thaw_the_period(releases):
    second = releases.approved()
    release = releases.published()
    withdraw(releases, release)
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON + HOUR, agreed) == release
    with pytest.raises(order.PeriodFrozen):
        ordered(releases, second)


def test_an_order_quotes_the_candidate_that_was_seen(releases):
    release = releases.approved(candidate=CANDIDATE)
    with pytest.raises(Conflict), releases.web.write() as tx:
        order.order_publication(tx, release, "e" * 64, by=STEWARD, now=NOON)


def test_withdrawal_leaves_a_tombstone(releases):
    release = releases.published()
    withdraw(releases, release)
    assert releases.find(release).waiting == "withdraw"
    with pytest.raises(Conflict):
        withdraw(releases, release)
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON + HOUR, agreed) == release
    with releases.web.read() as reading:
        (tombstone,) = ledger.published(reading)
    assert (tombstone.release, tombstone.published_at, tombstone.withdrawn_at) == (release, NOON, NOON + HOUR)
    assert releases.find(release).reason == "a committee asked for it"
    assert {"withdrawal.ordered", "release.withdrawn"} <= set(releases.events())
    with pytest.raises(Conflict):
        withdraw(releases, release)


def test_a_release_may_be_refused_until_it_is_published(releases):
    for release in (releases.planned(), releases.built(), releases.approved()):
        with releases.web.write() as tx:
            order.refuse(tx, release, "release.no_inputs", by=STEWARD, now=NOON)
        assert releases.state(release) is ReleaseState.REFUSED
    published = releases.published()
    with pytest.raises(Conflict), releases.web.write() as tx:
        order.refuse(tx, published, "release.no_inputs", by=STEWARD, now=NOON)


def test_a_refusal_overtakes_an_order_that_has_not_taken_effect(releases):
    release = releases.approved()
    ordered(releases, release)
    with releases.web.write() as tx:
        order.refuse(tx, release, "release.no_inputs", by=STEWARD, now=NOON)
    releases.seal()
    assert perform_next(releases.worker, WORKER, NOON, agreed) is None
    assert releases.find(release).waiting is None


def test_of_two_workers_one_publishes(releases):
    release = releases.approved()
    ordered(releases, release)
    releases.seal()
    start, done = Barrier(2), []

    def work() -> None:
        start.wait()
        done.append(perform_next(releases.worker, WORKER, NOON, agreed))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done, key=str) == [None, release]
    assert releases.events().count("release.published") == 1


def test_what_nobody_planned_is_not_found(releases):
    with pytest.raises(NotFound), releases.web.write() as tx:
        order.order_withdrawal(tx, "rel_none", "because", by=STEWARD, now=NOON)


def test_the_ledger_lists_by_dataflow_and_state(releases):
    planned, built = releases.planned(at=NOON), releases.built()
    with releases.web.read() as reading:
        assert {one.id for one in ledger.listed(reading)} == {planned, built}
        assert [one.id for one in ledger.listed(reading, "VICTIMS", ReleaseState.BUILT)] == [built]
        assert ledger.listed(reading, "CHILDREN") == ()
        assert dict(ledger.contributors(reading, built)) == {"MAR": "records", "TUN": "records"}

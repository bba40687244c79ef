"""A published period changes as a whole or not at all: the new vintage, and what it is checked beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from amana.errors import Conflict
from amana.release import inputs, ledger, order
from amana.release.changed import end_next
from amana.release.inputs import InputsRefused
from amana.release.publish import perform_next
from amana.release.states import ReleaseState
from amana.wording.load import codes
from support.releases import CANDIDATE, NOON, POLICY, STEWARD, WORKER, agreed

HOUR = timedelta(hours=1)
SECOND, OTHER = "a" * 64, "b" * 64


def ordered(releases, release, candidate):
    with releases.web.write() as tx:
        return order.order_publication(tx, release, candidate, by=STEWARD, now=NOON)


def performed(releases, at=NOON):
    releases.seal()
    return perform_next(releases.worker, WORKER, at, agreed)


def of_another_plan(releases):
    """Plan a release of other tables of the same persons."""
    plan = replace(releases.plan, id="other")
    with releases.web.write() as tx:
        return order.plan_release(tx, plan, "2022", policy_digest=POLICY, publish_at=NOON, by=STEWARD, now=NOON)


def past(releases, release):
    with releases.web.read() as reading:
        return ledger.past_of(reading, release)


def test_a_new_vintage_takes_the_place_of_the_old_at_one_moment(releases):
    first = releases.published()
    second = releases.approved(candidate=SECOND, release=releases.vintage(first))
    assert (releases.state(first), releases.find(second).vintage) == (ReleaseState.PUBLISHED, 2)
    ordered(releases, second, SECOND)
    assert releases.state(first) is ReleaseState.PUBLISHED
    assert performed(releases, NOON + HOUR) == second
    assert (releases.state(first), releases.state(second)) == (ReleaseState.SUPERSEDED, ReleaseState.PUBLISHED)
    assert {"vintage.planned", "release.superseded"} <= set(releases.events())
    with releases.web.read() as reading:
        told = sorted((one.vintage, one.release) for one in ledger.published(reading))
    assert told == [(1, first), (2, second)]


def test_a_vintage_is_cleared_beside_all_that_was_ever_published(releases):
    first = releases.published()
    second = releases.published(candidate=SECOND, release=releases.vintage(first))
    third = releases.built(candidate=OTHER, release=releases.vintage(second))
    assert past(releases, third) == {CANDIDATE, SECOND}


def test_what_is_not_published_has_no_vintages(releases):
    for release in (releases.planned(), releases.built(), releases.approved()):
        with pytest.raises(Conflict):
            releases.vintage(release)


def test_a_new_vintage_follows_the_latest_and_one_at_a_time(releases):
    first = releases.published()
    waiting = releases.vintage(first)
    with pytest.raises(order.VintageOpen):
        releases.vintage(first)
    assert order.VintageOpen.code in codes()
    releases.published(candidate=SECOND, release=waiting)
    with pytest.raises(Conflict):
        releases.vintage(first)


def test_a_refused_vintage_leaves_no_gap_in_the_numbers(releases):
    first = releases.published()
    refused = releases.vintage(first)
    with releases.web.write() as tx:
        order.refuse(tx, refused, "release.no_inputs", by=STEWARD, now=NOON)
    assert releases.find(releases.vintage(first)).vintage == 2


def test_a_vintage_has_the_plan_of_what_it_supersedes(releases):
    first = releases.published()
    for changed in (replace(releases.plan, digest="f" * 64), replace(releases.plan, id="other")):
        with pytest.raises(order.PlanChanged):
            releases.vintage(first, changed)


def test_a_withdrawn_period_may_have_a_new_vintage_and_the_tombstone_stays(releases):
    first = releases.published()
    with releases.web.write() as tx:
        order.order_withdrawal(tx, first, "a table was wrong", by=STEWARD, now=NOON)
    assert performed(releases) == first
    second = releases.published(candidate=SECOND, release=releases.vintage(first))
    assert (releases.state(first), releases.state(second)) == (ReleaseState.WITHDRAWN, ReleaseState.PUBLISHED)


def test_what_was_superseded_can_be_withdrawn_also_when_the_order_came_first(releases):
    first = releases.published()
    second = releases.approved(candidate=SECOND, release=releases.vintage(first))
    ordered(releases, second, SECOND)
    with releases.web.write() as tx:
        order.order_withdrawal(tx, first, "a table was wrong", by=STEWARD, now=NOON + HOUR)
    releases.seal()
    performed_ = {perform_next(releases.worker, WORKER, NOON + HOUR, agreed) for _ in range(2)}
    assert performed_ == {first, second}
    assert (releases.state(first), releases.state(second)) == (ReleaseState.WITHDRAWN, ReleaseState.PUBLISHED)
    third = releases.published(candidate=OTHER, release=releases.vintage(second))
    with releases.web.write() as tx:
        order.order_withdrawal(tx, second, "so was another", by=STEWARD, now=NOON)
    assert releases.find(second).waiting == "withdraw"
    assert performed(releases, NOON + HOUR) == second
    assert releases.state(third) is ReleaseState.PUBLISHED


def test_other_tables_of_the_same_persons_are_a_past_publication(releases):
    releases.published()
    second = of_another_plan(releases)
    assert releases.find(second).vintage == 1
    releases.built(candidate=OTHER, release=second)
    assert past(releases, second) == {CANDIDATE}


def test_two_plans_built_side_by_side_are_not_both_published(releases):
    """Neither was looked at beside the other."""
    one, two = releases.approved(), releases.approved(candidate=OTHER, release=of_another_plan(releases))
    ordered(releases, one, CANDIDATE)
    with pytest.raises(order.PastChanged):
        ordered(releases, two, OTHER)
    assert order.PastChanged.code in codes()
    assert performed(releases) == one
    with pytest.raises(order.PastChanged):
        ordered(releases, two, OTHER)


def test_what_is_published_while_a_candidate_is_being_built_undoes_the_build(releases):
    slow = releases.find(of_another_plan(releases))
    with releases.worker.read() as reading:
        before = inputs.past(reading, slow)
    releases.published()
    with pytest.raises(InputsRefused) as refused, releases.worker.write() as tx:
        inputs.remember_past(tx, slow, before)
    assert refused.value.facts["reason"] == "release.past_changed"


def test_a_vintage_that_was_overtaken_is_not_built(releases):
    first = releases.published()
    late = releases.find(releases.vintage(first))
    with releases.worker.read() as reading, pytest.raises(InputsRefused) as refused:
        inputs.past(reading, replace(late, vintage=1))
    assert refused.value.facts["reason"] == "release.period_frozen"


def test_a_candidate_that_would_be_protected_otherwise_today_ends_and_keeps_no_new_vintage_away(releases):
    first = releases.published()
    second, asked = releases.vintage(first), []
    releases.approved(candidate="e" * 64, release=second)

    def other(found, contributors):
        asked.append((found.id, sorted(contributors)))
        return False

    assert not end_next(releases.worker, WORKER, NOON, lambda _found, _contributors: True)
    with pytest.raises(order.VintageOpen):
        releases.vintage(first)
    assert end_next(releases.worker, WORKER, NOON, other)
    assert asked == [(second, ["MAR", "TUN"])]
    assert (releases.state(second), releases.find(second).reason) == (ReleaseState.REFUSED, "release.plan_changed")
    assert releases.state(first) is ReleaseState.PUBLISHED, "what is out is asked nothing"
    assert not end_next(releases.worker, WORKER, NOON, other)
    assert releases.state(releases.vintage(first)) is ReleaseState.PLANNED

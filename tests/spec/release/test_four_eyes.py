"""Nothing is published that another person, of each contributing committee, has not approved as it is."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from amana.errors import Conflict, NotFound
from amana.release import ledger
from amana.release.approve import Choice, FourEyes, ReasonMissing
from amana.release.states import ReleaseState
from support.releases import CANDIDATE, STEWARD, officer


def test_a_release_is_approved_when_the_last_contributing_committee_has_approved(releases):
    release = releases.built("EGY", "MAR", "TUN")
    assert releases.decide(release, "TUN") is ReleaseState.BUILT
    assert releases.decide(release, "MAR") is ReleaseState.BUILT
    assert releases.decide(release, "EGY") is ReleaseState.APPROVED
    assert releases.find(release).state is ReleaseState.APPROVED
    with releases.web.read() as reading:
        assert sorted(one.committee for one in ledger.approvals(reading, release)) == ["EGY", "MAR", "TUN"]
    assert releases.events() == [*["candidate.approved"] * 3, "release.planned"]


def test_one_refusal_ends_it_for_all(releases):
    release = releases.built("MAR", "TUN")
    releases.decide(release, "MAR")
    assert releases.decide(release, "TUN", Choice.REFUSE) is ReleaseState.REFUSED
    assert releases.find(release).reason == "release.refused_by_committee"
    assert releases.events() == ["candidate.approved", "candidate.refused", "release.planned", "release.refused"]


@pytest.mark.parametrize("seen", [{"candidate": "e" * 64}, {"plan_digest": "e" * 64}])
def test_a_decision_holds_for_exactly_what_was_seen(releases, seen):
    release = releases.built("MAR")
    with pytest.raises(Conflict):
        releases.decide(release, "MAR", **seen)
    assert releases.state(release) is ReleaseState.BUILT
    assert releases.events() == ["release.planned"]


def test_who_planned_it_does_not_approve_it(releases):
    with pytest.raises(FourEyes):
        releases.decide(releases.built("MAR"), "MAR", by=STEWARD)


def test_nobody_decides_for_two_committees(releases):
    release = releases.built("MAR", "TUN")
    releases.decide(release, "MAR")
    with pytest.raises(FourEyes):
        releases.decide(release, "TUN", by=officer("MAR"))
    assert releases.state(release) is ReleaseState.BUILT


def test_a_committee_decides_once(releases):
    release = releases.built("MAR", "TUN")
    releases.decide(release, "MAR")
    with pytest.raises(Conflict):
        releases.decide(release, "MAR", Choice.REFUSE)
    assert releases.state(release) is ReleaseState.BUILT


def test_a_committee_that_contributed_nothing_has_nothing_to_decide(releases):
    with pytest.raises(NotFound):
        releases.decide(releases.built("MAR"), "EGY")


@pytest.mark.parametrize("reason", [None, "  "])
def test_a_refusal_says_why(releases, reason):
    with pytest.raises(ReasonMissing):
        releases.decide(releases.built("MAR"), "MAR", Choice.REFUSE, reason=reason)


def test_what_is_not_built_cannot_be_decided(releases):
    for release in (releases.approved("MAR"), releases.published("MAR")):
        with pytest.raises(Conflict):
            releases.decide(release, "MAR")


def test_of_committees_that_approve_at_one_moment_none_is_lost(releases):
    """Without a lock, each would count the others' approvals before they are there, and the release would wait."""
    committees = ("DZA", "EGY", "MAR", "TUN")
    release = releases.built(*committees)
    start, states = Barrier(len(committees)), []

    def approve(committee: str) -> None:
        start.wait()
        states.append(releases.decide(release, committee))

    threads = [Thread(target=approve, args=(committee,)) for committee in committees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == [ReleaseState.APPROVED, *[ReleaseState.BUILT] * 3]
    assert releases.state(release) is ReleaseState.APPROVED


def test_of_one_committees_two_officers_at_one_moment_one_decides(releases):
    release = releases.built("MAR", "TUN")
    start, outcomes = Barrier(2), []

    def act(choice: Choice, person: str) -> None:
        start.wait()
        try:
            outcomes.append(releases.decide(release, "MAR", choice, by=officer(person)))
        except Conflict:
            outcomes.append("conflict")

    threads = [Thread(target=act, args=pair) for pair in ((Choice.APPROVE, "ONE"), (Choice.REFUSE, "TWO"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("conflict") == 1
    with releases.web.read() as reading:
        assert len(ledger.approvals(reading, release)) == 1
    assert releases.find(release).candidate == CANDIDATE

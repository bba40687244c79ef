"""Work on a release is done by one worker at a time, and neither lost nor done twice."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy.exc import OperationalError

from amana import lease
from amana.release import claim
from amana.release.claim import ClaimLost
from amana.release.states import ReleaseState
from support.releases import LEASE, NOON

SECOND = timedelta(seconds=1)


def take(releases, at=NOON, lasts=LEASE):
    return claim.take(releases.worker, "worker", lasts, at, lambda _reading, _release: True)


def settle(releases, mine):
    with releases.worker.write() as tx:
        claim.settle(tx, mine, state=ReleaseState.REFUSED, reason="release.no_inputs")


def test_the_release_that_waited_longest_comes_first_and_only_once(releases):
    late, early = releases.planned(at=NOON), releases.planned(at=NOON - SECOND)
    assert [take(releases).release.id for _ in range(2)] == [early, late]
    assert take(releases) is None


def test_what_is_not_ready_is_left_alone(releases):
    releases.planned()
    assert claim.take(releases.worker, "worker", LEASE, NOON, lambda _reading, _release: False) is None
    assert take(releases).lease.attempt == 1


def test_an_expired_lease_is_claimed_anew_and_the_first_worker_writes_nothing(releases):
    release = releases.planned()
    first = take(releases)
    assert take(releases, NOON + LEASE) is None
    second = take(releases, NOON + LEASE + SECOND)
    assert (first.lease.attempt, second.lease.attempt) == (1, 2)
    with pytest.raises(ClaimLost):
        settle(releases, first)
    assert releases.state(release) is ReleaseState.PLANNED
    settle(releases, second)
    assert releases.state(release) is ReleaseState.REFUSED


def test_a_settled_claim_cannot_be_settled_again(releases):
    releases.planned()
    mine = take(releases)
    settle(releases, mine)
    with pytest.raises(ClaimLost):
        settle(releases, mine)


def test_of_two_workers_at_one_moment_one_has_the_claim(releases):
    releases.planned()
    start, claims = Barrier(2), []

    def work() -> None:
        start.wait()
        claims.append(take(releases))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(mine is not None for mine in claims) == 1


def test_a_lease_is_renewed_while_the_work_lasts(releases):
    releases.planned()
    mine = take(releases, lasts=timedelta(milliseconds=60))
    asked, later = Event(), NOON + 10 * LEASE

    def clock():
        asked.set()
        return later

    with lease.kept(releases.worker, mine.lease, clock):
        assert asked.wait(10)
        asked.clear()
        assert asked.wait(10)  # the second beat begins after the first was written
    assert take(releases, later) is None
    assert take(releases, later + SECOND).lease.attempt == 2


def test_a_renewal_that_fails_is_left_to_the_next(releases, monkeypatch):
    releases.planned()
    mine = take(releases, lasts=timedelta(milliseconds=60))
    beats, write = [], type(releases.worker).write
    seen = Event()

    def first_fails(self):
        beats.append(1)
        if len(beats) == 1:
            raise OperationalError("UPDATE release", {}, Exception("database is locked"))
        if len(beats) > 2:
            seen.set()  # the second has been written
        return write(self)

    monkeypatch.setattr(type(releases.worker), "write", first_fails)
    with lease.kept(releases.worker, mine.lease, lambda: NOON + 10 * LEASE):
        assert seen.wait(10)
    monkeypatch.undo()
    assert take(releases, NOON + 10 * LEASE) is None

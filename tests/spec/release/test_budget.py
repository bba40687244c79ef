"""What noise costs is written down before it is drawn, is never taken back, and never goes beyond what was promised."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from amana.policy.noise import Noise
from amana.release import budget, ledger
from amana.release.budget import BudgetExceeded, DrawLost
from support.releases import NOON, WORKER, Releases

PROMISE = Noise(one_in=1_000_000, lifetime_epsilon=4, committees=2, periods=2)
ALL = budget.cost(4, PROMISE)


def debit(releases: Releases, release: str, micro_rho: int, period: str = "2022") -> None:
    with releases.worker.read() as reading:
        found = replace(ledger.find(reading, release), period=period)
    budget.debit(releases.worker, found, micro_rho, PROMISE, by=WORKER, now=NOON)


def spent(releases: Releases) -> list[tuple[str, int]]:
    with releases.worker.read() as reading:
        return [(one.release, one.micro_rho) for one in budget.debits(reading)]


def test_a_debit_is_one_line_and_one_event(releases):
    release = releases.planned()
    debit(releases, release, 1_000)
    assert spent(releases) == [(release, 1_000)]
    assert releases.events().count("budget.debited") == 1


def test_a_second_draw_at_the_same_cost_is_refused(releases):
    release = releases.planned()
    debit(releases, release, 1_000)
    with pytest.raises(DrawLost):
        debit(releases, release, 1_000)
    assert spent(releases) == [(release, 1_000)]


def test_what_goes_beyond_the_lifetime_is_refused_and_nothing_is_spent(releases):
    debit(releases, first := releases.planned(), ALL)
    with pytest.raises(BudgetExceeded):
        debit(releases, releases.planned(), 1, period="2023")
    assert spent(releases) == [(first, ALL)]


def test_only_so_many_years_of_one_person_add_up(releases):
    """Two periods may hold one person: the third is free as long as any two of the three fit."""
    half = ALL // 2
    for period in ("2021", "2022", "2023"):
        debit(releases, releases.planned(), half, period)
    with pytest.raises(BudgetExceeded):
        debit(releases, releases.planned(), 2, period="2023")


def test_two_releases_of_one_year_add_up(releases):
    debit(releases, releases.planned(), ALL - 1)
    with pytest.raises(BudgetExceeded):
        debit(releases, releases.planned(), 2)


def test_two_workers_cannot_both_spend_the_last_of_it(releases):
    planned = [releases.planned() for _ in range(6)]

    def attempt(release: str) -> bool:
        try:
            debit(releases, release, ALL)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, planned)) == 1
    assert len(spent(releases)) == 1


@pytest.mark.parametrize(
    ("committees", "share"),
    [(2, 4), (3, 9)],
)
def test_a_person_registered_by_several_committees_costs_their_square(committees, share):
    assert budget.of_record(900_000, replace(PROMISE, committees=committees)) == pytest.approx(0.9 / share)


def test_the_whole_promise_may_be_spent_at_once():
    assert 0 < budget.cost(1, PROMISE) < budget.cost(4, PROMISE)

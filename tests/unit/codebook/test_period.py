"""A year that cannot be meant is refused at once, and not repeated."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from amana.codebook.model import Codebook
from amana.codebook.period import PeriodImplausible, check_period, last_day

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("period", ["2000", "2022", "2026", "2022-Q1", "2026-Q4"])
def test_a_year_that_can_be_meant_is_taken(book: Codebook, period: str) -> None:
    for flow in book.dataflows.values():
        check_period(flow, period, NOON)


@pytest.mark.parametrize("period", ["1850", "1999", "2027", "1999-Q4", "2999"])
def test_another_is_refused_with_the_years_that_are_taken(book: Codebook, period: str) -> None:
    with pytest.raises(PeriodImplausible) as caught:
        check_period(book.dataflow("VICTIMS"), period, NOON)
    assert caught.value.facts == {"first": 2000, "last": 2026}


@pytest.mark.parametrize(
    ("period", "day"),
    [("2022", date(2022, 12, 31)), ("2024-Q1", date(2024, 3, 31)), ("2024-Q2", date(2024, 6, 30))],
)
def test_a_period_ends_on_its_last_day(period: str, day: date) -> None:
    assert last_day(period) == day

"""The calendar against a slow clock: marks are counted one by one, and what is shown never tells what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from amana.audit.tlog.calendar import Calendar

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
DIVISORS = [interval for interval in range(1, 86_401) if 86_400 % interval == 0]
calendars = st.builds(Calendar, st.sampled_from(DIVISORS[20:]), st.integers(1, 300))
seconds = st.integers(0, 86_399)


@given(calendars, seconds, st.integers(0, 999_999))
def test_the_mark_is_the_last_that_a_slow_clock_counted(calendar: Calendar, second: int, micro: int):
    counted = max(mark for mark in range(0, 86_400, calendar.interval) if mark <= second)
    now = MIDNIGHT + timedelta(seconds=second, microseconds=micro)
    assert calendar.mark(now) == MIDNIGHT + timedelta(seconds=counted)


@given(calendars, st.lists(seconds, min_size=1, max_size=40))
def test_each_mark_is_shown_once_by_a_clock_that_goes_forward(calendar: Calendar, looks: list[int]):
    last: datetime | None = None
    shown: list[datetime] = []
    for second in sorted(looks):
        now = MIDNIGHT + timedelta(seconds=second)
        if calendar.is_due(now, last):
            last = calendar.mark(now)
            shown.append(last)
    assert shown == sorted({calendar.mark(MIDNIGHT + timedelta(seconds=second)) for second in looks})


@given(calendars, st.lists(st.integers(0, 700), min_size=1, max_size=20))
def test_sizes_grow_by_whole_blocks_and_by_one_while_less_than_a_block_happens(calendar: Calendar, events: list[int]):
    size = 0
    for happened in events:
        after = calendar.size_after(size + happened)
        blocks = 1
        while size + blocks * calendar.block <= size + happened:
            blocks += 1
        assert after == size + blocks * calendar.block
        size = after

"""Shares and changes as a page prints them: in the reader's numbers, with where a bar and its whisker end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from amana.dissemination import indicators
from amana.dissemination.indicators import NOT_GIVEN
from amana.dissemination.slice import Row
from amana.web.locale import number

_PERCENT: Final = 100


@dataclass(frozen=True)
class Bar:
    """A share drawn, in percent of the whole. low, high: the ends of its whisker, equal where nothing is unsure."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Told:
    """One share or change. value: "–" where there is none to give; low, high: its interval, None where it is exact.

    status: ``reliable``, ``unreliable`` or ``withheld``. bar: of a share that there is, and that is not the whole.
    """

    kind: Literal["share", "change"]
    value: str
    low: str | None
    high: str | None
    status: str
    bar: Bar | None


def told_of(row: Row) -> tuple[Told, ...]:
    """Return what there is to say of a cell beside its figure; under the mark of a hidden one there is nothing."""
    share, change = indicators.told(row.share), indicators.told(row.change)
    found = ([] if share is None else [_share(share)]) + ([] if change is None else [_change(change)])
    return tuple(each for each in found if row.value is not None or each.status != NOT_GIVEN)


def _share(said: indicators.Told) -> Told:
    value, low, high = said.value, said.lower, said.upper
    ends = (0.0 if low is None else low * _PERCENT, _PERCENT if high is None else min(1.0, high) * _PERCENT)
    bar = (
        None
        if value is None or (value == low == high == 1)
        else Bar(round(value * _PERCENT, 2), round(ends[0], 2), round(ends[1], 2))
    )
    exact = said.status == NOT_GIVEN or low == high
    least, most = (None, None) if exact else (_percent(ends[0]), _percent(ends[1]))
    return Told("share", "–" if value is None else _percent(value * _PERCENT), least, most, said.status, bar)


def _change(said: indicators.Told) -> Told:
    value, low, high = said.value, said.lower, said.upper
    least, most = (None, None) if low is None or high is None or low == high else (_signed(low), _signed(high))
    return Told("change", "–" if value is None else _signed(value), least, most, said.status, None)


def _percent(value: float) -> str:
    return number(round(value, 1))


def _signed(persons: float) -> str:
    """Return a difference in whole persons with its sign."""
    whole = round(persons)
    return f"{'+' if whole > 0 else '−' if whole < 0 else '±'}{number(abs(whole))}"

"""Subtraction: a pencil and one published sum at a time, over again until nothing new comes out.

Runs in: worker, and anywhere an attacker may sit.   Sees: what one party knows.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from amana.disclosure.attacks.picture import FAR, Knowledge, Picture
from amana.disclosure.table import Flags, Numbers

_ROUNDS: Final = 60  # a pencil gives up; real tables are still after about twenty


class Lines:
    """The sums in which something is unknown, laid out for going through them over and over.

    One layout serves every party: who knows more starts from tighter bounds.
    """

    def __init__(self, picture: Picture) -> None:
        self._free = np.flatnonzero(picture.lower < picture.upper)
        rows = picture.sums[:, self._free].tocsr()
        open_rows = np.flatnonzero(np.diff(rows.indptr))
        rows = rows[open_rows]
        known = np.where(picture.lower < picture.upper, 0, picture.lower)
        self._given = picture.sums[open_rows] @ known
        self._column, self._plus = rows.indices, rows.data > 0
        self._starts = rows.indptr[:-1]
        self._row = np.repeat(np.arange(len(open_rows)), np.diff(rows.indptr))
        self._by_column = np.argsort(self._column, kind="stable")
        self._met, self._column_starts = np.unique(self._column[self._by_column], return_index=True)

    def narrow(self, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers]:
        """Return (n,) and (n,): what adding and subtracting along single sums tells, from what is known at first."""
        low, high = lower[self._free], upper[self._free]
        for _ in range(_ROUNDS if len(self._column) else 0):
            before = low, high
            low, high = self._once(low, high)
            if np.array_equal(low, before[0]) and np.array_equal(high, before[1]):
                break
        found_lower, found_upper = lower.copy(), upper.copy()
        found_lower[self._free], found_upper[self._free] = low, high
        return found_lower, found_upper

    def _once(self, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
        least = np.where(self._plus, low[self._column], -high[self._column])
        most = np.where(self._plus, high[self._column], -low[self._column])
        others_least = (np.add.reduceat(least, self._starts) + self._given)[self._row] - least
        others_most = (np.add.reduceat(most, self._starts) + self._given)[self._row] - most
        at_least = np.where(self._plus, -others_most, others_least)[self._by_column]
        at_most = np.where(self._plus, -others_least, others_most)[self._by_column]
        low, high = low.copy(), high.copy()
        low[self._met] = np.maximum(low[self._met], np.maximum.reduceat(at_least, self._column_starts))
        high[self._met] = np.minimum(high[self._met], np.minimum.reduceat(at_most, self._column_starts))
        return low, high


def subtraction(picture: Picture, knowledge: Knowledge, lines: Lines | None = None) -> tuple[Numbers, Numbers]:
    """Return the least and the most that each quantity can be, (n,) persons each, as far as a pencil goes.

    lines: laid out before, when several parties look at one picture.
    """
    return (lines or Lines(picture)).narrow(knowledge.lower, np.minimum(knowledge.upper, FAR))


def told_exactly(picture: Picture, knowledge: Knowledge, lower: Numbers, upper: Numbers) -> Flags:
    """Return (n,) the secrets that are a single value, or that can only be small."""
    tight = (lower >= upper) | (upper < picture.least_count)
    found: Flags = knowledge.wanted & tight & ~_harmless(picture, lower, upper)
    return found


def told_present(picture: Picture, knowledge: Knowledge, lower: Numbers) -> Flags:
    """Return (n,) the secrets that surely hold somebody whom the party does not know, and need not be large."""
    found: Flags = knowledge.wanted & (lower > knowledge.floor) & (lower < picture.least_count)
    return found


def _harmless(picture: Picture, lower: Numbers, upper: Numbers) -> Flags:
    """Return (n,) the rests that tell nothing: a rest carries no mark, so it may be seen to be large, or openly 0."""
    rest = np.arange(len(lower)) >= len(picture.number)
    harmless: Flags = rest & ((lower >= picture.least_count) | ((picture.mark > 0) & (upper == 0)))
    return harmless

"""Bounds: what one party knows, how far that narrows each quantity, and how far worlds have widened it.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells, and what one party knows besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.checker.exchanges import Exchanges
from amana.disclosure.table import Flags, Numbers

FAR: Final = 2**40  # persons: no upper bound is known; sums of it stay exact in float64
_SWEEPS: Final = 100  # of plain subtraction; more would only help against a publication that contradicts itself


class Contradiction(Exception):
    """No world fits what is known."""


@dataclass(frozen=True)
class Question:
    """What one party knows, and what must stay open to it. All (n,), persons.

    lower, upper: the bounds known at first; equal where known, FAR where nothing is.
    wanted:       whose interval must contain [floor, ceiling], or start at the ceiling and be no point.
    old:          a figure that must be possible besides, -1 where there is none.
    loose:        what may be a single value, if that is k at least.
    stood:        what was shown before: that somebody is there was told then, and the floor need not be possible.
    step:         which are steps from an old figure: no change must be possible, or one of k persons at least be sure;
                  nothing else is asked of them, and they may be below 0.
    """

    lower: Numbers
    upper: Numbers
    floor: Numbers
    ceiling: Numbers
    wanted: Flags
    old: Numbers
    loose: Flags
    stood: Flags
    step: Flags

    def of(self, some: Numbers) -> Question:
        """Return what is asked of some, and of one more behind them, which is known to be 1."""
        behind = {"lower": 1, "upper": 1, "old": -1}
        return Question(
            **{name: np.append(each[some], each.dtype.type(behind.get(name, 0))) for name, each in vars(self).items()}
        )


class Bounds:
    """One party with its question: it narrows the bounds from outside and widens what was seen from inside.

    seen_least, seen_most: (n,) the range over all worlds found so far.
    """

    def __init__(self, equations: sparse.csc_matrix, coarse: Flags, question: Question, exchanges: Exchanges) -> None:
        """Begin with what is known. coarse: (n,) which quantities are sums of others."""
        self.equations, self.coarse, self.question, self.exchanges = equations, coarse, question, exchanges
        self.lower, self.upper = question.lower.copy(), np.minimum(question.upper, FAR)
        self.seen_least, self.seen_most = np.full(len(self.lower), FAR), np.where(question.step, -FAR, -1)
        self.world = np.zeros(0, dtype=np.int64)  # the last that was found; empty before the first
        self.chance = np.random.default_rng(0)  # the order of the search; no secret

    def cleared(self) -> Flags:
        """Return (n,) whose interval is wide enough, as worlds show."""
        asked, old = self.question, self.question.old
        several = asked.loose | (self.seen_most > self.seen_least)
        contains = ((self.seen_least <= asked.floor) | (asked.stood & several)) & (self.seen_most >= asked.ceiling)
        above = (self.lower >= asked.ceiling) & several
        remembers = (old < 0) | ((self.seen_least <= old) & (old <= self.seen_most)) | (self._gap() >= asked.ceiling)
        found: Flags = (contains | above | asked.step) & remembers
        return found

    def convicted(self) -> Flags:
        """Return (n,) whose interval is not, as bounds show: a point, below the ceiling, between floor and ceiling."""
        asked = self.question
        between = (self.lower > asked.floor) & (self.seen_least < asked.ceiling) & ~asked.stood
        point = (self.lower == self.upper) & ~(asked.loose & (self.lower >= asked.ceiling))
        narrow = (point | (self.upper < asked.ceiling) | between) & ~asked.step
        found: Flags = asked.wanted & (narrow | self.forgets())
        return found

    def forgets(self) -> Flags:
        """Return (n,) which cannot be the old figure any more, and in some world are less than the ceiling away."""
        old = self.question.old
        near = np.maximum(self.seen_least - old, old - self.seen_most)
        found: Flags = (self._gap() > 0) & (near < self.question.ceiling)
        return found

    def _gap(self) -> Numbers:
        """Return (n,) persons between the old figure and what is possible; 0 or less where there is none."""
        old = self.question.old
        return np.where(old < 0, 0, np.maximum(self.lower - old, old - self.upper))

    def open(self) -> Flags:
        """Return (n,) which wanted quantities are neither cleared nor convicted yet."""
        return self.question.wanted & ~self.cleared() & ~self.convicted()

    def ends_met(self, quantity: int) -> bool:
        """Say whether worlds go as far as the bounds let one quantity go, so that both are exact."""
        seen, bounds = (self.seen_least, self.seen_most), (self.lower, self.upper)
        return all(one[quantity] == other[quantity] for one, other in zip(seen, bounds, strict=True))

    def accept(self, world: Numbers) -> bool:
        """Take a table as a world if it fits everything known exactly, and say whether it does."""
        fits = (world >= self.lower).all() and (world <= self.upper).all() and not (self.equations @ world).any()
        if fits:
            self.world = world
            self.seen_least, self.seen_most = np.minimum(self.seen_least, world), np.maximum(self.seen_most, world)
        return bool(fits)

    def hear(self, other: Bounds) -> None:
        """Take over what is certain from another party with the same equations: worlds, or what no world can be.

        The worlds of who knows more are worlds for who knows less; what this one can rule out, that one can.
        """
        mine, others = self.question, other.question
        if (mine.lower <= others.lower).all() and (mine.upper >= others.upper).all():
            self.seen_least = np.minimum(self.seen_least, other.seen_least)
            self.seen_most = np.maximum(self.seen_most, other.seen_most)
        elif (mine.lower >= others.lower).all() and (mine.upper <= others.upper).all():
            self.lower, self.upper = np.maximum(self.lower, other.lower), np.minimum(self.upper, other.upper)

    def subtract(self) -> None:
        """Tighten the bounds by plain addition and subtraction, line after line.

        Raises Contradiction when a lower bound passes an upper one.
        """
        lines = self.equations.tocsr()
        row, column, plus = np.repeat(np.arange(lines.shape[0]), np.diff(lines.indptr)), lines.indices, lines.data > 0
        for _ in range(_SWEEPS):
            least = np.where(plus, self.lower[column], -self.upper[column])
            most = np.where(plus, self.upper[column], -self.lower[column])
            others_least = np.bincount(row, least, lines.shape[0])[row] - least
            others_most = np.bincount(row, most, lines.shape[0])[row] - most
            lower, upper = self.lower.copy(), self.upper.copy()
            np.maximum.at(lower, column, np.where(plus, -others_most, others_least).astype(np.int64))
            np.minimum.at(upper, column, np.where(plus, -others_least, others_most).astype(np.int64))
            if (lower > upper).any():
                raise Contradiction
            if np.array_equal(lower, self.lower) and np.array_equal(upper, self.upper):
                return
            self.lower, self.upper = lower, upper

    def wish(self, coin: Flags) -> Numbers:
        """Return (n,) 1 for what should rise, -1 for what should fall, 0 for what does not matter."""
        asked, unmet = self.question, self.open()
        up = unmet & (self.seen_most < np.where(asked.step, asked.old, np.maximum(asked.ceiling, asked.old)))
        down = unmet & (self.seen_least > np.where(asked.old < 0, asked.floor, np.minimum(asked.floor, asked.old)))
        return np.where(up & ~(down & coin), 1, np.where(down, -1, 0))

"""Intervals: what a reader can derive about the hidden cells from published ones. The checker's arithmetic.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells, and what one party knows besides.
A quantity is cleared by worlds: tables in whole numbers that fit everything known. The solver (HiGHS) proposes the
first, which is verified exactly; exchanges lead from it to others. A quantity is convicted by a bound: from subtraction
line after line, from exact determinacy, or from linear programming.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.checker.bounds import Bounds
from amana.disclosure.checker.determinacy import determined
from amana.disclosure.checker.exchanges import Exchanges
from amana.disclosure.checker.programme import Programme
from amana.disclosure.table import Flags, Numbers

_STRIDE: Final = 1024  # persons: the most that one step of a walk moves
_WORTH: Final = (10.0, 50.0, 250.0)  # how many persons may move elsewhere for one that moves where it is asked for
_PAYS: Final = 0.97  # share of open quantities left by a search above which the next is a dearer one
_ENOUGH: Final = 40  # convicted quantities after which the verdict is clear, and no more programmes are run
_TIRED: Final = 8  # steps of a walk without anything cleared after which it ends


class Reader(Bounds):
    """One party with its question, that searches until the question is answered."""

    def begin(self) -> Programme:
        """Find one world, unless there is one, and return the programme that did. Raises Contradiction."""
        self.subtract()
        programme = Programme(self)
        if (self.lower == self.upper).all():
            self.accept(self.lower)  # nothing is left to search; subtraction has checked every line
        if not len(self.world):
            programme.first(self.question.floor + self.chance.integers(0, 2 * self.question.ceiling + 1))
        return programme

    def read(self) -> None:
        """Search until every wanted quantity is cleared or convicted, or the verdict is clear, or patience ends.

        Raises Contradiction when no world fits what is known.
        """
        programme = self.begin()
        for worth in _WORTH:
            before = len(self.lower) + 1
            while len(self.world) and 0 < (now := int(self.open().sum())) < before * _PAYS:
                before = now
                self.walk()
                programme.stroll(worth)
        if len(self.world) and self.open().any():
            self._determine(self.world)
            for quantity in np.flatnonzero(self.open()):
                if int(self.convicted().sum()) < _ENOUGH:
                    programme.ask(int(quantity))

    def stretch(self, quantities: Numbers) -> None:
        """Find out how far some quantities go, whether or not that is still asked; nothing where no world was found."""
        if len(quantities) and len(self.world):
            programme = Programme(self)
            for quantity in quantities.tolist():
                programme.stretch(quantity)

    def walk(self) -> None:
        """Go from world to world by exchanges, towards what is open, while that clears anything."""
        self.exchanges.aim(self.open(), self.world, self.chance)
        free = np.flatnonzero(self.lower < self.upper)
        walker = self._over(free)
        tired, before = 0, int(walker.open().sum())
        coin = self.chance.random(len(walker.lower)) < 0.5  # noqa: PLR2004 - a fair coin
        while before and tired < _TIRED and len(walker.exchanges.start):
            walker._step(walker.exchanges, coin)  # noqa: SLF001 - one of ours
            now = int(walker.open().sum())
            tired, before = (0 if now < before else tired + 1), now
        self.seen_least[free], self.seen_most[free] = walker.seen_least[:-1], walker.seen_most[:-1]
        world = self.world.copy()
        world[free] = walker.world[:-1]
        self.accept(world)

    def _over(self, free: Numbers) -> Reader:
        """Return the same reader over what is free alone, which is little of very large publications.

        free: (f,) quantities. All others, which are known, are one more at the end: it is 1, and stands in each
        equation for their sum.
        """
        known = self.lower == self.upper
        rest = sparse.csc_matrix((self.equations[:, known] @ self.lower[known])[:, None])
        equations = sparse.hstack([self.equations[:, free], rest]).tocsr()
        equations = equations[np.diff(equations.indptr) > 0].tocsc()
        coarse, question = np.append(self.coarse[free], np.False_), self.question.of(free)
        found = Reader(equations, coarse, question, self.exchanges.among(~known))
        found.lower, found.upper = np.append(self.lower[free], 1), np.append(self.upper[free], 1)
        found.seen_least, found.seen_most = np.append(self.seen_least[free], 1), np.append(self.seen_most[free], 1)
        found.world, found.chance = np.append(self.world[free], 1), self.chance
        return found

    def _step(self, moves: Exchanges, coin: Flags) -> None:
        """Look at every world that is one exchange away, and go to one that is many disjoint exchanges away."""
        world = self.world
        cell, sign, start = moves.cell, moves.sign, moves.start
        above, below = self.upper[cell] - world[cell], world[cell] - self.lower[cell]
        size = np.abs(sign)
        up = np.minimum(np.minimum.reduceat(np.where(sign > 0, above, below) // size, start), _STRIDE)
        down = np.minimum(np.minimum.reduceat(np.where(sign > 0, below, above) // size, start), _STRIDE)
        rise, fall = np.where(sign > 0, up[moves.of], down[moves.of]), np.where(sign > 0, down[moves.of], up[moves.of])
        np.maximum.at(self.seen_most, cell, world[cell] + size * rise)
        np.minimum.at(self.seen_least, cell, world[cell] - size * fall)
        wish = self.wish(coin)
        score = np.add.reduceat(np.sign(sign) * wish[cell], start)
        forward = np.where(score == 0, self.chance.random(len(start)) < 0.5, score > 0)  # noqa: PLR2004
        most = np.where(forward, up, down)
        length = np.where(score == 0, (self.chance.random(len(start)) * (most + 1)).astype(np.int64), most)
        rank = np.where(length > 0, np.abs(score) + self.chance.random(len(start)), -1.0)
        best = np.full(len(world), -0.5)
        np.maximum.at(best, cell, rank[moves.of])
        chosen = np.logical_and.reduceat(best[cell] == rank[moves.of], start)[moves.of]
        after = world.copy()
        after[cell[chosen]] += (sign * np.where(forward, length, -length)[moves.of])[chosen]
        if not self.accept(after):
            raise AssertionError("an exchange led out of the worlds")

    def _determine(self, world: Numbers) -> None:
        """Convict what the equations determine, and what they do not may still be narrow."""
        free = np.flatnonzero(self.lower < self.upper)
        fixed = free[determined(self.equations[:, free], self.chance)]
        self.lower[fixed] = self.upper[fixed] = world[fixed]

"""Intervals: what a reader can derive about the hidden cells from published ones. The checker's arithmetic.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells, and what one party knows besides.
A quantity is cleared by worlds: tables in whole numbers that fit everything known. The solver (HiGHS) proposes the
first, which is verified exactly; exchanges lead from it to others. A quantity is convicted by a bound: from subtraction
line after line, from exact determinacy, or from linear programming.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.determinacy import determined
from amana.disclosure.exchanges import Exchanges, components

FAR: Final = 2**40  # persons: no upper bound is known; sums of it stay exact in float64
_CLOSE: Final = 1e-6  # persons: a solver's answer is that near to a whole number, or it is none
_SWEEPS: Final = 100  # of plain subtraction; more would only help against a publication that contradicts itself
_PATIENCE: Final = 20.0  # seconds for one programme in whole numbers; what it does not answer is not cleared
_FEASIBLE: Final = int(highspy.SolutionStatus.kSolutionStatusFeasible)
_STRIDE: Final = 1024  # persons: the most that one step of a walk moves
_WORTH: Final = (10.0, 50.0, 250.0)  # how many persons may move elsewhere for one that moves where it is asked for
_PAYS: Final = 0.97  # share of open quantities left by a search above which the next is a dearer one
_ENOUGH: Final = 40  # convicted quantities after which the verdict is clear, and no more programmes are run
_TIRED: Final = 8  # steps of a walk without anything cleared after which it ends

Numbers = NDArray[np.int64]
Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Contradiction(Exception):
    """No world fits what is known."""


@dataclass(frozen=True)
class Question:
    """What one party knows, and what must stay open to it. All (n,), persons.

    lower, upper: the bounds known at first; equal where known, FAR where nothing is.
    wanted:       whose interval must contain [floor, ceiling], or start at the ceiling and be no point.
    old:          a figure that must be possible besides, -1 where there is none.
    """

    lower: Numbers
    upper: Numbers
    floor: Numbers
    ceiling: Numbers
    wanted: Flags
    old: Numbers


class Reader:
    """One party with its question: it narrows the bounds from outside and widens what was seen from inside.

    seen_least, seen_most: (n,) the range over all worlds found so far.
    """

    def __init__(self, equations: sparse.csc_matrix, coarse: Flags, question: Question, exchanges: Exchanges) -> None:
        """Begin with what is known. coarse: (n,) which quantities are sums of others."""
        self.equations, self.coarse, self.question, self.exchanges = equations, coarse, question, exchanges
        self.lower, self.upper = question.lower.copy(), np.minimum(question.upper, FAR)
        self.seen_least, self.seen_most = np.full(len(self.lower), FAR), np.full(len(self.lower), -1)
        self.world = np.zeros(0, dtype=np.int64)  # the last that was found; empty before the first
        self._chance = np.random.default_rng(0)  # the order of the search; no secret

    def cleared(self) -> Flags:
        """Return (n,) whose interval is wide enough, as worlds show."""
        asked, old = self.question, self.question.old
        contains = (self.seen_least <= asked.floor) & (self.seen_most >= asked.ceiling)
        above = (self.lower >= asked.ceiling) & (self.seen_most > self.seen_least)
        remembers = (old < 0) | ((self.seen_least <= old) & (old <= self.seen_most)) | (self._gap() >= asked.ceiling)
        found: Flags = (contains | above) & remembers
        return found

    def convicted(self) -> Flags:
        """Return (n,) whose interval is not, as bounds show: a point, below the ceiling, between floor and ceiling."""
        asked = self.question
        between = (self.lower > asked.floor) & (self.seen_least < asked.ceiling)
        point = self.lower == self.upper
        found: Flags = asked.wanted & (point | (self.upper < asked.ceiling) | between | self.forgets())
        return found

    def forgets(self) -> Flags:
        """Return (n,) which cannot be the old figure any more, and may be less than the ceiling away from it."""
        gap = self._gap()
        found: Flags = (gap > 0) & (gap < self.question.ceiling)
        return found

    def _gap(self) -> Numbers:
        """Return (n,) persons between the old figure and what is possible; 0 or less where there is none."""
        old = self.question.old
        return np.where(old < 0, 0, np.maximum(self.lower - old, old - self.upper))

    def open(self) -> Flags:
        """Return (n,) which wanted quantities are neither cleared nor convicted yet."""
        return self.question.wanted & ~self.cleared() & ~self.convicted()

    def accept(self, world: Numbers) -> bool:
        """Take a table as a world if it fits everything known exactly, and say whether it does."""
        fits = (world >= self.lower).all() and (world <= self.upper).all() and not (self.equations @ world).any()
        if fits:
            self.world = world
            self.seen_least, self.seen_most = np.minimum(self.seen_least, world), np.maximum(self.seen_most, world)
        return bool(fits)

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

    def begin(self) -> _Programme:
        """Find one world, unless there is one, and return the programme that did. Raises Contradiction."""
        self.subtract()
        programme = _Programme(self)
        if (self.lower == self.upper).all():
            self.accept(self.lower)  # nothing is left to search; subtraction has checked every line
        if not len(self.world):
            programme.first(self.question.floor + self._chance.integers(0, 2 * self.question.ceiling + 1))
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

    def walk(self) -> None:
        """Go from world to world by exchanges, towards what is open, while that clears anything."""
        coin = self._chance.random(len(self.lower)) < 0.5  # noqa: PLR2004 - a fair coin
        tired, before = 0, int(self.open().sum())
        self.exchanges.aim(self.open(), self.world, self._chance)
        while before and tired < _TIRED and len(self.exchanges.start):
            self._step(coin)
            now = int(self.open().sum())
            tired, before = (0 if now < before else tired + 1), now

    def _step(self, coin: Flags) -> None:
        """Look at every world that is one exchange away, and go to one that is many disjoint exchanges away."""
        moves, world = self.exchanges, self.world
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
        forward = np.where(score == 0, self._chance.random(len(start)) < 0.5, score > 0)  # noqa: PLR2004
        most = np.where(forward, up, down)
        length = np.where(score == 0, (self._chance.random(len(start)) * (most + 1)).astype(np.int64), most)
        rank = np.where(length > 0, np.abs(score) + self._chance.random(len(start)), -1.0)
        best = np.full(len(world), -0.5)
        np.maximum.at(best, cell, rank[moves.of])
        chosen = np.logical_and.reduceat(best[cell] == rank[moves.of], start)[moves.of]
        after = world.copy()
        after[cell[chosen]] += (sign * np.where(forward, length, -length)[moves.of])[chosen]
        if not self.accept(after):
            raise AssertionError("an exchange led out of the worlds")

    def wish(self, coin: Flags) -> Numbers:
        """Return (n,) 1 for what should rise, -1 for what should fall, 0 for what does not matter."""
        asked, unmet = self.question, self.open()
        up = unmet & (self.seen_most < np.maximum(asked.ceiling, asked.old))
        down = unmet & (self.seen_least > np.where(asked.old < 0, asked.floor, np.minimum(asked.floor, asked.old)))
        return np.where(up & ~(down & coin), 1, np.where(down, -1, 0))

    def _determine(self, world: Numbers) -> None:
        """Convict what the equations determine, and what they do not may still be narrow."""
        free = np.flatnonzero(self.lower < self.upper)
        fixed = free[determined(self.equations[:, free], self._chance)]
        self.lower[fixed] = self.upper[fixed] = world[fixed]


class _Programme:
    """Linear programmes over what one reader does not know, as changes from a table: cost, and how far each may go."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._free = np.flatnonzero(reader.lower < reader.upper)
        lines = reader.equations[:, self._free].tocsr()
        self._rows = np.flatnonzero(np.diff(lines.indptr))
        self._lines = lines[self._rows].tocsc()
        self._chance = np.random.default_rng(1)  # uneven prices, so that ties are rare; no secret

    def first(self, near: Numbers) -> None:
        """Find a world as near as may be to a table. Raises Contradiction when there is none, even among fractions."""
        start = np.clip(near, self._reader.lower, self._reader.upper)
        found, bound = self._change(start, self._prices(), self._prices())
        if bound == np.inf:
            raise Contradiction
        self._take(start, found)

    def stroll(self, worth: float) -> None:
        """Find a world in which as many open quantities as possible rise or fall, and as little else as possible."""
        reader, world = self._reader, self._reader.world
        wish = reader.wish(self._chance.random(len(reader.lower)) < 0.5)[self._free]  # noqa: PLR2004 - a fair coin
        goal_up = np.maximum(reader.question.ceiling, reader.question.old)[self._free] - world[self._free]
        low = np.where(reader.question.old < 0, FAR, reader.question.old)
        goal_down = world[self._free] - np.minimum(reader.question.floor, low)[self._free]
        up, down = self._prices(), self._prices()
        reward = -worth * self._prices()
        found, _ = self._change(
            world,
            np.where(wish > 0, reward, up),
            np.where(wish < 0, reward, down),
            most_up=np.where(wish > 0, goal_up, FAR),
            most_down=np.where(wish < 0, goal_down, FAR),
        )
        self._take(world, found, straight=worth > _WORTH[0])

    def ask(self, quantity: int) -> None:
        """Ask for the least and the most of one quantity, first in fractions, then in whole numbers."""
        reader = self._reader
        only = (self._free == quantity).astype(np.float64)
        for whole in (False, True):
            for way in (only, -only):
                if reader.open()[quantity]:
                    self._bound(quantity, way, whole=whole)

    def _bound(self, quantity: int, way: Vector, *, whole: bool) -> None:
        """Move one quantity as far down (way 1) or up (-1) as it goes, but no further up than is asked for."""
        reader, world = self._reader, self._reader.world
        asked, now = reader.question, int(world[quantity])
        limit = max(asked.ceiling[quantity], asked.old[quantity], int(reader.seen_least[quantity]) + 1, now)
        room = np.where(way != 0, limit - now, FAR)
        found, best = self._change(world, way, -way, most_up=room, whole=whole)
        self._take(world, found)
        if found is None:
            return
        if way.sum() > 0:
            reader.lower[quantity] = max(reader.lower[quantity], int(np.ceil(now + best - _CLOSE)))
        elif now - best < limit - _CLOSE:
            reader.upper[quantity] = min(reader.upper[quantity], int(np.floor(now - best + _CLOSE)))

    def _prices(self) -> Vector:
        return self._chance.uniform(1.0, 1.5, len(self._free))

    def _change(
        self,
        table: Numbers,
        price_up: Vector,
        price_down: Vector,
        *,
        most_up: Numbers | int = FAR,
        most_down: Numbers | int = FAR,
        whole: bool = False,
    ) -> tuple[Vector | None, float]:
        """Return the cheapest change (free,) of a table into one that fits, and what no change can cost less than.

        Each quantity may rise by at most ``most_up`` and fall by at most ``most_down``. None where nothing fits, or
        where patience ended.
        """
        reader, here = self._reader, table[self._free]
        high = np.concatenate([reader.upper[self._free] - here, here - reader.lower[self._free]])
        high = np.minimum(high, np.concatenate(np.broadcast_arrays(most_up, most_down, here)[:2]))
        rest = -(reader.equations @ table)[self._rows]
        both, price = sparse.hstack([self._lines, -self._lines]).tocsc(), np.concatenate([price_up, price_down])
        found, bound = _least(both, rest, np.zeros_like(high), high, price, whole=np.full(len(high), whole))
        return None if found is None else found[: len(here)] - found[len(here) :], bound

    def _take(self, table: Numbers, change: Vector | None, *, straight: bool = False) -> bool:
        """Let the reader have the changed table; parts of the change that are not in whole numbers do not happen.

        A part is what hangs together among the quantities that change: each part by itself keeps every equation.
        """
        if change is None:
            return False
        moved = np.flatnonzero(np.abs(change) > _CLOSE)
        part = components(self._lines[:, moved])[0]
        step = np.rint(change).astype(np.int64)
        crooked = np.abs(change - step) > _CLOSE
        step[moved[np.isin(part, part[crooked[moved]])]] = 0
        unfit = (self._lines @ step + (self._reader.equations @ table)[self._rows]).any()
        if unfit or (crooked.any() and straight):
            step = self._straighten(table, change)
        world = table.copy()
        world[self._free] += step
        if not self._reader.accept(world):
            return False
        self._reader.exchanges.learn(world - table)
        return True

    def _straighten(self, table: Numbers, change: Vector) -> Numbers:
        """Return the change in whole numbers: first the margins, by less than one person; then what they sum, apart.

        Margins are few; once they stand, each table's inner cells are a small programme of their own. Where no whole
        numbers are found the change comes back merely rounded, and will not be accepted.
        """
        low, high = (self._reader.lower - table)[self._free], (self._reader.upper - table)[self._free]
        rest = -(self._reader.equations @ table)[self._rows]
        coarse = self._reader.coarse[self._free]
        near_low = np.where(coarse, np.floor(change + _CLOSE).astype(np.int64), low)
        near_high = np.where(coarse, np.ceil(change - _CLOSE).astype(np.int64), high)
        found = _least(self._lines, rest, near_low, near_high, np.zeros(len(low)), whole=coarse)[0]
        if found is None:
            found = _least(self._lines, rest, low, high, np.zeros(len(low)), whole=coarse)[0]
        step = np.rint(change if found is None else found).astype(np.int64)
        fine = np.flatnonzero(~coarse)
        of_column, of_row = components(self._lines[:, fine])
        rest -= self._lines @ np.where(coarse, step, 0)
        for part in np.unique(of_column):
            some, rows = fine[of_column == part], np.flatnonzero(of_row == part)
            lines = self._lines[rows][:, some]
            price, every = np.zeros(len(some)), np.ones(len(some), dtype=np.bool_)
            found = _least(lines, rest[rows], low[some], high[some], price, whole=every)[0]
            step[some] = step[some] if found is None else np.rint(found).astype(np.int64)
        return step


def _least(
    lines: sparse.csc_matrix, rest: Numbers, low: Numbers, high: Numbers, price: Vector, *, whole: Flags
) -> tuple[Vector | None, float]:
    """Return values with lines @ values = rest of least total price, and a bound that none goes below.

    low, high: (n,) bounds. whole: (n,) which must be whole numbers. None where nothing fits (the bound is
    infinite then) or patience ended.
    """
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = lines.shape
    model.col_cost_, model.col_lower_ = price, low.astype(np.float64)
    model.col_upper_ = np.where(high < FAR // 2, high, highspy.kHighsInf).astype(np.float64)
    model.row_lower_ = model.row_upper_ = rest.astype(np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = lines.indptr, lines.indices
    model.a_matrix_.value_ = lines.data.astype(np.float64)
    if whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(each)] for each in whole]
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("time_limit", _PATIENCE)):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != _FEASIBLE:
        impossible = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return None, np.inf if impossible else -np.inf
    bound = info.mip_dual_bound if whole.any() else info.objective_function_value
    return np.array(solver.getSolution().col_value, dtype=np.float64), float(bound)

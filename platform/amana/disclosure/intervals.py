"""Intervals: what a reader can derive about the hidden cells from published ones. The checker's arithmetic.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells only.
A quantity is cleared by tables in whole numbers that fit everything published; the solver proposes them, and each is
verified exactly. It is convicted by a bound: from subtraction line after line, or from linear programming (HiGHS).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FAR: Final = 2**40  # persons: no upper bound is known; sums of it stay exact in float64
_CLOSE: Final = 1e-6  # persons: a solver's answer is that near to a whole number, or it is none
_SWEEPS: Final = 100  # of plain subtraction; more would only help against a publication that contradicts itself
_PATIENCE: Final = 20.0  # seconds for one programme in whole numbers; what it does not answer is not cleared
_PAYS: Final = 0.985  # share of open quantities left by a search above which the next step is a dearer one
_WORTH: Final = 2  # open quantities that a search within one cube must settle for another to be worth its time
_EMPTY: Final = np.array([], dtype=np.int64)

Numbers = NDArray[np.int64]
Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Contradiction(Exception):
    """No table fits what is published."""


class Reader:
    """One who knows every published cell and every sum, and nothing else.

    equations:    (m, n) integers, equations @ x = 0 for every table x.
    lower, upper: (n,) persons; equal where published, FAR where nothing is known.
    cubes:        the quantities of each cube.
    wanted:       (n,) whose interval must contain [floor, ceiling], or start at the ceiling and be no point.
    """

    def __init__(
        self,
        equations: sparse.csc_matrix,
        bounds: tuple[Numbers, Numbers],
        cubes: Sequence[Numbers],
        wanted: Flags,
        goal: tuple[int, int],
    ) -> None:
        self.equations, self.cubes, self.wanted = equations, cubes, wanted
        self.lower, self.upper = bounds[0].copy(), np.minimum(bounds[1], FAR)
        self.floor, self.ceiling = goal
        self.seen_least, self.seen_most = np.full(len(wanted), FAR), np.full(len(wanted), -1)
        self._chance = np.random.default_rng(0)  # the order of the search; no secret

    def open(self) -> Flags:
        """Return (n,) which wanted quantities are neither cleared nor convicted yet."""
        contains = (self.seen_least <= self.floor) & (self.seen_most >= self.ceiling)
        above = (self.lower >= self.ceiling) & (self.seen_most > self.seen_least)
        found: Flags = self.wanted & ~contains & ~above & ~self.convicted()
        return found

    def convicted(self) -> Flags:
        """Return (n,) whose interval is a point, ends below the ceiling, or starts between floor and ceiling."""
        starts_between = (self.lower > self.floor) & (self.seen_least < self.ceiling)
        found: Flags = self.wanted & ((self.lower == self.upper) | (self.upper < self.ceiling) | starts_between)
        return found

    def subtract(self) -> None:
        """Tighten the bounds by plain addition and subtraction, line after line.

        Raises Contradiction when a lower bound passes an upper one.
        """
        lines = self.equations.tocsr()
        row = np.repeat(np.arange(lines.shape[0]), np.diff(lines.indptr))
        plus = lines.data > 0
        for _ in range(_SWEEPS):
            low, high = self.lower[lines.indices], self.upper[lines.indices]
            least, most = np.where(plus, low, -high), np.where(plus, high, -low)
            others_least = np.bincount(row, least, lines.shape[0])[row] - least
            others_most = np.bincount(row, most, lines.shape[0])[row] - most
            lower, upper = self.lower.copy(), self.upper.copy()
            np.maximum.at(lower, lines.indices, np.where(plus, -others_most, others_least).astype(np.int64))
            np.minimum.at(upper, lines.indices, np.where(plus, -others_least, others_most).astype(np.int64))
            if (lower > upper).any():
                raise Contradiction
            if np.array_equal(lower, self.lower) and np.array_equal(upper, self.upper):
                return
            self.lower, self.upper = lower, upper

    def read(self) -> None:
        """Search until every wanted quantity is cleared or convicted, or the solver's patience ends.

        Raises Contradiction when no table fits what is published.
        """
        self.subtract()
        everything = np.flatnonzero(self.lower < self.upper)
        times = np.bincount(np.concatenate([*self.cubes, _EMPTY]), minlength=len(self.lower))
        table = self._first_table(everything)
        before = len(self.lower) + 1
        while table is not None and self.open().sum() <= before * _PAYS and self.open().any():
            before = int(self.open().sum())
            table = self._stroll(everything, table)
            for cube in self.cubes:
                self._wander(cube[(times[cube] == 1) & (self.lower[cube] < self.upper[cube])], table)
        for cube in self.cubes:
            self._ask_cube(cube[self.lower[cube] < self.upper[cube]])
        for quantity in np.flatnonzero(self.open()):
            if table is not None and self.open()[quantity]:
                self._ask(everything, table, int(quantity))

    def _first_table(self, free: Numbers) -> Numbers | None:
        if not len(free):
            return self._verified(free, self.lower, np.zeros(0))
        programme = _Programme(self, free, self.lower)
        found = programme.least(np.zeros(len(free)))
        if found is None:
            raise Contradiction
        table = self._verified(free, self.lower, found)
        return table if table is not None else self._verified(free, self.lower, programme.whole(np.zeros(len(free))))

    def _wander(self, window: Numbers, table: Numbers) -> None:
        """Stroll through the quantities of one cube, all shared margins staying put, as long as it pays."""
        before, now = len(window) + _WORTH, int(self.open()[window].sum())
        while now and now <= before - _WORTH:
            self._stroll(window, table)
            before, now = now, int(self.open()[window].sum())

    def _stroll(self, free: Numbers, table: Numbers) -> Numbers:
        """Return a table that raises and lowers many open quantities at once; those not in ``free`` stay put."""
        unmet = self.open()[free]
        coin = self._chance.random(len(free)) < 0.5  # noqa: PLR2004 - a fair coin
        up, down = unmet & (self.seen_most[free] < self.ceiling), unmet & (self.seen_least[free] > self.floor)
        weight = self._chance.uniform(0.5, 1.5, len(free))
        programme = _Programme(self, free, table, rising=np.flatnonzero(up & ~(down & coin)))
        found = programme.least(weight * (down & ~(up & ~coin)), weight)
        better = None if found is None else self._verified(free, table, found)
        return table if better is None else better

    def _ask_cube(self, free: Numbers) -> None:
        """Bound the open quantities of one cube from below by its own equations alone: less to solve, still true."""
        inside = np.asarray(abs(self.equations[:, free]).sum(axis=1)).ravel()
        known = self.lower == self.upper
        total = np.asarray(abs(self.equations[:, np.flatnonzero(~known)]).sum(axis=1)).ravel()
        programme = _Programme(self, free, self.lower, lines=np.flatnonzero((inside == total) & (inside > 0)))
        for place in np.flatnonzero(self.open()[free] & (self.seen_least[free] > self.floor)):
            found = programme.least(_only(len(free), int(place)))
            if found is not None and found[place] > self.floor + _CLOSE:
                self.lower[free[place]] = max(int(np.ceil(found[place] - _CLOSE)), self.lower[free[place]])

    def _ask(self, free: Numbers, table: Numbers, quantity: int) -> None:
        """Ask for the least and the most of one quantity, first in fractions, then in whole numbers."""
        place = int(np.flatnonzero(free == quantity)[0])
        only = _only(len(free), place)
        for whole in (False, True):
            for way in (only, -only):
                if self.open()[quantity]:
                    self._bound(_Programme(self, free, table), free, table, way, place, whole=whole)

    def _bound(
        self, programme: _Programme, free: Numbers, table: Numbers, way: Vector, place: int, *, whole: bool
    ) -> None:
        quantity, limit = free[place], max(self.ceiling, int(self.seen_least[free[place]]) + 1)
        programme.cap(place, limit)
        found = programme.whole(way) if whole else programme.least(way)
        self._verified(free, table, found)
        best = programme.bound() if found is not None else -np.inf
        if way[place] > 0:
            self.lower[quantity] = max(self.lower[quantity], int(np.ceil(max(best, 0.0) - _CLOSE)))
        elif -best < limit - _CLOSE:
            self.upper[quantity] = min(self.upper[quantity], int(np.floor(-best + _CLOSE)))

    def _verified(self, free: Numbers, table: Numbers, found: Vector | None) -> Numbers | None:
        """Return the proposed table if it fits exactly, in whole numbers, and remember what it shows; else None."""
        if found is None:
            return None
        candidate = table.copy()
        candidate[free] = np.rint(found).astype(np.int64)
        if not self._fits(candidate):
            crooked = np.zeros(len(table), dtype=np.int64)
            crooked[free] = np.abs(found - np.rint(found)) > _CLOSE
            lines = np.flatnonzero(abs(self.equations) @ crooked)
            beside = np.asarray(abs(self.equations[lines]).sum(axis=0)).ravel() > 0
            near = free[beside[free]]
            straight = _Programme(self, near, candidate).whole(np.zeros(len(near)))
            candidate[near] = candidate[near] if straight is None else np.rint(straight).astype(np.int64)
        if not self._fits(candidate):
            return None
        self.seen_least, self.seen_most = np.minimum(self.seen_least, candidate), np.maximum(self.seen_most, candidate)
        return candidate

    def _fits(self, candidate: Numbers) -> bool:
        in_bounds = (candidate >= self.lower).all() and (candidate <= self.upper).all()
        return bool(in_bounds and not (self.equations @ candidate).any())


def _only(size: int, place: int) -> Vector:
    cost = np.zeros(size)
    cost[place] = 1.0
    return cost


class _Programme:
    """A linear programme over some quantities, the others having the values of ``table``.

    rising: places in ``free`` that get a second, rewarded share of at most the ceiling.
    lines:  the equations to obey; all by default.
    """

    def __init__(
        self,
        reader: Reader,
        free: Numbers,
        table: Numbers,
        *,
        rising: Numbers = _EMPTY,
        lines: Numbers | None = None,
    ) -> None:
        self._size, self._rising = len(free), rising
        mine = reader.equations[:, free].tocsr()
        lines = np.flatnonzero(np.diff(mine.indptr)) if lines is None else lines
        others = table.copy()
        others[free] = 0
        columns = sparse.hstack([mine[lines], mine[lines][:, rising]]).tocsc()
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = columns.shape
        model.col_cost_ = np.zeros(columns.shape[1])
        model.col_lower_ = np.concatenate([reader.lower[free], np.zeros(len(rising))]).astype(np.float64)
        upper = np.where(reader.upper[free] < FAR, reader.upper[free], highspy.kHighsInf)
        model.col_upper_ = np.concatenate([upper, np.full(len(rising), float(reader.ceiling))])
        model.row_lower_ = model.row_upper_ = -(reader.equations.tocsr()[lines] @ others).astype(np.float64)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = columns.indptr, columns.indices
        model.a_matrix_.value_ = columns.data.astype(np.float64)
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own signature
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("random_seed", 0)
        self._solver.passModel(model)

    def cap(self, place: int, limit: int) -> None:
        """Let one quantity be at most ``limit``, so that asking for its most has an answer."""
        self._solver.changeColBounds(place, self._solver.getLp().col_lower_[place], float(limit))

    def least(self, cost: Vector, reward: Vector | None = None) -> Vector | None:
        """Return values of least total cost, rewards for what rises deducted; None when nothing fits."""
        costs = cost if reward is None else np.concatenate([cost, -reward[self._rising]])
        self._solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs.astype(np.float64))
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = np.array(self._solver.getSolution().col_value, dtype=np.float64)
        values = found[: self._size].copy()
        values[self._rising] += found[self._size :]
        return values

    def whole(self, cost: Vector) -> Vector | None:
        """Return values of least cost in whole numbers; None when nothing fits or patience ends."""
        kinds = np.full(self._size, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._solver.changeColsIntegrality(self._size, np.arange(self._size, dtype=np.int32), kinds)
        self._solver.setOptionValue("time_limit", _PATIENCE)
        return self.least(cost)

    def bound(self) -> float:
        """Return what the cost provably cannot go below."""
        info = self._solver.getInfo()
        return float(info.mip_dual_bound if info.mip_node_count >= 0 else info.objective_function_value)

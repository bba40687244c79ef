"""Programmes: linear ones, and ones in whole numbers, over what one party does not know (HiGHS).

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells, and what one party knows besides.
What the solver proposes counts only once it is verified exactly, in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

import highspy
import numpy as np
from scipy import sparse

from amana.disclosure.checker.bounds import FAR, Bounds, Contradiction
from amana.disclosure.checker.exchanges import components
from amana.disclosure.table import Flags, Numbers, Vector

_CLOSE: Final = 1e-6  # persons: a solver's answer is that near to a whole number, or it is none
_STEPS: Final = 50  # of the simplex method, for each line and column; one or two are usual
_NODES: Final = 2_000  # of the search for whole numbers; what a programme does not answer is not cleared
_PATIENCE: Final = 120.0  # seconds for one programme, should the solver walk on the spot without counting its steps
_FEASIBLE: Final = int(highspy.SolutionStatus.kSolutionStatusFeasible)
_TURN: Final = 500  # columns made whole together, where there are more
_LOT: Final = 2_000  # columns of one programme, where what hangs together is not more
_PLENTY: Final = 10.0  # persons that may move for one: beyond it, a change is also straightened as a whole


class Programme:
    """Linear programmes over what one reader does not know, as changes from a table: cost, and how far each may go.

    among: (n,) what may change; all that the reader does not know, by default.
    """

    def __init__(self, reader: Bounds, among: Flags | None = None) -> None:
        self._reader = reader
        self._free = np.flatnonzero((reader.lower < reader.upper) & (True if among is None else among))
        lines = reader.equations[:, self._free].tocsr()
        self._rows = np.flatnonzero(np.diff(lines.indptr))
        self._lines = lines[self._rows].tocsc()
        self._chance = np.random.default_rng(1)  # uneven prices, so that ties are rare; no secret
        self._parts: dict[int, Programme] = {}

    def first(self, near: Numbers) -> None:
        """Find a world as near as may be to a table. Raises Contradiction when there is none, even among fractions."""
        world = start = np.clip(near, self._reader.lower, self._reader.upper)
        for lot in self._lots:
            found, bound = lot._change(start, lot._prices(), lot._prices())  # noqa: SLF001 - one of ours
            if bound == np.inf:
                raise Contradiction
            if found is None:
                return
            world = lot._changed(world, found)  # noqa: SLF001 - one of ours
        self._let(start, world)

    def stroll(self, worth: float) -> None:
        """Find worlds in which as many open quantities as possible rise or fall, and as little else as possible."""
        for lot in self._lots:
            if self._reader.open()[lot._free].any():  # noqa: SLF001 - one of ours
                lot._stroll(worth)  # noqa: SLF001 - one of ours

    def _stroll(self, worth: float) -> None:
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
        self._take(world, found, straight=worth > _PLENTY)

    def ask(self, quantity: int) -> None:
        """Ask for the least and the most of one quantity, fractions before whole numbers, while it is open."""
        part = self._part(quantity)
        for way, whole in part._ways(quantity):  # noqa: SLF001 - one of ours
            if self._reader.open()[quantity]:
                part._bound(quantity, way, whole=whole)  # noqa: SLF001 - one of ours

    def stretch(self, quantity: int) -> None:
        """Ask for both in any case, for whole numbers where fractions leave a doubt."""
        if self._reader.lower[quantity] < self._reader.upper[quantity]:
            part = self._part(quantity)
            for way, whole in part._ways(quantity):  # noqa: SLF001 - one of ours
                if not (whole and self._reader.ends_met(quantity)):
                    part._bound(quantity, way, whole=whole)  # noqa: SLF001 - one of ours

    def _part(self, quantity: int) -> Programme:
        """Return the programmes over what hangs together with a quantity; nothing else bears on it."""
        label = int(self._labels[np.searchsorted(self._free, quantity)])
        if label not in self._parts:
            self._parts[label] = self._of(self._labels == label)
        return self._parts[label]

    def _of(self, some: Flags) -> Programme:
        """Return the programmes over some of what may change. some: (free,)."""
        among = np.zeros(len(self._reader.lower), dtype=np.bool_)
        among[self._free[some]] = True
        return Programme(self._reader, among)

    @cached_property
    def _lots(self) -> list[Programme]:
        """Return programmes over some parts each: no equation joins two parts, and a long one takes far more time."""
        if len(self._free) <= _LOT:
            return [self]
        size = np.bincount(self._labels)
        order = np.argsort(-size, kind="stable")
        lot = np.empty_like(order)
        lot[order] = (np.cumsum(size[order]) - size[order]) // _LOT
        return [self._of(lot[self._labels] == each) for each in np.unique(lot)]

    @cached_property
    def _labels(self) -> Numbers:
        return components(self._lines)[0]

    def _ways(self, quantity: int) -> Iterator[tuple[Vector, bool]]:
        only = (self._free == quantity).astype(np.float64)
        return ((way, whole) for whole in (False, True) for way in (only, -only))

    def _bound(self, quantity: int, way: Vector, *, whole: bool) -> None:
        """Move one quantity as far down (way 1) or up (-1) as it goes; up, or a step, no further than is asked for."""
        reader, world = self._reader, self._reader.world
        asked, now = reader.question, int(world[quantity])
        most = max(asked.ceiling[quantity], asked.old[quantity], int(reader.seen_least[quantity]) + 1, now)
        least = min(asked.old[quantity] - asked.ceiling[quantity], now) if asked.step[quantity] else now - FAR
        up, down = (np.where(way != 0, room, FAR) for room in (most - now, now - least))
        found, best = self._change(world, way, -way, most_up=up, most_down=down, whole=whole)
        self._take(world, found)
        if found is None or best == -np.inf:
            return
        if way.sum() > 0 and now + best > least + _CLOSE:
            reader.lower[quantity] = max(reader.lower[quantity], int(np.ceil(now + best - _CLOSE)))
        elif way.sum() < 0 and now - best < most - _CLOSE:
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

    def _take(self, table: Numbers, change: Vector | None, *, straight: bool = False) -> None:
        """Let the reader have the changed table, if it is a world."""
        if change is None:
            return
        self._let(table, self._changed(table, change, straight=straight))

    def _let(self, table: Numbers, world: Numbers) -> None:
        """Let the reader have what a table has become, if it is a world, and learn what led to it."""
        if self._reader.accept(world):
            self._reader.exchanges.learn(world - table)

    def _changed(self, table: Numbers, change: Vector, *, straight: bool = False) -> Numbers:
        """Return the table after the change; parts of the change that are not in whole numbers do not happen.

        A part is what hangs together among the quantities that change: each part by itself keeps every equation.
        """
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
        return world

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
            found = self._made_whole(self._lines[rows][:, some], rest[rows], low[some], high[some])
            step[some] = step[some] if found is None else np.rint(found).astype(np.int64)
        return step

    def _made_whole(self, lines: sparse.csc_matrix, rest: Numbers, low: Numbers, high: Numbers) -> Vector | None:
        """Return whole numbers with lines @ values = rest. None where nothing is found, which proves nothing."""
        found = self._in_turn(lines, rest, low, high) if len(low) > _TURN else None
        if found is None:
            found = _least(lines, rest, low, high, np.zeros(len(low)), whole=np.ones(len(low), dtype=np.bool_))[0]
        return found

    def _in_turn(self, lines: sparse.csc_matrix, rest: Numbers, low: Numbers, high: Numbers) -> Vector | None:
        """Make some whole after the others, fractions behind them; all at once would take minutes.

        They stand in the order of their table's cells: each turn takes a slice of it. None where one turn leaves no way
        for the next. Source: relax and fix; Pochet and Wolsey (2006), Production Planning by Mixed Integer Programming.
        """
        found, price, low, high = None, self._chance.random(len(low)), low.copy(), high.copy()
        turn = np.arange(len(low)) // _TURN
        for now in range(int(turn[-1]) + 1):
            mine = turn == now
            found = _least(lines, rest, low, high, price, whole=mine, any_will_do=True)[0]
            if found is None:
                return None
            low[mine] = high[mine] = np.rint(found[mine]).astype(np.int64)
        return found


def _least(
    lines: sparse.csc_matrix,
    rest: Numbers,
    low: Numbers,
    high: Numbers,
    price: Vector,
    *,
    whole: Flags,
    any_will_do: bool = False,
) -> tuple[Vector | None, float]:
    """Return values with lines @ values = rest of least total price, and a bound that none goes below.

    low, high: (n,) bounds. whole: (n,) which must be whole numbers. any_will_do: the first that is found is taken.
    None where nothing fits (the bound is infinite then) or nothing was found within the limits, which also may leave
    no bound: minus infinity.
    """
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = lines.shape
    model.col_cost_ = price
    model.col_lower_ = np.where(low > -FAR // 2, low, -highspy.kHighsInf).astype(np.float64)
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
    solver.setOptionValue("simplex_iteration_limit", _STEPS * sum(lines.shape))
    solver.setOptionValue("mip_max_nodes", _NODES)
    if any_will_do:
        solver.setOptionValue("mip_max_improving_sols", 1)
    solver.passModel(model)
    for presolve in ("choose", "off"):  # what follows from the rest, once that is solved, has come out as no number
        solver.clearSolver()
        solver.setOptionValue("presolve", presolve)
        solver.run()
        info, status = solver.getInfo(), solver.getModelStatus()
        if info.primal_solution_status != _FEASIBLE:
            return None, np.inf if status == highspy.HighsModelStatus.kInfeasible else -np.inf
        found = np.array(solver.getSolution().col_value, dtype=np.float64)
        if np.isfinite(found).all():
            best = info.objective_function_value if status == highspy.HighsModelStatus.kOptimal else -np.inf
            return found, float(info.mip_dual_bound if whole.any() else best)
    return None, -np.inf

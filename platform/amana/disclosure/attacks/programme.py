"""Programme: the tables that fit what is published, and the least and the most of a cell among them (HiGHS).

Runs in: worker, and anywhere an attacker may sit.   Sees: what one party knows.
Fractions of a person are allowed: what cannot be ruled out even so, nobody rules out by this arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np

from amana.disclosure.attacks.picture import FAR, Knowledge, Picture
from amana.disclosure.table import Flags, Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_PAYS: Final = 0.9  # share of open cells left by a round above which the rest is asked one by one
_STEPS: Final = 200  # of the interior point method, which takes about 20 and now and then walks on the spot for ever
_PIVOTS: Final = 50  # of the simplex method, for each line and column: what it does not answer stays open, and is told
_SECONDS: Final = 120.0  # for one question, should the solver walk on the spot without counting its steps
_PRIMAL: Final = 4  # HiGHS: simplex_strategy
_SEED: Final = 20261122  # the order of the search; no secret


@dataclass(frozen=True)
class Effort:
    """How hard linear programming tries. asks: cells asked about one by one. rounds: programmes over many at once."""

    asks: int
    rounds: int = 3


class Programme:
    """All tables that keep the sums and the bounds of one party.

    lower, upper:         (n,) persons, what is known; asking tightens them.
    seen_least, seen_most: (n,) persons, the least and the most of each quantity in the tables seen so far.
    Every secret is split in two, so that a reward for raising it can end where enough is known.
    """

    def __init__(self, picture: Picture, knowledge: Knowledge, lower: Numbers, upper: Numbers) -> None:
        self.lower, self.upper, self._from = lower.copy(), upper.copy(), lower
        self._floor, self._k, self._wanted = knowledge.floor, picture.least_count, knowledge.wanted & (lower < upper)
        self._enough = np.maximum(self._k, lower + 1)
        self.seen_least, self.seen_most = np.full(len(lower), np.inf), np.full(len(lower), -np.inf)
        self._last, self._asked = lower.astype(np.float64), np.zeros(len(lower), dtype=np.bool_)
        self._chance = np.random.default_rng(_SEED)
        self._free = np.flatnonzero(lower < upper)
        self._split = np.flatnonzero(self._wanted[self._free])
        self._solver = self._model(picture)

    def _model(self, picture: Picture) -> highspy.Highs:
        free, secret = self._free, self._free[self._split]
        rows = picture.sums[:, free].tocsr()
        used = np.flatnonzero(np.diff(rows.indptr))
        columns = rows[used].tocsc()[:, np.concatenate([np.arange(len(free)), self._split])].tocsc()
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = columns.shape
        model.col_cost_ = model.col_lower_ = np.zeros(columns.shape[1])
        room = np.where(self.upper < FAR, self.upper - self.lower, highspy.kHighsInf)[free]
        model.col_upper_ = np.concatenate([room, self._enough[secret] - self.lower[secret]]).astype(np.float64)
        model.row_lower_ = model.row_upper_ = -(picture.sums[used] @ self.lower).astype(np.float64)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = columns.indptr, columns.indices
        model.a_matrix_.value_ = columns.data.astype(np.float64)
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own signature
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("random_seed", 0)
        solver.setOptionValue("ipm_iteration_limit", _STEPS)
        solver.setOptionValue("simplex_iteration_limit", _PIVOTS * sum(columns.shape))
        solver.passModel(model)
        return solver

    def may_fall(self) -> Flags:
        """Return (n,) the secrets of which no table seen so far is as little as the party must think possible."""
        above = (self.lower >= self._k) & (self.seen_most < self.seen_least + 1 - _CLOSE)
        small = (self.lower < self._k) & (self.seen_least > self._floor + _CLOSE)
        found: Flags = self._wanted & ~self._asked & (self.lower < self.upper) & (above | small)
        return found

    def may_rise(self) -> Flags:
        """Return (n,) the secrets of which no table seen so far is k, or one more than its least."""
        found: Flags = self._wanted & (self.lower < self.upper) & (self.seen_most < self._enough - _CLOSE)
        return found

    def fall(self, effort: Effort) -> None:
        """Learn how little each secret can be: many at once, and then some of them one by one."""
        self._together(effort.rounds, down=True)
        for place in self._hardest(self.may_fall(), effort.asks):
            if self.may_fall()[place] and self._run(self._cost(np.array([place]), np.ones(1), down=True)):
                self.lower[place] = max(self.lower[place], int(np.ceil(self._last[place] - _CLOSE)))
                self._asked[place] = True

    def rise(self, effort: Effort) -> None:
        """Learn whether each secret can be k: many at once, and then some of them one by one."""
        self._together(effort.rounds, down=False)
        for place in self._hardest(self.may_rise(), effort.asks):
            asked = self.may_rise()[place] and self._run(self._cost(np.array([place]), np.ones(1), down=False))
            if asked and self._last[place] < self._enough[place] - _CLOSE:
                self.upper[place] = int(np.floor(self._last[place] + _CLOSE))

    def _together(self, rounds: int, *, down: bool) -> None:
        self._solver.setOptionValue("solver", "ipm")  # the quickest for a fresh question over everything
        before = len(self.lower) + 1
        for _ in range(rounds):
            still = np.flatnonzero(self.may_fall() if down else self.may_rise())
            if not len(still) or len(still) > before * _PAYS:
                return
            before = len(still)
            if not self._run(self._cost(still, self._chance.uniform(0.5, 1.5, len(still)), down=down)):
                return

    def _hardest(self, still: Flags, asks: int) -> list[int]:
        """Return the open secrets to ask about: those with the narrowest room first."""
        self._solver.setOptionValue("solver", "simplex")
        self._solver.setOptionValue("simplex_strategy", _PRIMAL)  # the last answer fits the next question
        places = np.flatnonzero(still)
        order = np.argsort((self.upper - self.lower)[places], kind="stable")
        return [int(place) for place in places[order][:asks]]

    def _cost(self, places: Numbers, weight: Vector, *, down: bool) -> Vector:
        """Return the cost of each column: both parts of a secret when it shall fall, the bounded part when it rises."""
        by_quantity = np.zeros(len(self.lower))
        by_quantity[places] = weight
        mine = by_quantity[self._free]
        if down:
            return np.concatenate([mine, mine[self._split]])
        return np.concatenate([np.zeros(len(mine)), -mine[self._split]])

    def _run(self, cost: Vector) -> bool:
        """Look at the cheapest table; False when none fits, or none is found within the limits."""
        self._solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        # The solver's clock runs as long as the solver lives: a limit counts from here only if it is set here.
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + _SECONDS)
        self._solver.run()
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kIterationLimit:
            self._solver.setOptionValue("solver", "simplex")
            self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        found = np.array(self._solver.getSolution().col_value, dtype=np.float64)
        table = self._from.astype(np.float64)
        table[self._free] += found[: len(self._free)]
        table[self._free[self._split]] += found[len(self._free) :]
        self._last = table
        self.seen_least, self.seen_most = np.minimum(self.seen_least, table), np.maximum(self.seen_most, table)
        return True

"""Solving: linear programmes, and programmes in whole numbers, every one of which ends (HiGHS).

Runs in: worker.   Sees: true counts; used by the suppressor only.
What ends a programme is a number of steps, the same on every machine, however busy. One that does not end within them
proves nothing: its quantity stays unprotected, and what is not protected is hidden or refused. In the same way
all programmes of one run end: they share one effort, and whoever asks after that is told nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import highspy
import numpy as np
from scipy import sparse

from amana.disclosure.table import Vector

_STEPS: Final = 50  # of the simplex method, for each line and column; one or two are usual
_NODES: Final = 200  # of the search for whole numbers
_SECONDS: Final = 120.0  # for one programme, should the solver ever walk on the spot without counting its steps
_EFFORT: Final = 40 * 10**9  # of one run, in units of ``Effort.left``; 20,000 sparse rows take 15.5 * 10**9
_BEGUN: Final = 300_000  # of them for each programme, however small: about what asking and noting the answer take
_STRATEGIES: Final = (1, 4)  # HiGHS: simplex_strategy, dual and then primal: seldom do both walk on the spot
_FEASIBLE: Final = int(highspy.SolutionStatus.kSolutionStatusFeasible)

PRIMAL: Final = 4  # HiGHS: simplex_strategy
INFINITE: Final = highspy.kHighsInf


def programme(
    columns: sparse.csc_matrix,
    cost: Vector,
    lower: Vector,
    upper: Vector,
    rhs: Vector,
    *,
    local: bool = False,
    more: bool = False,
) -> highspy.Highs:
    """Return a programme: columns @ x = rhs at the least cost, lower <= x <= upper.

    local: whether the answer changes little, so that presolving would cost more than it saves.
    more:  whether columns @ x may be more than rhs.
    """
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = columns.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
    model.row_lower_ = rhs.astype(np.float64)
    model.row_upper_ = np.full(len(rhs), INFINITE) if more else model.row_lower_
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = columns.indptr, columns.indices
    model.a_matrix_.value_ = columns.data.astype(np.float64)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own signature
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off" if local else "choose")
    solver.setOptionValue("simplex_iteration_limit", _STEPS * sum(columns.shape))
    solver.passModel(model)
    return solver


class Effort:
    """What one run may still ask of the solver, counted in work and not by a clock.

    left: steps of the simplex method, each times the lines and columns of its programme, and something for each to
          begin with. A programme that has begun is brought to its own end, so that it may be less than none. Searches
          for whole numbers count as begun only: their nodes end them.
    """

    def __init__(self) -> None:
        self.left = _EFFORT

    @property
    def spent(self) -> bool:
        """Whether nothing more is to be asked: what is not shown to be protected by then is refused."""
        return self.left <= 0

    @property
    def reason(self) -> str:
        """Why what is left open is refused, as ``ClearingRefused`` says it."""
        return "effort_spent" if self.spent else "beyond_protection"

    def aside(self) -> Effort:
        """Return as much as is left, for one of several who work side by side; what they take is ``took`` of this."""
        aside = Effort()
        aside.left = self.left
        return aside

    def took(self, aside: Iterable[Effort]) -> None:
        """Count what was taken by those who worked side by side, none of whom has ended since."""
        self.left -= sum(self.left - each.left for each in aside)

    def run(self, solver: highspy.Highs) -> bool:
        """Let the solver work, as ``run`` does; once the effort is spent, forget what it knew, and return False."""
        if self.spent:
            solver.clearSolver()
            return False
        done = run(solver)
        steps = max(0, solver.getInfo().simplex_iteration_count)
        self.left -= _BEGUN + steps * (solver.getNumRow() + solver.getNumCol())
        return done


def run(solver: highspy.Highs) -> bool:
    """Let the solver work on from where it stands, within its limits; return whether it found the best there is."""
    # The solver's clock runs as long as the solver lives: a limit counts from here only if it is set here.
    solver.setOptionValue("time_limit", solver.getRunTime() + _SECONDS)
    solver.run()
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def solution(solver: highspy.Highs, effort: Effort) -> Vector | None:
    """Return the values of all columns, or None where there is no solution or the steps do not suffice for one.

    effort: what is left to the whole run.
    Every programme starts from where nothing moves: that is quicker than from the last answer.
    """
    for strategy in _STRATEGIES:
        solver.clearSolver()
        solver.setOptionValue("simplex_strategy", strategy)
        if effort.run(solver):
            return np.array(solver.getSolution().col_value, dtype=np.float64)
        if impossible(solver):
            return None
    return None


def impossible(solver: highspy.Highs) -> bool:
    """Whether the last programme has no solution at all, for sure: running out of steps says nothing."""
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible)


def whole_numbers(solver: highspy.Highs, effort: Effort) -> Vector | None:
    """Return a solution in whole numbers, the cheapest found within the steps, or None; effort as in ``solution``."""
    size = solver.getNumCol()
    kinds = np.full(size, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    solver.changeColsIntegrality(size, np.arange(size, dtype=np.int32), kinds)
    solver.setOptionValue("mip_max_nodes", _NODES)
    solver.setOptionValue("mip_rel_gap", 0.2)  # a cheap move will do
    effort.run(solver)
    if solver.getInfo().primal_solution_status != _FEASIBLE:
        return None
    return np.array(solver.getSolution().col_value, dtype=np.float64)

"""Nobody: rests that are openly nobody's where zeros are published, and those that only seem so.

Runs in: worker.   Sees: true counts.
A rest carries no mark. Where every reader can tell that it is 0, there is nothing to protect. Where it is 0 but might
be 1 or more for all that a reader can tell, its interval has to reach k, like that of any hidden cell.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.mask import Mask, Numbers
from amana.disclosure.suppression.oracle import movable
from amana.disclosure.suppression.sight import Sight
from amana.disclosure.suppression.solving import INFINITE, Effort, Vector, programme, solution
from amana.disclosure.suppression.system import System

_CLOSE: Final = 1e-6  # persons: what the solver may be off by


def guard_unsure_rests(mask: Mask) -> bool:
    """Protect the rests of nobody that may be somebody's by what is hidden now; return whether there are new ones."""
    found = False
    for party in np.flatnonzero(mask.nobody.any(axis=0)).tolist():
        free, rows = movable(mask, party), mask.system.equations
        upper = np.concatenate([np.full(len(free), INFINITE), mask.room[free, party]])
        stirs = free[may_rise(rows[:, free], upper, np.flatnonzero(mask.nobody[free, party]), mask.effort)]
        mask.nobody[stirs, party] = mask.exempt[stirs, party] = False
        found |= len(stirs) > 0
    return found


def guard_unsure_rests_of(sight: Sight, system: System, hidden: Numbers, effort: Effort) -> None:
    """Do the same for what one party sees. hidden: (h,) quantities that may move."""
    some = np.flatnonzero(sight.nobody[hidden])
    if len(some):
        truth, least = sight.truth[hidden], sight.least[hidden]
        rise = np.where(truth >= least, INFINITE, 0.0)
        upper = np.concatenate([rise, np.maximum(truth - least, 0)])
        stirs = hidden[may_rise(system.equations[:, hidden], upper, some, effort)]
        sight.nobody[stirs] = sight.exempt[stirs] = False


def may_rise(rows: sparse.csc_matrix, upper: Vector, some: Numbers, effort: Effort) -> Numbers:
    """Return which of some quantities may be more than they are in a table that fits, in fractions of persons at least.

    rows: (m, n) integers; rows @ z = 0 for what may change. upper: (2 n,) persons, by which each may rise, and fall.
    some: (s,) numbers of columns, of quantities that are 0. What the solver does not answer may be more.
    As much of them as can be rises at once, by one person at most: where one may, a part of that fits beside the rest.
    """
    columns, upper, left = sparse.hstack([rows, -rows]).tocsc(), upper.copy(), some
    upper[some] = np.minimum(upper[some], 1)
    nothing, rest = np.zeros(len(upper)), np.zeros(rows.shape[0])
    while len(left):
        cost = nothing.copy()
        cost[left] = -1.0
        found = solution(programme(columns, cost, nothing, upper, rest), effort)
        if found is None:
            return some
        still = found[left] <= _CLOSE
        if still.all():
            break
        left = left[still]
    return np.setdiff1d(some, left)

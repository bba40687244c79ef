"""Nobody: rests that are openly nobody's where zeros are published, and those that only seem so.

Runs in: worker.   Sees: true counts.
A rest carries no mark. Where every reader can tell that it is 0, there is nothing to protect. Where it is 0 but might
be 1 or more for all that a reader can tell, its interval has to reach k, like that of any hidden cell.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.solving import Effort, programme, solution
from amana.disclosure.table import Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by


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

"""Sums: that steps from one vintage to the next add up as persons do.

Runs in: worker.   Sees: equations only.
It follows from the equations of both vintages, of which no single one says so; plain subtraction needs it said.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.suppression.linked.system import System

_OF_A_CELL: Final = 3  # what is now, what was then, and the step


def with_sums(system: System, step: NDArray[np.bool_]) -> sparse.csc_matrix:
    """Return the equations of a system, and the same among its steps. step: (n,) which quantities are steps."""
    lines, first = system.lines, system.lines.shape[0] - int(step.sum())
    each = [
        dict(zip(lines.indices[start:end].tolist(), lines.data[start:end].tolist(), strict=True))
        for start, end in pairwise(lines.indptr.tolist())
    ]
    each, defining = each[:first], each[first:]
    steps = {}  # by what a cell is now: what it was then, and the step between, which comes last; rests are of cells
    for line in (one for one in defining if len(one) == _OF_A_CELL):
        now = next(at for at, sign in line.items() if sign > 0)
        steps[now] = (next(at for at in line if at not in {now, max(line)}), max(line))
    known = {frozenset(line.items()) for line in each}
    found = []
    for line in each:
        was = frozenset((steps[at][0] if at in steps else at, sign) for at, sign in line.items())
        if was in known and was != frozenset(line.items()):
            found.append([(steps[at][1], sign) for at, sign in line.items() if at in steps])
    row = np.repeat(np.arange(len(found)), [len(line) for line in found])
    column, sign = np.array([pair for line in found for pair in line], dtype=np.int64).reshape(-1, 2).T
    sums = sparse.csr_matrix((sign, (row, column)), shape=(len(found), lines.shape[1]))
    return sparse.vstack([lines, sums]).tocsc()

"""Bounds by adding and subtracting alone, line by line and over again, for all parties at once.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import Flags

_SWEEPS: Final = 30  # over all lines; realistic releases settle in about ten
_FAR: Final = 2**40  # persons: no bound is known; sums of it stay exact


def note_never_small(mask: Mask) -> Flags:
    """Remember the hidden quantities that subtraction keeps at or above k, whatever the table.

    Returns (n + 1, p) those that it keeps below k for some table, and above what the party thinks possible of them
    alone for every one: as long as nothing else is hidden they cannot be protected.
    All is reckoned as differences from the truth, for which every line sums to 0.
    """
    size, kept = len(mask.system.truth), np.zeros(mask.floor.shape, dtype=np.bool_)
    free = np.flatnonzero((mask.hidden & mask.movable)[:size])
    lines = mask.system.equations[:, free].tocsr()
    if not lines.nnz:
        return kept
    lines = lines[np.diff(lines.indptr) > 0]
    own = mask.own[free]
    lower, upper = np.where(own, 0, -mask.room[free]).astype(np.int64), np.where(own, 0, _FAR).astype(np.int64)
    rows, columns = np.repeat(np.arange(lines.shape[0]), np.diff(lines.indptr)), lines.indices
    positive = (lines.data > 0)[:, None]
    by_column = np.argsort(columns, kind="stable")
    present, starts = np.unique(columns[by_column], return_index=True)
    for _ in range(_SWEEPS):
        least = np.where(positive, lower[columns], -upper[columns])
        most = np.where(positive, upper[columns], -lower[columns])
        others_least = np.add.reduceat(least, lines.indptr[:-1], axis=0)[rows] - least
        others_most = np.add.reduceat(most, lines.indptr[:-1], axis=0)[rows] - most
        rising = np.maximum.reduceat(np.where(positive, -others_most, others_least)[by_column], starts, axis=0)
        falling = np.minimum.reduceat(np.where(positive, -others_least, others_most)[by_column], starts, axis=0)
        rising, falling = np.maximum(rising, lower[present]), np.minimum(falling, upper[present])
        if np.array_equal(rising, lower[present]) and np.array_equal(falling, upper[present]):
            break
        lower[present], upper[present] = rising, falling
    mask.never_small[free] |= mask.truth[free, None] + lower >= mask.k
    mask.never_small |= mask.never_small[:, :1]  # who knows more can rule out more
    kept[free] = ~(own | mask.never_small[free]) & (lower > -mask.room[free])
    return kept

"""A bound that no way of hiding can go below, from sums alone and whoever hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from amana.disclosure.suppression.linked.system import System


def fewest(system: System, least: int) -> int:
    """Return how many cells are hidden at least, zeros published, where every small cell may be ``least`` persons.

    Two things are necessary in every sum that is shown. The other hidden parts of it together must be able to lose what
    a small part has to gain, down to one person each; and nothing in it is the only hidden one. The bound is that of
    the linear relaxation: no pattern reaches less, and perhaps none reaches it.
    """
    truth, (heads, tails) = system.truth, system.halves
    small, head = (truth > 0) & (truth < least), np.asarray(heads.argmax(axis=1)).ravel()
    rows: list[tuple[list[int], list[float], float]] = []
    for line in range(tails.shape[0]):
        parts = tails.indices[tails.indptr[line] : tails.indptr[line + 1]]
        rows += _gaining(parts, int(head[line]), truth, least)
        if not small[[*parts, head[line]]].any():
            rows += _alone([int(each) for each in (*parts, head[line]) if truth[each] >= least])
    at = np.repeat(np.arange(len(rows)), [len(ids) for ids, _, _ in rows])
    ids, weights = (np.concatenate([np.array(row[part]) for row in rows]) for part in (0, 1))
    matrix = sparse.csr_matrix((weights, (at, ids)), shape=(len(rows), len(truth)))
    upper = np.where(truth >= least, 1.0, 0.0)
    found = linprog(upper, -matrix, [-needed for _, _, needed in rows], bounds=np.stack([0 * upper, upper], axis=1))
    return int(small.sum()) + int(np.ceil(found.fun - 1e-6))


def _gaining(
    parts: NDArray[np.int32], head: int, truth: NDArray[np.int64], least: int
) -> list[tuple[list[int], list[float], float]]:
    """Return at most one row: what the neediest small part of a sum lacks, its large parts or its head make up for."""
    few = [int(truth[each]) for each in parts if 0 < truth[each] < least]
    spare = sum(each - 1 for each in few)  # what they can lose together
    lacking = max((least - each - (spare - (each - 1)) for each in few), default=0)
    if lacking <= 0 or truth[head] < least:
        return []
    large = parts[truth[parts] >= least]
    weights = [*np.minimum(truth[large] - 1, lacking).astype(float), float(lacking)]
    return [([*map(int, large), head], weights, float(lacking))]


def _alone(ids: list[int]) -> list[tuple[list[int], list[float], float]]:
    """Return a row for each large quantity of a sum: where it is hidden, so is another."""
    return [(ids, [-1.0 if each == one else 1.0 for each in ids], 0.0) for one in ids]

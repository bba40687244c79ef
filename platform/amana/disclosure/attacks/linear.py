"""Linear: all published sums at once, as equations; what they determine, however long the chain.

Runs in: worker, and anywhere an attacker may sit.   Sees: what one party knows.
A hidden cell is determined by the sums when no table that keeps them all can change it: when its entry is 0 in every
vector of the null space. A random vector of that space shows it with probability 1; conjugate gradients on the normal
equations (CGLS; Bjorck, Numerical Methods for Least Squares Problems, 1996, 7.4) find one without factoring anything.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.attacks.picture import Knowledge, Picture
from amana.disclosure.attacks.subtraction import told_exactly
from amana.disclosure.table import Flags, Numbers, Vector

_STEPS: Final = 4000
_SMALL: Final = 1e-12  # of the first residual: the solver has arrived
_ZERO: Final = 1e-6  # of an entry whose spread would be about 1
_WHOLE: Final = 1e-3  # persons: that near to a whole number
_SEED: Final = 20261122  # the direction is no secret


def linear(picture: Picture, knowledge: Knowledge) -> tuple[Flags, Numbers]:
    """Return (n,) which secrets the sums determine, and (n,) the values found; 0 where nothing is determined.

    Signs and whole numbers are not used: that is what the other attacks add.
    """
    free, rows, given = equations(picture, knowledge)
    direction = np.random.default_rng(_SEED).standard_normal(len(free))
    still = np.abs(direction - onto(rows, rows @ direction)) < _ZERO
    guess = onto(rows, -given.astype(np.float64))
    whole = np.rint(guess)
    still &= np.abs(guess - whole) < _WHOLE
    found, values = np.zeros(len(picture.lower), dtype=np.bool_), np.zeros(len(picture.lower), dtype=np.int64)
    found[free] = still & knowledge.wanted[free]
    values[found] = whole[found[free]].astype(np.int64)
    return found & told_exactly(picture, knowledge, values, values), values


def equations(picture: Picture, knowledge: Knowledge) -> tuple[Numbers, sparse.csr_matrix, Numbers]:
    """Return the unknown quantities, the sums over them, and what of each sum is known: rows @ x = -given.

    Slacks have no equation of their own: the covers that need one are left out.
    """
    slack = np.arange(len(picture.lower)) >= len(picture.number) + len(picture.rests)
    unknown = knowledge.lower < knowledge.upper
    covers = np.diff(picture.sums[:, np.flatnonzero(slack)].tocsr().indptr) > 0
    free = np.flatnonzero(unknown & ~slack)
    used = (np.diff(picture.sums[:, free].tocsr().indptr) > 0) & ~covers
    lines = picture.sums[np.flatnonzero(used)]
    return free, lines[:, free].tocsr(), lines @ np.where(unknown, 0, knowledge.lower)


def onto(rows: sparse.csr_matrix, right: Vector) -> Vector:
    """Return (n,) the shortest x with rows @ x = right, in the sense of least squares."""
    x = np.zeros(rows.shape[1])
    down = rows.T.tocsr()
    residual = right.astype(np.float64)
    gradient = down @ residual
    step, size = gradient.copy(), float(gradient @ gradient)
    enough, steps = _SMALL**2 * size, 0
    while size > enough and steps < _STEPS:
        image = rows @ step
        length = size / float(image @ image)
        x += length * step
        residual -= length * image
        gradient = down @ residual
        fresh = float(gradient @ gradient)
        step, size, steps = gradient + (fresh / size) * step, fresh, steps + 1
    return x

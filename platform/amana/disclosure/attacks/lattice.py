"""Lattice: put the best guess on the published sums, round it, and see where every guess ends at one number.

Runs in: worker, and anywhere an attacker may sit.   Sees: what one party knows.
Least squares over all linked tables at once is what turned the rounded tables of other offices back into counts
(Asghar, Kaafar, Averaging attacks on bounded noise, PETS 2020). Under suppression there is no noise to average: what is
left is the guess that the sums leave no room for.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from amana.disclosure.attacks.linear import equations, onto
from amana.disclosure.attacks.picture import Knowledge, Picture
from amana.disclosure.table import Flags, Numbers

_ROUNDS: Final = 4  # of going back to the sums after what is impossible was set right
_SEED: Final = 20261122  # of the first guesses; no secret


def lattice(
    picture: Picture, knowledge: Knowledge, guesses: int, bounds: tuple[Numbers, Numbers]
) -> tuple[Flags, Numbers]:
    """Return (n,) the secrets where all guesses end within half a person, and (n,) the guess itself, in persons.

    guesses: from how many first guesses to start, >= 2: anything from nobody to twice k in each cell.
    bounds:  what subtraction told, (n,) least and most; no guess leaves them.
    """
    free, rows, given = equations(picture, knowledge)
    chance = np.random.default_rng(_SEED)
    low, high = bounds[0][free].astype(np.float64), bounds[1][free].astype(np.float64)
    ends = []
    for _ in range(guesses):
        guess = np.clip(chance.uniform(0, 2 * picture.least_count, len(free)), low, high)
        for _ in range(_ROUNDS):
            guess = np.clip(guess + onto(rows, -given - rows @ guess), low, high)
        ends.append(guess)
    spread = np.max(ends, axis=0) - np.min(ends, axis=0)
    pinned, best = np.zeros(len(picture.lower), dtype=np.bool_), picture.lower.copy()
    pinned[free] = knowledge.wanted[free] & (spread < 1 / 2)
    best[free] = np.rint(np.mean(ends, axis=0)).astype(np.int64)
    return pinned, best

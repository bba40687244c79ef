"""Rests: protect those of nobody that may be somebody's (``nobody``), for all parties that look at a mask.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

import numpy as np

from amana.disclosure.suppression.nobody import may_rise
from amana.disclosure.suppression.solving import INFINITE
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.oracle import movable


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

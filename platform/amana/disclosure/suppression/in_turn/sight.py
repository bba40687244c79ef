"""Sight: what one party sees of everybody else, and what it must not be able to tell.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amana.disclosure.suppression.linked.system import System
from amana.disclosure.suppression.nobody import may_rise
from amana.disclosure.suppression.solving import INFINITE, Effort
from amana.disclosure.table import Flags, Numbers


@dataclass(frozen=True)
class Sight:
    """What one party sees of everybody else. All (n,), persons who are not its own.

    truth: the others' counts. known: quantities that it knows, which can move nothing.
    low, high: what a hidden quantity must be able to be, at most and at least; high may be below 0.
    least: the least that a hidden quantity can be. exempt: what need not be protected from this party.
    nobody: what is exempt as long as it is openly nobody's (``nobody``).
    old:   what a quantity must be able to be, besides: a figure that was published before; -1 for none.
    apart: persons; what is provably so far from an old figure need not be able to be it.
    loose: what may be a single value where it is surely large: it was published before.
    """

    truth: Numbers
    known: Flags
    low: Numbers
    high: Numbers
    least: Numbers
    exempt: Flags
    nobody: Flags
    old: Numbers
    apart: int
    loose: Flags


def guard_unsure_rests(sight: Sight, system: System, hidden: Numbers, effort: Effort) -> None:
    """Protect the rests of nobody that may be somebody's (``nobody``). hidden: (h,) quantities that may move."""
    some = np.flatnonzero(sight.nobody[hidden])
    if len(some):
        truth, least = sight.truth[hidden], sight.least[hidden]
        rise = np.where(truth >= least, INFINITE, 0.0)
        upper = np.concatenate([rise, np.maximum(truth - least, 0)])
        stirs = hidden[may_rise(system.equations[:, hidden], upper, some, effort)]
        sight.nobody[stirs] = sight.exempt[stirs] = False

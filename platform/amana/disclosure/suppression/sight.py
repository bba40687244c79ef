"""Sight: what one party sees of everybody else, and what it must not be able to tell.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from amana.disclosure.suppression.room import Flags, Numbers


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

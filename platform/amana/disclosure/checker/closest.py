"""Closest: which hidden cell a reader can tell most closely, and how closely.

Runs in: anywhere an auditor wants it.   Sees: published cells, and what one party knows besides.
What a search has seen a cell be is never more than it can be. So the one of which least was seen is stretched to both
its ends, again and again, until that is one which was stretched already: then no other can be told more closely.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from amana.disclosure.checker.intervals import Reader
from amana.disclosure.checker.programme import Programme
from amana.disclosure.table import Flags

_MOST: Final = 100  # cells stretched; nine are the most that a release of the demo's took
_ENDLESS: Final = 2**20  # persons more than were seen: of what goes so far no upper end is told


class Closest(NamedTuple):
    """A quantity, and persons that it may be from lower to upper. exact: no more, and no other is told more closely."""

    quantity: int
    lower: int
    upper: int
    exact: bool


def closest(reader: Reader, among: Flags, harmless: Flags) -> Closest | None:
    """Return what can be told most closely; None where nothing is asked for, or nothing of it has an upper end.

    among:    (n,) of what it is looked for; what no world was seen of is left out.
    harmless: (n,) what may be a single number, and is not looked for then.
    """
    apart = _apart(reader)
    programme, done = Programme(apart), np.zeros(len(among), dtype=np.bool_)
    for _ in range(_MOST):
        at = _least_seen(apart, among, harmless, done)
        if at is None or done[at]:
            break
        programme.stretch(at)
        done[at] = True
    at = _least_seen(apart, among, harmless, done)
    if at is None:
        return None
    lower, upper = int(apart.seen_least[at]), int(apart.seen_most[at])
    return Closest(at, lower, upper, bool(done[at]) and apart.ends_met(at))


def _least_seen(apart: Reader, among: Flags, harmless: Flags, done: Flags) -> int | None:
    """Return the quantity that was seen to be the fewest numbers; of two, the one that was stretched."""
    some = among & (apart.seen_most >= 0) & ~(harmless & (apart.lower == apart.upper))
    width = np.where(some, apart.seen_most - apart.seen_least, _ENDLESS)
    at = int(np.lexsort((~done, width))[0])
    return at if width[at] < _ENDLESS else None


def _apart(reader: Reader) -> Reader:
    """Return the same reader, who asks how far everything goes; what it finds out is not the other's."""
    question = replace(reader.question, ceiling=np.maximum(reader.seen_most, 0) + _ENDLESS)
    found = Reader(reader.equations, reader.coarse, question, reader.exchanges)
    for name in ("lower", "upper", "seen_least", "seen_most", "world"):
        setattr(found, name, getattr(reader, name).copy())
    return found

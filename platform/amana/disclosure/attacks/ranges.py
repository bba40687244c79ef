"""Ranges: what linear programming leaves of a hidden cell between its least and its most.

Runs in: worker, and anywhere an attacker may sit.   Sees: what one party knows.
"""

from __future__ import annotations

from amana.disclosure.attacks.picture import Knowledge, Picture
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort, Programme
from amana.disclosure.attacks.subtraction import subtraction, told_exactly
from amana.disclosure.table import Flags, Numbers


def ranges(
    picture: Picture, knowledge: Knowledge, effort: Effort, bounds: tuple[Numbers, Numbers] | None = None
) -> tuple[Flags, tuple[Numbers, Numbers], int]:
    """Return the secrets that can only be small or are a single value, the range of each, and how many stay open.

    All are (n,). What stays open was not asked about: the checker asks about every one.

    effort: how many cells are asked about one by one; the others are looked at many at once.
    bounds: what subtraction and presence told, where they were tried before.
    """
    lower, upper = bounds or _from_below(picture, knowledge, effort)
    programme = Programme(picture, knowledge, lower, upper)
    programme.rise(effort)
    found = told_exactly(picture, knowledge, programme.lower, programme.upper)
    return found, (programme.lower, programme.upper), int((programme.may_rise() & ~found).sum())


def _from_below(picture: Picture, knowledge: Knowledge, effort: Effort) -> tuple[Numbers, Numbers]:
    bounds = subtraction(picture, knowledge)
    return presence(picture, knowledge, effort, bounds)[1], bounds[1]

"""Presence: can a reader tell that a cell with a mark is not empty, that a victim was found.

Runs in: worker, and anywhere an attacker may sit.   Sees: what one party knows.
A cell that is provably large is no answer: hundreds are not one. Where a plan publishes zeros the mark itself says
that somebody is there, and the attack asks for more than that one.
"""

from __future__ import annotations

from amana.disclosure.attacks.picture import Knowledge, Picture
from amana.disclosure.attacks.programme import Effort, Programme
from amana.disclosure.attacks.subtraction import subtraction, told_present
from amana.disclosure.table import Flags, Numbers


def presence(
    picture: Picture, knowledge: Knowledge, effort: Effort, bounds: tuple[Numbers, Numbers] | None = None
) -> tuple[Flags, Numbers, int]:
    """Return the secrets that surely hold somebody and need not hold many, the least of each, and how many stay open.

    Both are (n,). What stays open was not asked about: the checker asks about every one.

    effort: how many cells are asked about one by one; the others are looked at many at once.
    bounds: what subtraction told, where it was asked before.
    """
    lower, upper = bounds or subtraction(picture, knowledge)
    programme = Programme(picture, knowledge, lower, upper)
    programme.fall(effort)
    small = programme.seen_least < picture.least_count  # in some table that fits: not large for certain
    found = told_present(picture, knowledge, programme.lower) & small
    return found, programme.lower, int((programme.may_fall() & ~found).sum())

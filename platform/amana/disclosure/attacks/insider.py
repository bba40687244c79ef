"""Insider: a committee takes its own persons out of every figure, and two of them do it together.

Runs in: worker, in the vault alone.   Sees: published cells and what each insider knows; tells nothing of the latter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from amana.disclosure.attacks.linear import linear
from amana.disclosure.attacks.picture import Knowledge, Picture, party
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.attacks.ranges import ranges
from amana.disclosure.attacks.subtraction import Lines, subtraction, told_exactly, told_present
from amana.disclosure.table import Flags, Insider

_ROUNDS: Final = 1  # of programmes over many cells at once: there are many parties


def learned(picture: Picture, parties: Sequence[Sequence[Insider]], asks: int, thorough: int) -> Flags:
    """Return (n,) what the first party that learns anything, insiders who join what they know, learns of the others.

    thorough: how many parties, those who hold the most, try every arithmetic; the others take a pencil.
    asks:     cells that linear programming asks about one by one, per party.
    """
    lines, effort = Lines(picture), Effort(asks, _ROUNDS)
    for rank, members in enumerate(sorted(parties, key=_weight, reverse=True)):
        for each in _learn(picture, party(picture, members), lines, effort, every=rank < thorough):
            if each.any():
                return each
    return np.zeros(len(picture.lower), dtype=np.bool_)


def _learn(picture: Picture, knowledge: Knowledge, lines: Lines, effort: Effort, *, every: bool) -> Iterator[Flags]:
    bounds = subtraction(picture, knowledge, lines)
    yield told_exactly(picture, knowledge, *bounds)
    if every:
        yield linear(picture, knowledge)[0]
    if every or told_present(picture, knowledge, bounds[0]).any():
        found, least, _ = presence(picture, knowledge, effort if every else Effort(effort.asks, 0), bounds)
        yield found
        bounds = least, bounds[1]
    if every:
        yield ranges(picture, knowledge, effort, bounds)[0]


def _weight(members: Sequence[Insider]) -> int:
    """Return how much a party knows, for the order only."""
    return sum(int(counts.sum()) for one in members for counts in one.counts.values())

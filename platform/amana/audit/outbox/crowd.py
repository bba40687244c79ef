"""In which company a reading is counted, so that a count never points at one organisation.

A class of organisations is told by itself, under a purpose, only when enough organisations of it can read for that
purpose. Those that are too few are told together, and where they are too few together, so are others with them. What is
merged depends on who can read, never on who did: that two classes are told as one says nothing of either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

SEVERAL: Final = "several"  # classes, or purposes, that are told together
OWN: Final = "own"  # the committee itself; its own readings are no secret from it

Place = tuple[str, str]  # purpose, class


@dataclass(frozen=True)
class Reader:
    """An organisation that can read statistics for a purpose. ``committee``: the one that it is, if it is one."""

    organisation: str
    class_: str
    committee: str | None
    purpose: str


def places(readers: Collection[Reader], committee: str, least: int) -> Mapping[Place, Place]:
    """Return, for each (purpose, class) of others, under which (purpose, class) this committee is told its readings.

    readers: everybody who can read; the committee's own people are left out, because it knows what they read.
    least:   organisations behind whatever is told, >= 1. Where all together are fewer, their places are missing: of
             them nothing is told.
    """
    others = frozenset(one for one in readers if one.committee != committee)
    by_size = sorted({one.purpose for one in others}, key=lambda purpose: (_organisations(others, [purpose]), purpose))
    thin = [purpose for purpose in by_size if _organisations(others, [purpose]) < least]
    while thin and len(thin) < len(by_size) and _organisations(others, thin) < least:
        thin.append(by_size[len(thin)])
    told = {place: where for one in by_size[len(thin) :] for place, where in _within(others, one, least).items()}
    if _organisations(others, thin) < least:
        return told
    return told | {(one.purpose, one.class_): (SEVERAL, SEVERAL) for one in others if one.purpose in thin}


def _within(others: Collection[Reader], purpose: str, least: int) -> Mapping[Place, Place]:
    """Return the places of one purpose, for which at least ``least`` organisations can read."""
    held = Counter(class_ for _, class_ in {(one.organisation, one.class_) for one in others if one.purpose == purpose})
    alone = sorted(held, key=lambda class_: (held[class_], class_))
    together: list[str] = []
    while alone and (held[alone[0]] < least or 0 < sum(held[one] for one in together) < least):
        together.append(alone.pop(0))
    return {(purpose, one): (purpose, one) for one in alone} | {(purpose, one): (purpose, SEVERAL) for one in together}


def _organisations(others: Collection[Reader], purposes: Collection[str]) -> int:
    return len({one.organisation for one in others if one.purpose in purposes})

"""Suppress: hide small cells, and as few others as it takes to keep them hidden.

Runs in: worker.   Sees: true counts. Its own evidence is not proof: the checker judges what it leaves shown.
There are two ways, measured on the demo's tables: where only an outsider looks on, all at once is the quicker and hides
fewer; where somebody inside does, taking turns hides far fewer, and settles what the other leaves open. It comes to no
end over large releases: those are hidden all at once for whoever is inside, too. Two large vintages are not hidden as
one system: nothing that revisions may have changed is shown beside the older one, and what that leaves open is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from random import Random
from typing import Final

import numpy as np

from amana.disclosure.suppression.at_once.method import is_many, suppress_at_once
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.in_turn.closing import Closing, closing
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import KnownFigure, Publication, RawTable, Rule, Status

_WARIEST: Final = 3  # caution: all of the region and of whoever revised is hidden


def _is_large(raw: RawTable, rule: Rule) -> bool:
    committees = sum(each.committee for each in raw.insiders)
    parties = 1 + len(raw.insiders) + (comb(committees, 2) if rule.coalition > 1 else 0)
    return is_many(raw, parties)


def suppress(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
    caution: int = 0,
) -> Candidate:
    """Return a candidate for publication.

    known: figures printed elsewhere, with the counts that the raw table has. past: all that was published about these
    persons, oldest first. caution: 0 to 3, how much of what revisions may have changed is hidden at once, and, where
    nobody has revised, how much stays hidden without need; where nobody inside looks on it makes no difference.
    Raises ClearingRefused when the counts contradict each other or some cell cannot be protected by hiding others.
    """
    inside = raw.insiders and rule.coalition
    if inside and not _is_large(raw, rule):
        return suppress_in_turn(raw, rule, rng, known=known, past=past, caution=caution)
    found = suppress_at_once(raw, rule, rng, known=known, past=past, caution=_WARIEST if inside else 0)
    chance = np.random.default_rng(rng.getrandbits(128))
    # Nobody looks again by sums after this, so every two read as persons as well.
    circles = closing(raw, rule, chance, Effort(), known=known, past=past, together=rule.coalition)
    return _closed(found, circles) if circles else found


def _closed(found: Candidate, circles: Closing) -> Candidate:
    """Return a candidate with what tables of persons ask to be hidden besides."""
    hidden = circles.close({name: states == Status.HIDDEN for name, states in found.status.items()})
    status = {name: np.where(hidden[name], Status.HIDDEN, states) for name, states in found.status.items()}
    values = {name: np.where(hidden[name], 0, figures) for name, figures in found.values.items()}
    return Candidate(values, {name: states.astype(np.uint8) for name, states in status.items()})

"""Suppress: hide small cells, and as few others as it takes to keep them hidden from everybody.

Runs in: worker.   Sees: true counts. Its own evidence is not proof: the checker judges what it leaves shown.
Primary: every cell below the least count, and what rules about groups and earlier publications ask for. Complementary:
whatever the cheapest moves touch, until each hidden quantity can be, for every party, the least that it thinks possible
and the least count in some table that shows the same, or provably never was small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.engine import Engine, Progress
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.mask import Mask
from amana.disclosure.suppression.primary import by_group, start
from amana.disclosure.suppression.system import System, link, refusal
from amana.disclosure.table import KnownFigure, Publication, RawTable, Rule, Status


@dataclass(frozen=True)
class Candidate:
    """What would be shown. values: 0 wherever the status is not SHOWN; both by cube id, shape ``cube.shape``."""

    values: Mapping[str, NDArray[np.int64]]
    status: Mapping[str, NDArray[np.uint8]]


def suppress(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    progress: Progress,
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
) -> Candidate:
    """Return a candidate for publication.

    known: figures printed elsewhere, with the counts that the raw table has. past: all that was published about these
    persons, oldest first. Raises ClearingRefused when the counts contradict each other or some cell cannot be
    protected by hiding others.
    """
    system = link(raw)
    candidate, lost = protect(raw, system, rule, rng, progress, out=(known, past))
    if lost.any():
        raise refusal("beyond_protection", raw.cubes, system.numbers, lost)
    return candidate


def protect(
    raw: RawTable,
    system: System,
    rule: Rule,
    rng: Random,
    progress: Progress,
    *,
    out: tuple[Sequence[KnownFigure], Sequence[Publication]] = ((), ()),
) -> tuple[Candidate, NDArray[np.bool_]]:
    """Return what protects as much as can be, and (n + 1,) which quantities are not protected by it. For figures."""
    chance = np.random.default_rng(rng.getrandbits(128))
    mask = Mask(system, rule, parties(raw, rule, system), start(raw, rule, system, chance, out))
    engine = Engine(raw.cubes, mask, chance, progress)
    more = by_group(raw, rule, system, mask.hidden[:-1])
    mask.hide(more)
    engine.protect()
    while len(more := by_group(raw, rule, system, mask.hidden[:-1])):
        mask.hide(more)
        engine.protect()
    return _candidate(raw, system.numbers, mask.hidden), mask.lost()


def _candidate(raw: RawTable, numbers: Mapping[str, NDArray[np.int64]], hidden: NDArray[np.bool_]) -> Candidate:
    values, status = {}, {}
    for cube in raw.cubes:
        marked = hidden[numbers[cube.id]]
        status[cube.id] = np.where(marked, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
        status[cube.id][raw.absent[cube.id]] = Status.NOT_COLLECTED
        values[cube.id] = np.where(status[cube.id] == Status.SHOWN, raw.counts[cube.id], 0)
    return Candidate(values, status)

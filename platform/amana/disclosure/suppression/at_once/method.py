"""At once: hide from every party in one go, the worlds of all of them side by side.

Runs in: worker.   Sees: true counts. Its own evidence is not proof: the checker judges what it leaves shown.
Primary: every cell below the least count, and what rules about groups and earlier publications ask for. Complementary:
whatever the cheapest moves touch, until each hidden quantity can be, for every party, the least that it thinks possible
and the least count in some table that shows the same, or provably never was small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.at_once.by_corners import ByCorners
from amana.disclosure.suppression.at_once.engine import Engine
from amana.disclosure.suppression.at_once.families import Families
from amana.disclosure.suppression.at_once.together import Together
from amana.disclosure.suppression.candidate import Candidate, shown
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import System, link, refusal
from amana.disclosure.suppression.primary import by_group, given, start
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.rests import guard_unsure_rests
from amana.disclosure.table import KnownFigure, Publication, RawTable, Rule

_FEW: Final = 60_000  # cells; programmes over more of them would take hours, and what blocks leave open is refused
_SOME: Final = 2_000  # cells; of fewer, what has to be hidden together hides too many
MANY: Final = 200_000  # cells times parties; one party after the other takes minutes over them


def suppress_at_once(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
    caution: int = 0,
) -> Candidate:
    """Return a candidate, hidden from everybody at once; arguments and errors are those of ``suppress``."""
    system = link(raw)
    effort = Effort()
    candidate, lost = protect(raw, system, rule, rng, out=(known, past), caution=caution, effort=effort)
    if lost.any():
        raise refusal(effort.reason, raw.cubes, system.numbers, lost)
    return candidate


def is_many(raw: RawTable, parties: int) -> bool:
    """Return whether there are too many cells to hide them from one of so many parties after the other."""
    return sum(cube.size for cube in raw.cubes) * parties > MANY


def protect(
    raw: RawTable,
    system: System,
    rule: Rule,
    rng: Random,
    *,
    out: tuple[Sequence[KnownFigure], Sequence[Publication]] = ((), ()),
    caution: int = 0,
    effort: Effort | None = None,
) -> tuple[Candidate, NDArray[np.bool_]]:
    """Return what protects as much as can be, and (n + 1,) which quantities are not protected by it. For figures."""
    chance = np.random.default_rng(rng.getrandbits(128))
    what = given(raw, rule, system, *out, caution=caution)
    mask = Mask(system, rule, parties(raw, rule, system), start(rule, system, chance, what))
    mask.effort = effort or mask.effort
    hide = _ways_to_hide(raw, rule, mask, chance)
    hide()
    while len(more := by_group(raw, rule, system, mask.hidden[:-1])) or guard_unsure_rests(mask):
        mask.hide(more)
        hide()
    return shown(raw, system.numbers, mask.hidden), mask.lost()


def _ways_to_hide(raw: RawTable, rule: Rule, mask: Mask, chance: np.random.Generator) -> Callable[[], None]:
    """Return what hides on a mask: where an outsider alone looks on together or by corners, and by programmes.

    Where cells are few and zeros published programmes alone hide fewest.
    """
    many, first = mask.system.cells > _FEW, None
    engine = None if many and mask.parties == 1 else Engine(raw.cubes, mask, chance)
    if engine and mask.parties == 1 and mask.system.cells > _SOME:
        first = Together(mask, chance, engine).protect
    elif mask.parties == 1 and (rule.zeros_hidden or many):
        first = ByCorners(raw.cubes, mask, chance, alone=many).protect
    elif engine and is_many(raw, mask.parties):
        first = Families(raw, rule, mask, chance, engine).protect

    def hide() -> None:
        if first:
            first()
        if engine:
            engine.protect()

    return hide

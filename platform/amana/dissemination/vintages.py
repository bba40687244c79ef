"""What a vintage shows beside the one before it: numbers of cells, from published bundles alone.

Runs in: web.
Sees: published cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Cube, Status
from amana.dissemination.bundle import Bundle


@dataclass(frozen=True)
class Moved:
    """One table in two vintages, in cells. changed: shown in both, and not the same figure."""

    newly_shown: int
    newly_hidden: int
    changed: int


def shown_in(bundle: Bundle, cube_id: str) -> int | None:
    """Return how many cells of a table are shown; None where the bundle has no such table."""
    return int((bundle.status[cube_id] == Status.SHOWN).sum()) if cube_id in bundle.status else None


def moved(before: Bundle, now: Bundle, cube_id: str) -> Moved | None:
    """Return what moved in a table; None where it is new, or has other dimensions than before.

    A cell that only one of the two has (a country that joined) was hidden, or is.
    """
    if cube_id not in before.status:
        return None
    then, here = before.cube(cube_id), now.cube(cube_id)
    if [axis.dim for axis in then.axes] != [axis.dim for axis in here.axes]:
        return None
    at_then, at_here = _common(then, here), _common(here, then)
    was, is_ = before.status[cube_id] == Status.SHOWN, now.status[cube_id] == Status.SHOWN
    both = was[at_then] & is_[at_here]
    other = before.values[cube_id][at_then] != now.values[cube_id][at_here]
    return Moved(int(is_.sum() - both.sum()), int(was.sum() - both.sum()), int((both & other).sum()))


def _common(cube: Cube, other: Cube) -> tuple[NDArray[np.int64], ...]:
    """Return where in ``cube`` the codes stand that both have, in the order of the codes."""
    places = []
    for axis, beside in zip(cube.axes, other.axes, strict=True):
        held = {node.code for node in beside.nodes}
        found = sorted((node.code, number) for number, node in enumerate(axis.nodes) if node.code in held)
        places.append([number for _, number in found])
    return np.ix_(*places)

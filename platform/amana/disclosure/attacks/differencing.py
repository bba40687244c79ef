"""Differencing: last year's report beside this year's, about the same persons; what changed is somebody.

Runs in: worker, and anywhere an attacker may sit.   Sees: published cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from amana.disclosure.attacks.picture import FAR, Picture, Place, draw, outsider
from amana.disclosure.attacks.subtraction import Lines, subtraction
from amana.disclosure.table import Flags, Numbers, Publication, Status


@dataclass(frozen=True)
class _Side:
    """One release, in the numbering of both together: what a pencil tells. Not in it: 0 to FAR, and not hidden.

    unasked: (n,) where it says that nobody was asked.
    """

    lower: Numbers
    upper: Numbers
    hidden: Flags
    unasked: Flags

    @property
    def shown(self) -> Flags:
        """Return (n,) what it says openly."""
        open_: Flags = (self.lower == self.upper) & ~self.hidden
        return open_


def changed(older: Publication, newer: Publication) -> bool:
    """Return whether some figure stands in both and is not the same."""
    joint = draw([older, newer])
    then, now = _side(older, joint), _side(newer, joint)
    return bool((then.lower != now.lower)[then.shown & now.shown].any())


def differencing(older: Publication, newer: Publication) -> tuple[Place, ...]:
    """Return the cells in which the two releases together single out fewer than k persons.

    They do where a shown figure moved by less than k; where what was hidden is shown; where what was shown and is now
    hidden can only have changed; and where the sums of all changes leave nothing but a small one.
    """
    joint, k = draw([older, newer]), newer.least_count
    then, now = _side(older, joint), _side(newer, joint)
    both = then.shown & now.shown
    step = now.lower - then.lower
    found = both & (step != 0) & (np.abs(step) < k)
    found |= then.hidden & now.shown
    found |= then.shown & now.hidden & ((then.lower < now.lower) | (then.lower > now.upper))
    least, most = _steps(joint, then, now)
    found |= ~both & (((least > 0) & (most < k)) | ((most < 0) & (least > -k)))
    return tuple(joint.places[at] for at in np.flatnonzero(found))


def _side(page: Publication, joint: Picture) -> _Side:
    alone = draw([page])
    bounds = subtraction(alone, outsider(alone))
    places = np.array([joint.number[key] for key in alone.number])  # both number their cells in the order of keys
    size = len(joint.lower)
    lower, upper, hidden = np.zeros(size, dtype=np.int64), np.full(size, FAR), np.zeros(size, dtype=np.bool_)
    cells = len(places)
    lower[places], upper[places] = bounds[0][:cells], bounds[1][:cells]
    hidden[places] = (alone.wanted & (alone.lower < alone.upper))[:cells]
    unasked = np.zeros(size, dtype=np.bool_)
    for cube in page.cubes:
        for index in np.argwhere(page.status[cube.id] == Status.NOT_COLLECTED):
            unasked[joint.number[cube.cell_key(tuple(map(int, index)))]] = True
    return _Side(lower, upper, hidden, unasked)


def _steps(joint: Picture, then: _Side, now: _Side) -> tuple[Numbers, Numbers]:
    """Return the least and the most that each quantity can have changed: the sums hold for changes, too.

    An area that shows no change is taken to have had none, unless the sums say otherwise: what is left of the region's
    change then is that of the others.
    """
    least, most = np.maximum(now.lower - then.upper, -FAR), np.minimum(now.upper - then.lower, FAR)
    moved = np.unique(joint.area[((least > 0) | (most < 0)) & (joint.area >= 0)])
    came = np.unique(joint.area[(then.unasked != now.unasked) & (joint.area >= 0)])
    still = (joint.area >= 0) & ~np.isin(joint.area, [*moved, *came])
    found = _narrowed(joint, np.where(still, 0, least), np.where(still, 0, most))
    return found if (found[0] <= found[1]).all() else _narrowed(joint, least, most)


def _narrowed(joint: Picture, least: Numbers, most: Numbers) -> tuple[Numbers, Numbers]:
    return Lines(replace(joint, lower=least, upper=most)).narrow(least, most)

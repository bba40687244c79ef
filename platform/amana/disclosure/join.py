"""Join tables that a committee protected at home: its figures stand as it published them, never more precisely.

Runs in: worker.   Sees: published cells only, of the others and of the guest.

A regional figure is the sum of what the others' table shows and of what the guest shows; where either holds a mark,
so does the sum. The sum follows from the two tables and says nothing that they do not say: a reader who subtracts the
guest's figure is back at the others' table, which passed the checker by itself, and so did the guest's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Cube, Status

Values = Mapping[str, NDArray[np.int64]]
Statuses = Mapping[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class Guest:
    """What one committee protected at home.

    code:        the committee, as the axis of areas names it.
    values:      by cube id, shape ``cube.shape`` without the axis of areas; 0 wherever the status is not SHOWN.
    status:      by cube id, the same shape, ``Status`` as uint8.
    least_count: persons; the threshold that the committee applied.
    """

    code: str
    values: Values
    status: Statuses
    least_count: int


def join(cubes: Sequence[Cube], values: Values, status: Statuses, guest: Guest, area: str) -> tuple[Values, Statuses]:
    """Return the table with the guest's figures in it.

    cubes:          the release's; ``area`` names the axis whose first node is the region and whose others are members.
    values, status: the others' table, in which the guest is a member of whom nothing was collected.
    Raises ValueError when something of the guest is in the table already.
    """
    pairs = {cube.id: _cube(cube, values[cube.id], status[cube.id], guest, area) for cube in cubes}
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}


def _cube(
    cube: Cube, values: NDArray[np.int64], status: NDArray[np.uint8], guest: Guest, area: str
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    own = (guest.values[cube.id], guest.status[cube.id])
    place = next((number for number, axis in enumerate(cube.axes) if axis.dim == area), None)
    if place is None:
        return _sum((values, status), own)
    shown, states = np.moveaxis(values, place, 0).copy(), np.moveaxis(status, place, 0).copy()
    member = [node.code for node in cube.axes[place].nodes].index(guest.code)
    if (states[member] != Status.NOT_COLLECTED).any():
        raise ValueError("the guest is in the table already")
    shown[0], states[0] = _sum((shown[0], states[0]), own)
    shown[member], states[member] = own
    return np.moveaxis(shown, 0, place), np.moveaxis(states, 0, place)


def _sum(
    others: tuple[NDArray[np.int64], NDArray[np.uint8]], own: tuple[NDArray[np.int64], NDArray[np.uint8]]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the regional cells: hidden where a part is; of one part only where the other has nothing to say."""
    hidden = (others[1] == Status.HIDDEN) | (own[1] == Status.HIDDEN)
    nothing = (others[1] == Status.NOT_COLLECTED) & (own[1] == Status.NOT_COLLECTED)
    states = np.select([hidden, nothing], [Status.HIDDEN, Status.NOT_COLLECTED], Status.SHOWN).astype(np.uint8)
    return np.where(states == Status.SHOWN, others[0] + own[0], 0), states

"""How much of a release can be read, and what a reader gets who fills the gaps: from published cells, nothing else.

Shares of persons would be one more equation about the hidden cells, so there are none. What a filled gap may be off by
follows from the sums that are shown above it; how far it is off in truth is nobody's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Cube, Status

_NO_SUM: Final = 2**40  # more than anything counts: no shown sum stands above a cell


@dataclass(frozen=True)
class Share:
    """Of one cube's cells, margins included: how many there are to show, and how many are shown.

    What is not measured, for the noise, is there to show and not shown.

    under:      how many of the hidden ones stand under a sum that is shown.
    zeros_off:  mean over these, rounded up, in the unit of the dataflow: what a 0 for one mark is off by, at worst. Not
                all are at once: what a sum leaves is there once for all its parts.
    shares_off: the same for an equal share of what the sum leaves to its hidden parts.
    """

    cells: int
    shown: int
    under: int
    zeros_off: int
    shares_off: int


def usefulness(
    cubes: Sequence[Cube],
    values: Mapping[str, NDArray[np.int64]],
    status: Mapping[str, NDArray[np.uint8]],
    *,
    zeros_hidden: bool,
) -> Mapping[str, Share]:
    """Return the share of shown cells by cube, and the two baselines; cells that were not collected do not count.

    values, status: by cube id, shape ``cube.shape``; 0 wherever the status is not SHOWN.
    zeros_hidden:   whether a hidden cell may hold 0; else it holds one at least.
    """
    return {cube.id: _share(cube, values[cube.id], status[cube.id], int(not zeros_hidden)) for cube in cubes}


def _share(cube: Cube, values: NDArray[np.int64], status: NDArray[np.uint8], least: int) -> Share:
    hidden, shown = status == Status.HIDDEN, status == Status.SHOWN
    rest, among = np.full(cube.shape, _NO_SUM), np.ones(cube.shape, dtype=np.int64)
    for dim, axis in enumerate(cube.axes):
        front = (dim, 0)
        lines = _Lines(
            values=np.moveaxis(values, *front),
            hidden=np.moveaxis(hidden, *front),
            shown=np.moveaxis(shown, *front),
            rest=np.moveaxis(rest, *front),
            among=np.moveaxis(among, *front),
        )
        for parent, children in axis.sums:
            _look_under(parent, list(children), lines)
    under = hidden & (rest < _NO_SUM)
    left, parts = rest[under], among[under]
    share, most = left // parts, left - least * (parts - 1)
    return Share(
        cells=int((status != Status.NOT_COLLECTED).sum()),
        shown=int(shown.sum()),
        under=int(under.sum()),
        zeros_off=_mean(most),
        shares_off=_mean(np.maximum(share - least, most - share)),
    )


@dataclass(frozen=True)
class _Lines:
    """A cube's cells with one axis in front, (nodes, …). rest, among: what the nearest sum leaves, to how many."""

    values: NDArray[np.int64]
    hidden: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    rest: NDArray[np.int64]
    among: NDArray[np.int64]


def _look_under(parent: int, children: list[int], lines: _Lines) -> None:
    """Note what one sum leaves to its hidden parts where that is less than what was known before."""
    left = np.where(lines.shown[parent], lines.values[parent] - lines.values[children].sum(axis=0), _NO_SUM)
    parts = np.asarray(lines.hidden[children].sum(axis=0))
    for child in children:
        nearer = lines.hidden[child] & (left < lines.rest[child])
        lines.rest[child, ...][nearer], lines.among[child, ...][nearer] = left[nearer], parts[nearer]


def _mean(counts: NDArray[np.int64]) -> int:
    return -(-int(counts.sum()) // max(len(counts), 1))

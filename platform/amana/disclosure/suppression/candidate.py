"""A candidate for publication: what is shown once it is known what is hidden.

Runs in: worker.   Sees: true counts; what it gives back are the figures that may be shown, if the checker agrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import RawTable, Status


@dataclass(frozen=True)
class Candidate:
    """What would be shown. values: 0 wherever the status is not SHOWN; both by cube id, shape ``cube.shape``."""

    values: Mapping[str, NDArray[np.int64]]
    status: Mapping[str, NDArray[np.uint8]]


def shown(raw: RawTable, numbers: Mapping[str, NDArray[np.int64]], hidden: NDArray[np.bool_]) -> Candidate:
    """Return what is shown. numbers: by cube id, which quantity each cell is; hidden: by quantity."""
    values, status = {}, {}
    for cube in raw.cubes:
        marked = hidden[numbers[cube.id]]
        status[cube.id] = np.where(marked, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
        status[cube.id][raw.absent[cube.id]] = Status.NOT_COLLECTED
        values[cube.id] = np.where(status[cube.id] == Status.SHOWN, raw.counts[cube.id], 0)
    return Candidate(values, status)

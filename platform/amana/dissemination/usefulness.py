"""How much of a release can be read: shares of cells, computed from what is published and nothing else.

Shares of persons would be one more equation about the hidden cells, so there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Status


@dataclass(frozen=True)
class Share:
    """Of one cube's cells, margins included: how many there are to show, and how many are shown."""

    cells: int
    shown: int


def usefulness(status: Mapping[str, NDArray[np.uint8]]) -> Mapping[str, Share]:
    """Return the share of shown cells by cube; cells that were not collected do not count.

    status: by cube id, any shape, ``Status`` as uint8.
    """
    return {
        cube: Share(int((cells != Status.NOT_COLLECTED).sum()), int((cells == Status.SHOWN).sum()))
        for cube, cells in status.items()
    }

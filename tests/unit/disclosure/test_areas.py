"""Whose areas a publication has: sub-regions are sums of them, and nobody's."""

from __future__ import annotations

import numpy as np

from amana.disclosure.table import AREA, Axis, Cube, Node, Publication, Status
from amana.disclosure.vintages import areas, silent

NODES = (Node("_T", None), *(Node(code, (AREA, code)) for code in ("NORTH", "MAR", "TUN", "CIV")))
CUBE = Cube("c", (Axis(AREA, NODES, ((0, (1, 4)), (1, (2, 3)))),))


def publication(*unasked: str) -> Publication:
    states = [Status.NOT_COLLECTED if node.code in unasked else Status.SHOWN for node in NODES]
    values = np.where(np.array(states) == Status.SHOWN, 9, 0)
    return Publication((CUBE,), {"c": values}, {"c": np.array(states, dtype=np.uint8)}, 5, zeros_hidden=True)


def test_a_sub_region_is_no_area_and_does_not_fall_silent():
    assert areas(publication()) == {"MAR", "TUN", "CIV"}
    assert silent(publication()) == frozenset()
    assert silent(publication("NORTH", "MAR", "TUN")) == {"MAR", "TUN"}

"""Figures printed elsewhere beside those of a bundle: which of them it shows otherwise.

Runs in: web, and anywhere a bundle is read.
Sees: published cells, and what is printed; no count of the vault's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amana.disclosure.table import Key, KnownFigure, Status
from amana.dissemination.bundle import Bundle


def shown_otherwise(bundle: Bundle, known: Iterable[KnownFigure]) -> Mapping[Key, int]:
    """Return by cell what a bundle shows where a report has another number; nothing under noise, which is no count.

    A report may count another day or another group. Whoever has both takes what is shown, as the vault takes what it
    holds.
    """
    printed = {one.key: one.count for one in known}
    found: dict[Key, int] = {}
    for cube in bundle.cubes if printed and bundle.noisy is None else ():
        for index in cube.indices():
            key = cube.cell_key(index)
            if key in printed and bundle.status[cube.id][index] == Status.SHOWN:
                found[key] = int(bundle.values[cube.id][index])
    return {key: count for key, count in found.items() if count != printed[key]}

"""Steps: what changed from one vintage to the next, as those who revised take it apart together.

Runs in: worker, and anywhere an auditor wants it.   Sees: which figures are known both times, and who has revised.
Steps add up as persons do: that of a sum is the sum of its parts' steps; whoever did not revise has none. So equations
alone say whose step follows from what, whatever the figures are. Tables without areas are taken apart as well, by who
revised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from amana.disclosure.checker.determinacy import determined
from amana.disclosure.checker.page import Page, Place
from amana.disclosure.checker.vintages import areas, by_areas, regional
from amana.disclosure.table import AREA, Flags, Key, Publication


def followed(judged: Publication, told: Flags, nobody: Mapping[str, Sequence[Key]], coalition: int) -> Iterator[Place]:
    """Yield the cells of one who revised whose step others who did work out together, and nobody else.

    told:      (cells,) of the judged publication, what is known both times.
    nobody:    by who has revised, of which persons it is known to have had none both times.
    coalition: how many of those who revised put together what they changed.
    What anybody works out is judged as what it is (``reading``); of this the values are not known here. In a table
    without areas the cell is that of all together.
    """
    codes, several = sorted(nobody), min(coalition, len(nobody) - 1)
    if several < 1:
        return
    spread, chance = by_areas(judged, frozenset(codes)), np.random.default_rng(0)
    page, plain = Page([spread]), Page([judged])
    known = _still(page, nobody) | np.any([page.having((AREA, code)) for code in areas(spread) - set(codes)], axis=0)
    for (_, _, grid), (_, _, before) in zip(page.grids, plain.grids, strict=True):
        known[grid if grid.ndim == before.ndim else grid[0]] |= told[before]
    own = [page.having((AREA, code)) for code in codes]

    def fixed(given: Flags) -> Flags:
        found, open_ = given.copy(), np.flatnonzero(~given)
        found[open_] = determined(page.equations[:, open_], chance)
        return found

    anybody, without = fixed(known), regional(judged)
    for some in combinations(range(len(codes)), several):
        theirs = np.any([own[each] for each in some], axis=0)
        others = np.any([own[each] for each in range(len(codes)) if each not in some], axis=0)
        for quantity in np.flatnonzero(fixed(known | theirs) & others & ~anybody & ~theirs).tolist():
            cube_id, where = page.place(quantity)
            yield cube_id, where[cube_id in without :]


def _still(page: Page, nobody: Mapping[str, Sequence[Key]]) -> Flags:
    """Return (n,) the cells of who revised that are known to have had nobody both times."""
    found = np.zeros(page.size, dtype=np.bool_)
    for _, cube, grid in page.grids if any(nobody.values()) else ():
        for index in cube.indices():
            key = cube.cell_key(index)
            found[grid[index]] |= any(
                few <= key for code, some in nobody.items() if (AREA, code) in key for few in some
            )
    return found

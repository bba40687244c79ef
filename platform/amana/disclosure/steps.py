"""Steps: what changed from one vintage to the next, as those who revised take it apart together.

Runs in: worker, and anywhere an auditor wants it.   Sees: which figures are shown both times, and who has revised.
Steps add up as persons do: that of a sum is the sum of its parts' steps; whoever did not revise has none. So equations
alone say whose step follows from what, whatever the figures are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.determinacy import determined
from amana.disclosure.page import Page
from amana.disclosure.table import AREA, Publication
from amana.disclosure.vintages import areas

Flags = NDArray[np.bool_]


def followed(judged: Publication, told: Flags, revised: Collection[str], coalition: int) -> Iterator[int]:
    """Yield the cells of one who revised whose step others who did work out together, and nobody else.

    told:      (cells,) of the judged publication, what is shown both times.
    coalition: how many of those who revised put together what they changed.
    What anybody works out is judged as what it is (``reading``); of this the values are not known here.
    """
    codes, several = sorted(revised), min(coalition, len(revised) - 1)
    if several < 1:
        return
    page, chance = Page([judged]), np.random.default_rng(0)
    known = np.zeros(page.size, dtype=np.bool_)
    known[: page.cells] = told[: page.cells]
    for code in areas(judged) - set(codes):
        known |= page.having((AREA, code))
    own = [page.having((AREA, code)) for code in codes]

    def fixed(given: Flags) -> Flags:
        found, open_ = given.copy(), np.flatnonzero(~given)
        found[open_] = determined(page.equations[:, open_], chance)
        return found

    anybody = fixed(known)
    for some in combinations(range(len(codes)), several):
        theirs = np.any([own[each] for each in some], axis=0)
        others = np.any([own[each] for each in range(len(codes)) if each not in some], axis=0)
        yield from np.flatnonzero(fixed(known | theirs) & others & ~anybody & ~theirs).tolist()

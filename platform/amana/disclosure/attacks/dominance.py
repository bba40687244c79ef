"""Dominance: whoever holds most of a shown figure learns that the rest of it is small.

Runs in: worker, in the vault alone.   Sees: published cells and what each insider knows.
Where the others' parts are published and hidden, the insider attack sees to it. A regional figure without a breakdown
by committee has no such parts: the rest is several countries' together, and is a matter of degree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amana.disclosure.attacks.picture import Picture, held
from amana.disclosure.table import Flags, Insider


def dominance(picture: Picture, parties: Sequence[Sequence[Insider]]) -> tuple[Flags, int]:
    """Return (n,) the shown regional figures whose rest is between 1 and k-1 persons for some party, and their share.

    The share is per mille of shown regional figures. It follows from true counts: it is compared with a limit and told
    to nobody.
    """
    cell = np.arange(len(picture.lower)) < len(picture.number)
    shown = cell & (picture.lower == picture.upper) & (picture.lower > 0) & (picture.area < 0)
    found = np.zeros(len(picture.lower), dtype=np.bool_)
    for members in parties:
        rest = picture.lower - sum(held(picture, one.counts) for one in members)
        found |= shown & (rest > 0) & (rest < picture.least_count)
    return found, 1000 * int(found.sum()) // max(int(shown.sum()), 1)

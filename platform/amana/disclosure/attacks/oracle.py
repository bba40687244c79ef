"""Oracle: ask for the same tables again, under another threshold or another plan, and compare the marks.

Runs in: worker, and anywhere an attacker may sit.   Sees: published cells.
A cell that is shown where the threshold is 7 and hidden where it is 8 holds 7. That is why there is one mask for one
set of persons, no what-if, and a preview of nothing but the asker's own data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amana.disclosure.attacks.picture import Place, draw
from amana.disclosure.table import Publication


def oracle(answers: Sequence[Publication]) -> dict[Place, int]:
    """Return the cells that one answer hides and another shows, with what they hold, in persons.

    answers: publications of the same persons, unchanged between them.
    """
    together = draw(answers)
    exposed = np.flatnonzero(together.wanted & (together.lower == together.upper))
    return {together.places[at]: int(together.lower[at]) for at in exposed}

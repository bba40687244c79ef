"""Ages as they are written and as they are stored: whole years, or a code of the common refinement.

Storing the refinement and not the year loses nothing that is ever published, and makes a record harder to recognise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from amana.codebook.cells import OLDEST, years
from amana.codebook.model import CodeList

AGE: Final = "AGE"
AGE_ENTRY: Final = "AGE_ENTRY"
AGE_EXPLOITATION: Final = "AGE_EXPLOITATION"
IN_ORDER: Final = (AGE_ENTRY, AGE_EXPLOITATION, AGE)  # no age comes before the one on its left


def stored(ages: CodeList) -> Mapping[str, str]:
    """Return what an AGE cell may say → the code that is stored for it.

    Whole years 0-120 without leading zeros, every storable code, and ``Y_LT18`` or ``Y_GE18`` where only the majority
    is known. A year that no storable code holds is not in the answer: a list of children's ages has no adults.
    """
    said = {code: code for code in ages.storable}
    said |= {code.removesuffix("_U"): code for code in ages.storable if code in {"Y_LT18_U", "Y_GE18_U"}}
    for code in ages.storable:
        span = None if code.endswith("_U") else years(code)  # of whom only the majority is known, no year is
        if span is not None:
            said |= dict.fromkeys(map(str, range(span[0], span[1] + 1)), code)
    return said


def adult_cells(everyone: CodeList) -> frozenset[str]:
    """Return what an AGE cell says of an adult, by a list that holds all ages."""
    return frozenset(cell for cell, code in stored(everyone).items() if "Y_GE18" in everyone.ancestors(code))


def child_cells(everyone: CodeList) -> frozenset[str]:
    """Return what an AGE cell says of a child, by a list that holds all ages."""
    return frozenset(cell for cell, code in stored(everyone).items() if "Y_LT18" in everyone.ancestors(code))


def spans(ages: CodeList) -> Mapping[str, tuple[int, int]]:
    """Return what an age cell may say → the youngest and the oldest, in years, that it can mean."""
    return {cell: _span(cell, code) for cell, code in stored(ages).items()}


def _span(cell: str, code: str) -> tuple[int, int]:
    return (int(cell), int(cell)) if cell.isdigit() else years(code) or (0, OLDEST)

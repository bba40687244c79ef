"""Ages as they are written and as they are stored: whole years, or a code of the common refinement.

Storing the refinement and not the year loses nothing that is ever published, and makes a record harder to recognise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from amana.codebook.model import CodeList

AGE: Final = "AGE"
AGE_ENTRY: Final = "AGE_ENTRY"
AGE_EXPLOITATION: Final = "AGE_EXPLOITATION"
IN_ORDER: Final = (AGE_ENTRY, AGE_EXPLOITATION, AGE)  # no age comes before the one on its left
OLDEST: Final = 120  # years
ADULT: Final = 18  # years; Convention on the Rights of the Child, article 1
_BAND: Final = re.compile(r"Y(?P<first>\d+)(?:T(?P<last>\d+))?|Y_GE(?P<least>\d+)")


def stored(ages: CodeList) -> Mapping[str, str]:
    """Return what an AGE cell may say → the code that is stored for it.

    Whole years 0-120 without leading zeros, every storable code, and ``Y_LT18`` or ``Y_GE18`` where only the majority
    is known. A year that no storable code holds is not in the answer: a list of children's ages has no adults.
    """
    said = {code: code for code in ages.storable}
    said |= {code.removesuffix("_U"): code for code in ages.storable if code in {"Y_LT18_U", "Y_GE18_U"}}
    for code in ages.storable:
        said |= dict.fromkeys(map(str, _years(code)), code)
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
    if cell.isdigit():
        return int(cell), int(cell)
    if code in {"Y_LT18_U", "Y_GE18_U"}:
        return (0, ADULT - 1) if code == "Y_LT18_U" else (ADULT, OLDEST)
    years = _years(code)
    return (years[0], years[-1]) if years else (0, OLDEST)


def _years(code: str) -> range:
    match = _BAND.fullmatch(code)
    if match is None or match["least"] == str(ADULT):
        return range(0)
    if match["least"]:
        return range(int(match["least"]), OLDEST + 1)
    first = int(match["first"])
    return range(first, int(match["last"] or first) + 1)

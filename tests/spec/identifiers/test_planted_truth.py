"""A file of each of the eight countries with identifiers pasted in: what is planted is found, what is coded is not.

The scan is given the file; the truth is held against its answer afterwards. bench/identifiers.py prints the figures.
"""

from __future__ import annotations

from random import Random

import pytest

from support.contributions import row
from support.planted import COUNTRIES, Planted, plant
from support.scanned import scan


def places(planted: Planted) -> set[tuple[int, str]]:
    """The cells that the findings name, as (0-based row, column)."""
    cells = [[one[name] for name in planted.columns] for one in planted.rows]
    begun = scan(planted.columns, cells, planted.country, block=200)
    by_letter = dict(zip(begun._sheet.letters, planted.columns, strict=True))
    return {(at - 2, by_letter[one.letter or ""]) for one in begun.findings() for at in one.rows}


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_planted_is_found_and_nothing_else(country: str) -> None:
    planted = plant(country, [row(person) for person in range(500)], 10, Random(f"planted {country}"))
    found = places(planted)
    patterned = {place for place, kind in planted.truth.items() if not kind.startswith("name")}
    names = planted.truth.keys() - patterned
    missed = {planted.truth[place] for place in patterned - found}
    assert len(patterned & found) >= 0.99 * len(patterned), missed
    assert len(names & found) >= 0.5 * len(names)
    assert len(found - planted.truth.keys()) <= 0.01 * len(found), found - planted.truth.keys()

"""Bands of ages in two tables and minors alone in the third go round in a circle as well: 3 at least are in one cell.

k = 5 and zeros are hidden. ``x`` is the mark. The third table counts minors as a condition, or as a coarser level.
"""

from __future__ import annotations

from random import Random

import pytest

from amana.disclosure.attacks.picture import draw, outsider
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.audit import audit
from amana.disclosure.clear import clear
from amana.disclosure.table import Publication, Rule
from support.attacked import page
from support.drawn import Drawing, drawn, raw

UNDER = {"YOUNG": "MINOR", "TEEN": "MINOR"}
SEXES = drawn(
    """
            | _T  | F   | M
    _T      | 300 | 150 | 150
    MINOR   | 200 | 100 | 100
    YOUNG   | 40  | 25  | 15
    TEEN    | 160 | 75  | 85
    ADULT   | 100 | 50  | 50 """,
    ("AGE", "SEX"),
    "age-sex",
    under=UNDER,
)
ORIGINS = drawn(
    """
            | _T  | MAR | TUN
    _T      | 300 | 110 | 190
    MINOR   | 200 | 60  | 140
    YOUNG   | 40  | 18  | 22
    TEEN    | 160 | 42  | 118
    ADULT   | 100 | 50  | 50 """,
    ("AGE", "ORIGIN"),
    "age-origin",
    under=UNDER,
)


def minors(morocco: str, tunisia: str) -> Drawing:
    text = f"|_T|F|M\n_T|200|100|100\nMAR|60|{morocco}\nTUN|140|{tunisia}"
    return drawn(text, ("ORIGIN", "SEX"), "origin-sex", where=[("AGE", "MINOR")])


def levels() -> Drawing:
    """The same marks where adults are counted beside minors."""
    return drawn(
        """
        [_T]
                | _T  | F   | M
        _T      | 300 | 150 | 150
        MAR     | 110 | x   | x
        TUN     | 190 | x   | x
        [MINOR]
                | _T  | F   | M
        _T      | 200 | 100 | 100
        MAR     | 60  | x   | x
        TUN     | 140 | x   | x
        [ADULT]
                | _T  | F   | M
        _T      | 100 | 50  | 50
        MAR     | 50  | x   | x
        TUN     | 50  | x   | x """,
        ("AGE", "ORIGIN", "SEX"),
        "levels",
    )


HIDDEN = minors("x|x", "x|x")


def test_of_forty_who_are_young_25_are_girls_and_18_moroccan_so_three_moroccan_minors_at_least_are_girls():
    told = {each.codes: (each.kind, each.lower) for each in audit([page(SEXES, ORIGINS, HIDDEN)]).findings}
    assert told == {("MAR", "F"): ("narrow", 3)}
    assert audit([page(SEXES, HIDDEN)]).passed
    assert audit([page(ORIGINS, HIDDEN)]).passed


def test_a_coarser_level_says_as_much_as_a_condition():
    told = {each.codes: each.lower for each in audit([page(SEXES, ORIGINS, levels())]).findings}
    assert told[("MINOR", "MAR", "F")] == 3
    assert audit([page(SEXES, levels())]).passed


@pytest.mark.parametrize("pages", [[page(SEXES, ORIGINS, HIDDEN)], [page(HIDDEN), page(SEXES), page(ORIGINS)]])
def test_an_attacker_sees_it_too(pages: list[Publication]):
    picture = draw(pages, as_persons=True)
    found, least, _ = presence(picture, outsider(picture), Effort(asks=20))
    assert {picture.places[at][1]: int(least[at]) for at in found.nonzero()[0]} == {("MAR", "F"): 3}


@pytest.mark.parametrize("seed", range(2))
def test_the_hub_hides_so_much_that_nobody_may_be_there(seed: int):
    cleared = clear(raw(SEXES, ORIGINS, minors("4|56", "96|44")), Rule(5, zeros_hidden=True), Random(seed))
    assert audit([Publication(cleared.cubes, cleared.values, cleared.status, 5, zeros_hidden=True)]).passed
    assert (
        cleared.status["age-sex"].any() or cleared.status["age-origin"].any() or cleared.status["origin-sex"][0].any()
    )

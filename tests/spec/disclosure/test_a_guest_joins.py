"""A committee may protect its tables at home. Its figures then stand as it published them, never more precisely."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.disclosure.clear import clear
from amana.disclosure.join import Guest, join
from amana.disclosure.table import ClearingRefused, Rule, Status
from support.drawn import Drawing, drawn, raw

AREAS = ("REF_AREA", "SEX")
FIVE = Rule(5, zeros_hidden=True)


def guest(drawing: Drawing, code: str = "EGY", least_count: int = 5) -> Guest:
    """Take the drawing's only row for what a committee published."""
    name = drawing.cube.id
    return Guest(code, {name: drawing.values[0]}, {name: drawing.status[0]}, least_count)


def joined(others: Drawing, *guests: Guest) -> Drawing:
    values, status = {others.cube.id: others.values}, {others.cube.id: others.status}
    for one in guests:
        values, status = join([others.cube], values, status, one, "REF_AREA")
    return Drawing(others.cube, values[others.cube.id], status[others.cube.id])


def same(one: Drawing, other: Drawing) -> bool:
    return np.array_equal(one.values, other.values) and np.array_equal(one.status, other.status)


OTHERS = """
        |  _T |  F |  M
    _T  |  60 | 40 | 20
    MAR |  35 | 25 | 10
    TUN |  25 | 15 | 10
    EGY |   - |  - |  -"""


def test_the_region_is_the_sum_where_both_are_shown_and_hidden_where_either_is():
    home = guest(
        drawn(
            """
            |  _T |  F |  M
        EGY |  30 |  x |  x""",
            AREAS,
        )
    )
    assert same(
        joined(drawn(OTHERS, AREAS), home),
        drawn(
            """
            |  _T |  F |  M
        _T  |  90 |  x |  x
        MAR |  35 | 25 | 10
        TUN |  25 | 15 | 10
        EGY |  30 |  x |  x""",
            AREAS,
        ),
    )


def test_what_the_others_hide_is_not_shown_because_a_guest_shows_its_own():
    others = drawn(
        """
            |  _T |  F |  M
        _T  |  25 |  x |  x
        MAR |  25 |  x |  x
        EGY |   - |  - |  -""",
        AREAS,
    )
    home = guest(
        drawn(
            """
            |  _T |  F |  M
        EGY |  30 | 20 | 10""",
            AREAS,
        )
    )
    assert same(
        joined(others, home),
        drawn(
            """
            |  _T |  F |  M
        _T  |  55 |  x |  x
        MAR |  25 |  x |  x
        EGY |  30 | 20 | 10""",
            AREAS,
        ),
    )


def test_where_nobody_else_has_anything_to_say_the_region_is_the_guests_own_figure():
    others = drawn(
        """
            |  _T |  F |  M
        _T  |   - |  - |  -
        MAR |   - |  - |  -
        EGY |   - |  - |  -""",
        AREAS,
    )
    home = guest(
        drawn(
            """
            |  _T |  F |  M
        EGY |  30 |  - |  x""",
            AREAS,
        )
    )
    assert same(
        joined(others, home),
        drawn(
            """
            |  _T |  F |  M
        _T  |  30 |  - |  x
        MAR |   - |  - |  -
        EGY |  30 |  - |  x""",
            AREAS,
        ),
    )


def test_a_table_of_the_region_alone_takes_the_guest_in_as_well():
    others = drawn(
        """
            |  _T |  F
        all |  60 | 40""",
        ("AGE", "SEX"),
    )
    own = drawn(
        """
            |  _T |  F
        all |  30 |  x""",
        ("AGE", "SEX"),
    )
    home = Guest("EGY", {own.cube.id: own.values}, {own.cube.id: own.status}, 5)
    assert same(
        joined(others, home),
        drawn(
            """
            |  _T |  F
        all |  90 |  x""",
            ("AGE", "SEX"),
        ),
    )


def test_a_committee_is_not_counted_twice():
    with pytest.raises(ValueError, match="already"):
        joined(
            drawn(OTHERS, AREAS),
            guest(
                drawn(
                    """
                |  _T |  F |  M
            MAR |  30 | 20 | 10""",
                    AREAS,
                ),
                "MAR",
            ),
        )


def test_clearing_lets_a_guest_in_and_still_asks_the_checker():
    home = guest(
        drawn(
            """
            |  _T |  F |  M
        EGY |  30 |  x |  x""",
            AREAS,
        )
    )
    cleared = clear(raw(drawn(OTHERS, AREAS)), FIVE, Random(1), guests=[home])
    region = cleared.status["drawn"][0]
    assert cleared.values["drawn"][0].tolist() == [90, 0, 0]
    assert region.tolist() == [Status.SHOWN, Status.HIDDEN, Status.HIDDEN]


@pytest.mark.parametrize(
    "row", ["EGY |  30 | 27 | 3", "EGY |  30 | 20 | 9", "EGY |  30 | 20 | x"], ids=["small", "sum", "derived"]
)
def test_a_guest_that_protected_badly_is_refused(row: str):
    home = guest(
        drawn(
            f"""
            |  _T |  F |  M
        {row}""",
            AREAS,
        )
    )
    with pytest.raises(ClearingRefused):
        clear(raw(drawn(OTHERS, AREAS)), FIVE, Random(1), guests=[home])


def test_a_guest_with_a_lower_threshold_of_its_own_lowers_nobody_elses():
    home = guest(
        drawn(
            """
            |  _T |  F |  M
        EGY |  30 | 24 | 6""",
            AREAS,
        ),
        least_count=6,
    )
    others = drawn(
        """
            |  _T |  F |  M
        _T  |  60 | 53 | 7
        MAR |  35 | 28 | 7
        TUN |  25 | 25 | 0
        EGY |   - |  - |  -""",
        AREAS,
    )
    cleared = clear(raw(others), Rule(8, zeros_hidden=True), Random(1), guests=[home])
    assert cleared.least_count == 6
    assert cleared.status["drawn"][:3, 2].tolist() == [Status.HIDDEN] * 3
    assert cleared.values["drawn"][3].tolist() == [30, 24, 6]

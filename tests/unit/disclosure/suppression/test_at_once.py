"""The suppressor at work on linked tables of some size. What it leaves is judged by the checker elsewhere."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.suppression.at_once.method import suppress_at_once as suppress
from amana.disclosure.table import ClearingRefused, RawTable, Rule, Status
from support.drawn import drawn, raw
from support.sparse_region import region


def part(table: RawTable, *names: str) -> RawTable:
    return replace(table, cubes=tuple(cube for cube in table.cubes if cube.id in names))


SPARSE = ("area-sex-age", "area-route-sex")


@pytest.mark.parametrize("least_count", [5, 11])
def test_sparse_linked_cubes_are_cleared_and_stay_useful(least_count: int):
    table = part(region(3), *SPARSE)
    cleared = suppress(table, Rule(least_count, zeros_hidden=True), Random(3))
    for cube in table.cubes:
        counts, hidden = table.counts[cube.id], cleared.status[cube.id] == Status.HIDDEN
        assert hidden[counts < least_count].all()
        large_and_shown = (~hidden & (counts >= least_count)).sum() / (counts >= least_count).sum()
        assert large_and_shown > 0.4


def test_another_seed_may_choose_other_cells_and_never_shows_a_small_one():
    table = part(region(4, persons=900), "area-route-sex")
    first, second = (suppress(table, Rule(5, zeros_hidden=True), Random(seed)) for seed in (1, 2))
    small = table.counts["area-route-sex"] < 5
    for candidate in (first, second):
        assert (candidate.status["area-route-sex"][small] == Status.HIDDEN).all()
    again = suppress(table, Rule(5, zeros_hidden=True), Random(1))
    assert np.array_equal(again.status["area-route-sex"], first.status["area-route-sex"])


def test_a_quantity_that_two_cubes_count_differently_is_named():
    with pytest.raises(ClearingRefused) as refused:
        suppress(
            raw(drawn("|_T\nMAR|20", ("AREA", "SEX"), "a"), drawn("|_T\nMAR|21", ("AREA", "AGE"), "b")),
            Rule(5, zeros_hidden=True),
            Random(1),
        )
    assert refused.value.facts["places"] == (("a", ("MAR", "_T")), ("b", ("MAR", "_T")))

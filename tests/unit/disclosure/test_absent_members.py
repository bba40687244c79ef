"""A member that sent nothing is publicly absent: its cells can hide nobody, and clearing must not lean on them."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.disclosure.clear import clear
from amana.disclosure.table import Axis, Cube, Node, RawTable, Rule, Status

MEMBERS = ("CIV", "DZA", "EGY", "LBY", "MAR", "MRT", "NER", "TUN")


def two_of_eight() -> RawTable:
    """Egypt and Morocco with 15 women, 15 men and nobody unknown; six members sent nothing."""
    areas = Axis(
        "REF_AREA", (Node("_T", None), *(Node(one, ("REF_AREA", one)) for one in MEMBERS)), ((0, (*range(1, 9),)),)
    )
    sexes = Axis("SEX", (Node("_T", None), *(Node(one, ("SEX", one)) for one in ("_U", "F", "M"))), ((0, (1, 2, 3)),))
    counts = np.zeros((9, 4), dtype=np.int64)
    counts[[3, 5]] = [30, 0, 15, 15]
    counts[0] = counts[1:].sum(axis=0)
    absent = np.zeros((9, 4), dtype=np.bool_)
    absent[[1, 2, 4, 6, 7, 8]] = True
    cube = Cube("area-sex", (areas, sexes), (("VICTIM_STATUS", "IDENT"),))
    return RawTable((cube,), {"area-sex": counts}, {"area-sex": absent})


@pytest.mark.parametrize("seed", range(30))
def test_two_members_are_cleared_without_the_help_of_those_who_are_absent(seed: int) -> None:
    cleared = clear(two_of_eight(), Rule(5, zeros_hidden=True), Random(seed))
    status = cleared.status["area-sex"]
    assert (status[[1, 2, 4, 6, 7, 8]] == Status.NOT_COLLECTED).all()
    assert (status[[3, 5], 1] == Status.HIDDEN).all()
    assert (status[[0, 3, 5], 0] == Status.SHOWN).all()


def with_a_second_cube() -> RawTable:
    """The same beside a cube of all statuses: subtracting one from the other tells who is only presumed a victim."""
    raw = two_of_eight()
    areas = raw.cubes[0].axes[0]
    status = Axis(
        "VICTIM_STATUS",
        (Node("_T", None), *(Node(one, ("VICTIM_STATUS", one)) for one in ("IDENT", "PRESUMED"))),
        ((0, (1, 2)),),
    )
    counts = np.zeros((9, 3), dtype=np.int64)
    counts[[3, 5]] = [50, 30, 20]
    counts[0] = counts[1:].sum(axis=0)
    absent = np.zeros((9, 3), dtype=np.bool_)
    absent[[1, 2, 4, 6, 7, 8]] = True
    cube = Cube("area-status", (areas, status))
    return RawTable((*raw.cubes, cube), {**raw.counts, cube.id: counts}, {**raw.absent, cube.id: absent})


@pytest.mark.parametrize("seed", range(10))
def test_a_rest_of_nobody_asked_stands_in_nobodys_way(seed: int) -> None:
    cleared = clear(with_a_second_cube(), Rule(5, zeros_hidden=True), Random(seed))
    assert (cleared.status["area-status"][[0, 3, 5]] == Status.SHOWN).all()

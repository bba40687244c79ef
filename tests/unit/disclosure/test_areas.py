"""Whose areas a publication has: sub-regions are sums of them, and nobody's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pytest

from amana.disclosure.apart import apart, committees_of
from amana.disclosure.audit import audit
from amana.disclosure.checker.lenses import few_revised
from amana.disclosure.checker.pair import Pair
from amana.disclosure.checker.vintages import areas, silent
from amana.disclosure.table import AREA, Axis, Cube, Insider, Node, Publication, Status

CODES = ("_T", "NORTH", "MAR", "TUN", "DZA", "CIV", "NER")
NODES = (Node("_T", None), *(Node(code, (AREA, code)) for code in CODES[1:]))
CUBE = Cube("c", (Axis(AREA, NODES, ((0, (1, 5, 6)), (1, (2, 3, 4)))),))


def publication(counts: str, unasked: Collection[str] = ()) -> Publication:
    """Draw one: a figure for each code, x where it is hidden."""
    drawn = dict(zip(CODES, counts.split(), strict=True))
    states = [
        Status.NOT_COLLECTED if code in unasked else Status.HIDDEN if count == "x" else Status.SHOWN
        for code, count in drawn.items()
    ]
    values = [int(count) if state is Status.SHOWN else 0 for count, state in zip(drawn.values(), states, strict=True)]
    return Publication((CUBE,), {"c": np.array(values)}, {"c": np.array(states, dtype=np.uint8)}, 5, zeros_hidden=True)


def test_a_sub_region_is_no_area_and_does_not_fall_silent():
    everybody = publication("80 50 20 20 10 20 10")
    assert areas(everybody) == set(CODES[2:])
    assert silent(everybody) == frozenset()
    assert silent(publication("30 0 0 0 0 20 10", CODES[1:5])) == {"MAR", "TUN", "DZA"}


def test_a_part_counts_persons_of_one_committee_of_those_in_a_sub_region_or_of_all():
    whole = publication("80 50 20 20 10 20 10")
    found = {tuple(part.cubes[0].cell_codes((0,))): committees_of(part, whole) for part in apart(whole)}
    north = frozenset({"MAR", "TUN", "DZA"})
    assert found == {("_T",): None, ("NORTH",): north} | {(code,): frozenset({code}) for code in CODES[2:]}


@pytest.mark.parametrize("known", [(7, 7), (7, 0), (0, 7)])
def test_of_two_names_of_one_figure_a_committee_need_know_either(known: tuple[int, int]):
    """Only Senegal has sent something of the west. It takes its 7 from the region's 11: the others have 4 at most."""
    names = {"SEN": "SEN", "WEST": "SEN", "MAR": "MAR", "TUN": "TUN", "DZA": "DZA"}
    nodes = (Node("_T", None), *(Node(code, (AREA, of)) for code, of in names.items()))
    cube = Cube("c", (Axis(AREA, nodes, ((0, (1, 3, 4, 5)),)),))
    values, status = np.array([11, 0, 0, 0, 0, 0]), np.array([Status.SHOWN, *[Status.HIDDEN] * 5], dtype=np.uint8)
    page = Publication((cube,), {"c": values}, {"c": status}, 5, zeros_hidden=True)
    senegal = Insider("SEN", committee=True, counts={"c": np.array([7, *known, 0, 0, 0])})
    assert {each.codes for each in audit([page], party=senegal).findings} == {("MAR",), ("TUN",), ("DZA",)}


@pytest.mark.parametrize(
    ("then", "now", "who", "tells"),
    [
        # Morocco knows what it changed itself, and takes it from what the north changed by: the rest is Tunisia's.
        ("80 50 x  x  x  20 10", "95 65 x  x  x  20 10", "MAR TUN", {"NORTH"}),
        ("80 x  x  x  x  20 10", "95 x  x  x  x  20 10", "MAR TUN", {"_T"}),
        # Four, two in the north, and one of them says what it changed.
        ("80 50 x  x  x  x  x ", "95 65 x  x  x  x  x ", "MAR TUN CIV NER", {"_T", "NORTH"}),
        ("80 50 20 x  x  x  x ", "95 65 21 x  x  x  x ", "MAR TUN CIV NER", {"_T"}),
        ("80 x  x  x  x  x  x ", "95 x  x  x  x  x  x ", "MAR TUN CIV NER", set()),
        # None in the north: its figure is as it was.
        ("80 50 20 20 10 x  x ", "95 50 20 20 10 x  x ", "CIV NER", {"_T"}),
    ],
)
def test_a_sub_region_tells_those_who_revised_in_it_about_each_other(then: str, now: str, who: str, tells: set[str]):
    past = replace(publication(then), revised=frozenset(who.split()))
    found = list(few_revised([Pair(publication(now), past)], 2))
    assert {each.codes[0] for each in found} == tells
    assert {each.kind for each in found} <= {"too_few_revised"}


def test_who_says_nothing_in_tables_that_ask_for_other_things_has_not_gone():
    """Tunisia does not record what the second plan asks for; nobody is in areas where a publication has none."""
    first, second = publication("15 6 1 2 3 4 5"), publication("13 4 1 0 3 4 5", ["TUN"])
    second = replace(second, cubes=(replace(CUBE, filter=(("AGE", "Y"),)),))
    assert Pair(second, first).seen == {"TUN"}
    for others in ("", "MAR"):
        assert Pair(second, replace(first, revised=frozenset(others.split()))).seen == set()
    assert Pair(second, replace(first, revised=frozenset({"TUN"}))).seen == {"TUN"}
    without = Cube("region", (Axis("SEX", (Node("_T", None),)),))
    region = Publication((without,), {"region": np.array([9])}, {"region": np.zeros(1, dtype=np.uint8)}, 5, True)
    assert not Pair(region, second).seen
    assert not Pair(second, region).seen

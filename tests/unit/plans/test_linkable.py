"""Cubes that cut the same persons in ways which no equation binds are refused before anybody counts anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from amana.codebook.load import load
from amana.codebook.model import AREA, CodeList, Label
from amana.plans.linkable import unlinked
from amana.plans.plan import CubePlan

BOOK = load()
CHILDREN = BOOK.dataflow("CHILDREN")
WORDS = Label("ع", "fr", "en")


def codelist_of(name: str) -> CodeList:
    return BOOK.list_of(CHILDREN.variable(name))


def cube(
    by: Sequence[str] = ("SEX",),
    levels: Mapping[str, str] | None = None,
    codes: Mapping[str, tuple[str, ...]] | None = None,
    **filter_: str,
) -> CubePlan:
    chosen = {name: codelist_of(name).levels[0] for name in by if name != AREA} | dict(levels or {})
    return CubePlan("cube", tuple(by), chosen, dict(codes or {}), tuple(sorted(filter_.items())), WORDS)


def area(*codes: str) -> CubePlan:
    return cube(("CITIZENSHIP",), codes={"CITIZENSHIP": codes})


REFUSED = {
    "one country beside another: the rest of both is a third group": ([area("MAR"), area("TUN")], "CITIZENSHIP"),
    "a country beside its region": ([area("M49_015"), area("MAR")], "CITIZENSHIP"),
    "two values of a filter beside everybody": (
        [cube(), cube(CHILD_STATUS="SEPARATED"), cube(CHILD_STATUS="UNACCOMPANIED")], "CHILD_STATUS",
    ),
    "a filter within a filter beside everybody": (
        [cube(), cube(CITIZENSHIP="M49_015"), cube(CITIZENSHIP="MAR")], "CITIZENSHIP",
    ),
    "a rest that holds what a filter names": (
        [cube(("AGE",), codes={"AGE": ("Y0T4",)}), cube(AGE="Y5T11")], "AGE",
    ),
    "two conditions beside none: not both" : (
        [cube(), cube(CHILD_STATUS="SEPARATED", CARE="KAFALA")], "CARE",
    ),
    "two filters over a table that has neither": (
        [cube(), cube(("SEX", "AGE"), CHILD_STATUS="SEPARATED"), cube(("SEX", "AGE"), CARE="KAFALA")], "CARE",
    ),
    "two filters that go round with a table of both": (
        [cube(), cube(CHILD_STATUS="SEPARATED"), cube(CARE="KAFALA"), cube(("CHILD_STATUS", "CARE"))], "CARE",
    ),
    "two filters and countries that only one table has": (
        [
            cube((AREA, "SEX")), cube((AREA, "AGE")), cube(("SEX", "AGE"), CHILD_STATUS="SEPARATED"),
            cube((AREA, "SEX", "AGE"), CARE="KAFALA"),
        ],
        "CARE",
    ),
}  # fmt: skip
KEPT = {
    "one cut in two cubes": [area("MAR"), area("MAR"), cube()],
    "a filter beside everybody": [cube(), cube(CHILD_STATUS="SEPARATED")],
    "a filter beside its own dimension": [cube(("CHILD_STATUS",)), cube(CHILD_STATUS="SEPARATED")],
    "two filters of which neither holds the other": [cube(), cube(CHILD_STATUS="SEPARATED"), cube(CARE="KAFALA")],
    "two filters over a table of all that they share": [
        cube(("SEX", "AGE")), cube(("SEX", "AGE"), CHILD_STATUS="SEPARATED"), cube(("SEX", "AGE"), CARE="KAFALA"),
    ],
    "two filters of two stages": [
        cube(CARE="FOSTER"), cube(("SEX", "AGE"), CARE="FOSTER", CHILD_STATUS="SEPARATED"),
        cube(CARE="KAFALA"), cube(("SEX", "AGE"), CARE="KAFALA", CITIZENSHIP="MAR"),
    ],
    "one filter that goes round, and one that does not": [
        cube(("SEX", "AGE")), cube(("SEX", "AGE"), CHILD_STATUS="SEPARATED"),
        cube(("AGE", "CITIZENSHIP"), CARE="KAFALA"), cube(("SEX", "CITIZENSHIP"), CARE="KAFALA"),
    ],
    "a coarse level beside a fine one": [cube(("AGE",)), cube(("AGE",), levels={"AGE": "band"})],
    "two values that are nowhere added up": [cube(CHILD_STATUS="SEPARATED"), cube(CHILD_STATUS="UNACCOMPANIED")],
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_cuts_of_which_neither_refines_the_other_are_refused_with_their_variable(case: str) -> None:
    cubes, name = REFUSED[case]
    assert unlinked(cubes, codelist_of) == name
    assert unlinked(cubes[::-1], codelist_of) == name


@pytest.mark.parametrize("case", KEPT)
def test_cuts_that_sums_bind_are_kept(case: str) -> None:
    assert unlinked(KEPT[case], codelist_of) is None


def test_a_multi_response_variable_is_bound_by_its_own_rule() -> None:
    assert unlinked([area("MAR"), area("TUN")], lambda _name: None) is None

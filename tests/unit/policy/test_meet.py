"""Of several demands the strictest holds; nobody lowers the floor."""

from __future__ import annotations

import pytest

from amana.errors import NotFound
from amana.policy.meet import Protection, protection

ALL = ("MAR", "TUN", "EGY")


def least(policies, dataflow="VICTIMS", committees=ALL, **asked):
    met = protection(policies, dataflow, committees, **asked)
    return met.least_count, "hidden" if met.zeros_hidden else "published"


def test_the_floors_of_the_region(policies):
    assert {dataflow: least(policies, dataflow, ["MAR"]) for dataflow in policies.region.floors} == {
        "VICTIMS": (5, "hidden"),
        "CHILDREN": (11, "hidden"),
        "JUSTICE": (5, "hidden"),
        "ACTIVITIES": (1, "published"),
    }


def test_what_anyone_may_read_is_protected_more(policies):
    assert {dataflow: least(policies, dataflow, ["MAR"], public=True)[0] for dataflow in policies.region.floors} == {
        "VICTIMS": 11,
        "CHILDREN": 11,
        "JUSTICE": 11,
        "ACTIVITIES": 1,
    }


def test_a_floor_raised_by_one_raises_the_table_by_one(folder):
    folder.replace("region.toml", r"^least_count = 5 # persons", "least_count = 6")
    assert least(folder.load()) == (6, "hidden")


def test_an_agreement_raises_it_for_the_tables_it_is_in(policies):
    assert least(policies, "CHILDREN", ["MAR", "TUN"]) == (12, "hidden")
    assert least(policies, "CHILDREN", ["MAR"]) == (11, "hidden")


@pytest.mark.parametrize("number", [1, 4, 5])
def test_an_agreement_below_the_floor_changes_nothing(folder, number):
    folder.append("agreements/MAR.toml", f"\n[least_count]\nVICTIMS = {number}\n")
    assert least(folder.load()) == (5, "hidden")


@pytest.mark.parametrize("number", [-3, 0, 1, 4, 5])
def test_a_plan_below_the_floor_changes_nothing(policies, number):
    assert least(policies, plan_least_count=number) == (5, "hidden")


def test_a_plan_may_be_stricter(policies):
    assert least(policies, plan_least_count=20) == (20, "hidden")
    assert least(policies, "ACTIVITIES", plan_zeros="hidden") == (1, "hidden")


def test_a_plan_cannot_show_zeros_that_the_region_hides(policies):
    assert least(policies, plan_zeros="published") == (5, "hidden")


def test_the_clauses_that_set_the_values_are_named(policies):
    met = protection(policies, "CHILDREN", ["TUN", "MAR"], 12, "hidden", public=True)
    assert met.clauses == (
        "agreement.TUN.least-count",
        "plan.least-count",
        "region.floor.CHILDREN.zeros",
        "plan.zeros",
        "region.coalition",
        "region.as-persons",
    )
    public = protection(policies, "VICTIMS", [], public=True)
    together = ("region.coalition", "region.as-persons")
    assert public.clauses == ("region.public-least-count", "region.floor.VICTIMS.zeros", *together)


def test_which_variables_are_sensitive_is_the_regions_word(policies):
    assert "EXPLOITATION" in protection(policies, "VICTIMS", ALL).sensitive
    assert protection(policies, "ACTIVITIES", ["MAR"]).sensitive == frozenset()


def test_a_committee_without_agreement_has_no_table(policies):
    with pytest.raises(NotFound):
        protection(policies, "VICTIMS", ["SEN"])


def test_who_asks_for_pairs_as_persons_asks_for_pairs(folder):
    folder.replace("region.toml", r"^coalition = 2", "coalition = 1")
    folder.replace("agreements/TUN.toml", r"^committee = ", "as_persons = 2\ncommittee = ")
    met = protection(folder.load(), "VICTIMS", ["MAR", "TUN"])
    assert (met.coalition, met.as_persons, met.clauses[-1]) == (2, 2, "agreement.TUN.as-persons")
    without = protection(folder.load(), "VICTIMS", ["MAR"])
    assert (without.coalition, without.as_persons) == (1, 1)
    nobody = protection(folder.load(), "ACTIVITIES", ["MAR", "TUN"])
    assert (nobody.coalition, nobody.as_persons) == (0, 0)


def test_nobody_else_makes_a_protection():
    asked = {"zeros_hidden": False, "coalition": 2, "as_persons": 1, "sensitive": frozenset(), "clauses": ()}
    with pytest.raises(TypeError, match="comes only from"):
        Protection(1, **asked, _proof=object())

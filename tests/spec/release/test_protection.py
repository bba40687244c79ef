"""Policy says how much: a stricter number in the region's document changes the table, a laxer one elsewhere nothing.

From records to the cleared table in one process, by the plan that we ship, at real size: about 2,600 persons. What is
compared is its first table, for three committees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.codebook.load import load
from amana.config import HOME
from amana.disclosure.table import ClearedTable, Status
from amana.plans.plan import Plan, load_plans
from amana.release.build import cleared_table
from amana.tabulation.tabulate import Counts, tabulate
from support.policy_folder import PolicyFolder
from support.smallbook import records

BOOK = load()
PLAN = load_plans(HOME / "policies" / "releases", BOOK)["victims-annual"]
FIRST = replace(PLAN, cubes=PLAN.cubes[:1])
SIZES = {"CIV": 1185, "DZA": 34, "EGY": 242, "LBY": 180, "MAR": 166, "MRT": 100, "NER": 133, "TUN": 560}
SOME = ("DZA", "MRT", "NER")  # where what is compared shows in a smaller table as well
FORMS = {"EXP_SEX": 5, "EXP_LAB": 6, "EXP_BEG": 2, "EXP_SLV": 1, "EXP_CRM": 1}
CITIZENS = {"CIV": 40, "NGA": 25, "MAR": 8, "TUN": 6, "NER": 6, "ETH": 3, "SYR": 2, "FRA": 1}
AGES = {"Y5": 1, "Y9T11": 2, "Y12T17": 8, "Y18T20": 9, "Y24T26": 6, "Y30T38": 4, "Y48T59": 1, "_U": 1}


def person(rng: Random):
    def one(shares):
        return rng.choices(list(shares), list(shares.values()))[0]

    return {
        "VICTIM_STATUS": one({"IDENT": 9, "PRESUMED": 1}),
        "SEX": one({"F": 70, "M": 29, "_U": 1}),
        "AGE": one(AGES),
        "CITIZENSHIP": one(CITIZENS),
        "EXPLOITATION": {one(FORMS) for _ in range(one({1: 4, 2: 1}))},
        "ICT_FACILITATION": one({"NONE": 11, "REC": 4, "EXP": 1, "BOTH": 1, "_U": 3}),
        "REPORTED_BY": one({"POLICE": 5, "NGO": 2, "SELF": 2, "_U": 1}),
    }


def parts(plan: Plan, committees: Sequence[str]) -> tuple[Counts, ...]:
    rng = Random(2022)
    everybody = {name: [person(rng) for _ in range(size)] for name, size in SIZES.items()}
    return tuple(tabulate(records(everybody[name], name, book=BOOK), plan, BOOK) for name in committees)


def cleared(folder: PolicyFolder, plan: Plan = FIRST, committees: Sequence[str] = SOME) -> ClearedTable:
    table, _ = cleared_table(
        parts(plan, committees), plan, tuple(committees), policies=folder.load(), book=BOOK, rng=Random(1)
    )
    return table


def shown(table: ClearedTable) -> int:
    return sum(int((status == Status.SHOWN).sum()) for status in table.status.values())


def same(one: ClearedTable, other: ClearedTable) -> bool:
    return all(
        np.array_equal(one.status[name], other.status[name]) and np.array_equal(one.values[name], other.values[name])
        for name in one.values
    )


@pytest.fixture(scope="module")
def as_agreed(tmp_path_factory) -> ClearedTable:
    return cleared(PolicyFolder(tmp_path_factory.mktemp("agreed") / "policies"))


def floor_of_victims(number: int) -> tuple[str, str, str]:
    return "region.toml", r"(\[floors\.VICTIMS\][^\[]*?least_count = )\d+", rf"\g<1>{number}"


def test_a_stricter_number_in_the_regions_document_changes_the_table(tmp_path, as_agreed):
    stricter = cleared(PolicyFolder(tmp_path / "policies").replace(*floor_of_victims(12)))
    assert stricter.least_count == 12
    assert shown(stricter) < shown(as_agreed)
    assert not same(stricter, as_agreed)


def test_a_stricter_number_in_one_agreement_changes_the_table(tmp_path, as_agreed):
    folder = PolicyFolder(tmp_path / "policies").append("agreements/DZA.toml", "\n[least_count]\nVICTIMS = 12\n")
    assert shown(cleared(folder)) < shown(as_agreed)


def test_a_laxer_number_in_an_agreement_changes_nothing(tmp_path, as_agreed):
    folder = PolicyFolder(tmp_path / "policies").append("agreements/DZA.toml", "\n[least_count]\nVICTIMS = 1\n")
    assert same(cleared(folder), as_agreed)


def test_the_table_that_we_ship_is_worth_reading(tmp_path):
    """Most cells of the shipped plan can be shown at real size, and no shown count is below the floor."""
    as_agreed = cleared(PolicyFolder(tmp_path / "policies"), PLAN, tuple(SIZES))
    cells = sum(status.size for status in as_agreed.status.values())
    assert shown(as_agreed) >= 0.7 * cells
    counts = [as_agreed.values[name][status == Status.SHOWN] for name, status in as_agreed.status.items()]
    assert min(int(each.min()) for each in counts) >= as_agreed.least_count == 5

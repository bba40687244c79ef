"""What a plan and the documents ask for reaches the clearing, word by word."""

from __future__ import annotations

import pytest

from amana.plans.plan import load_plan
from amana.plans.rule import agreed, rule_of
from support.policy_folder import PolicyFolder
from support.smallbook import SMALL, plan_text

CUBE = 'id = "area-sex"\nby = ["REF_AREA", "SEX"]'
WORDS = ("least_count", "coalition", "as_persons")


@pytest.mark.parametrize(
    ("region", "asked", "kept"),
    [
        ({}, {}, (5, 2, 1)),
        ({}, {"least_count": 7, "as_persons": 2}, (7, 2, 2)),
        ({"coalition": 1}, {"coalition": 2}, (5, 2, 1)),
        ({"coalition": 1}, {"as_persons": 2}, (5, 2, 2)),
        ({"as_persons": 2}, {"least_count": 3, "as_persons": 1}, (5, 2, 2)),
    ],
)
def test_the_strictest_of_the_region_and_the_plan_is_the_rule(tmp_path, region, asked, kept):
    folder = PolicyFolder(tmp_path / "policies")
    for word, number in region.items():
        folder.replace("region.toml", rf"^{word} = \d", f"{word} = {number}")
    file = tmp_path / "victims.toml"
    file.write_text("".join(f"{word} = {number}\n" for word, number in asked.items()) + plan_text(CUBE), "utf-8")
    rule = rule_of(agreed(folder.load(), load_plan(file, SMALL), ["MAR", "TUN"]))
    assert tuple(getattr(rule, word) for word in WORDS) == kept
    assert "EXPLOITATION" in rule.sensitive

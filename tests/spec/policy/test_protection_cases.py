"""The rows of policies/cases/protection.tsv: how many committees may put together what they know, by whose word."""

from __future__ import annotations

import csv

import pytest

from amana.config import HOME
from amana.policy.meet import protection
from support.policy_folder import PolicyFolder

CASES = HOME / "policies" / "cases" / "protection.tsv"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row["case"])
        for row in csv.DictReader(CASES.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    ],
)
def test_the_strictest_word_holds(tmp_path, row):
    folder = PolicyFolder(tmp_path / "policies")
    folder.replace("region.toml", r"^coalition = .*\n", f"coalition = {row['region']}\n" if row["region"] else "")
    for word in filter(None, row["agreements"].split(",")):
        committee, number = word.split("=")
        folder.replace(f"agreements/{committee}.toml", r"^committee = ", f"coalition = {number}\ncommittee = ")
    plan = int(row["plan"]) if row["plan"] else None
    met = protection(folder.load(), row["dataflow"], ["MAR", "TUN"], plan_coalition=plan)
    assert met.coalition == int(row["coalition"])
    assert [clause for clause in met.clauses if clause.endswith("coalition")] == list(
        filter(None, row["clauses"].split(","))
    )

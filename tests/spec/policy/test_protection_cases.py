"""The rows of policies/cases/protection.tsv: how many committees may put together what they know, and as what."""

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
    folder, word = PolicyFolder(tmp_path / "policies"), row["word"]
    folder.replace("region.toml", rf"^{word} = .*\n", f"{word} = {row['region']}\n" if row["region"] else "")
    for wish in filter(None, row["agreements"].split(",")):
        committee, number = wish.split("=")
        folder.replace(f"agreements/{committee}.toml", r"^committee = ", f"{word} = {number}\ncommittee = ")
    plan = {f"plan_{word}": int(row["plan"]) if row["plan"] else None}
    met = protection(folder.load(), row["dataflow"], ["MAR", "TUN"], **plan)
    assert getattr(met, word) == int(row["met"])
    assert [clause for clause in met.clauses if clause.endswith(word.replace("_", "-"))] == list(
        filter(None, row["clauses"].split(","))
    )

"""The cases of policies/cases, which committees can read without reading code: each is decided as it says."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest

from amana.config import HOME
from amana.policy.decide import ACTIONS, Principal, Request, Resource, decide
from amana.policy.documents import load

POLICIES = HOME / "policies"
PROTECTION = "protection.tsv"  # how much, not who may
SELF = "per_self"


def rows() -> list[pytest.param]:
    return [
        pytest.param(row, id=f"{path.stem}: {row['case']}")
        for path in sorted((POLICIES / "cases").glob("*.tsv"))
        if path.name != PROTECTION
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    ]


@pytest.fixture(scope="module")
def policies():
    return load(POLICIES)


@pytest.mark.parametrize("row", rows())
def test_a_case_is_decided_as_it_says(policies, row):
    decision = decide(policies, request(row))
    assert ("allowed" if decision.allowed else "refused", decision.clause) == (row["decision"], row["clause"])


def test_there_are_enough_cases_and_every_rule_has_one():
    told = {row.values[0]["clause"].removeprefix("access.") for row in rows()}
    assert len(rows()) >= 40
    assert set(load(POLICIES).access.names.values()) <= told


def request(row: dict[str, str]) -> Request:
    facts = dict(part.split("=") for part in row["resource"].split() if "=" in part)
    if facts.get("made_by") == "self":
        facts["made_by"] = SELF
    if facts.get("id") == "self":
        facts["id"] = SELF
    contributors = frozenset(filter(None, facts.pop("contributors", "").split(",")))
    resource = Resource(
        kind=ACTIONS.get(row["action"], "batch"),
        id=facts.pop("id", "x"),
        contributors=contributors,
        public="public" in row["resource"].split(),
        **facts,
    )
    principal = Principal(
        id=SELF,
        roles=frozenset(filter(None, row["roles"].split("+"))),
        committee=row["committee"] or None,
        organisation="somebody",
        organisation_class="committee" if row["committee"] else "other",
        purposes=frozenset(filter(None, row["purposes"].split(","))),
    )
    at = datetime.fromisoformat(row["day"]).replace(hour=12, tzinfo=UTC)
    return Request(principal, row["action"], resource, row["purpose"] or None, at)

"""What a committee's tables are protected by: all documents of the region, with its own agreement among them.

Apart from ``documents``, so that a command that protects nothing does not load what this takes.
"""

from __future__ import annotations

from dataclasses import replace

from amana.committee.documents import Documents
from amana.disclosure.table import Rule
from amana.plans.plan import Plan
from amana.plans.rule import agreed, rule_of
from amana.policy.documents import Policies, load


def law(documents: Documents, committee: str) -> Policies:
    """Return the documents with this committee's agreement. Raises PolicyInvalid, NotAgreed."""
    return replace(load(documents.policies), agreements={committee: documents.agreement(committee)})


def rule(documents: Documents, plan: Plan, committee: str) -> Rule:
    """Return how a committee's tables are protected at home: as the region, its agreement and the plan ask.

    Raises PolicyInvalid, NotAgreed.
    """
    return rule_of(agreed(law(documents, committee), plan, [committee]))

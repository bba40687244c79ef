"""How much protection a plan's tables get: what all who have a say in them agreed to, as the rule of a clearing.

Runs in: worker, committee.
Sees: documents; no count.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from amana.disclosure.attacks.report import Limits
from amana.disclosure.table import Rule
from amana.plans.plan import Plan
from amana.policy.documents import Policies
from amana.policy.meet import Protection, protection

_LEAST: Final = 2  # persons: what a Rule takes at least; a dataflow about no person may agree to 1


def agreed(policies: Policies, plan: Plan, committees: Iterable[str]) -> Protection:
    """Return the strictest of what the region, these committees and the plan ask for.

    Raises PolicyInvalid, NotFound as ``policy.meet.protection``.
    """
    return protection(
        policies,
        plan.dataflow,
        committees,
        plan.least_count,
        plan.zeros,
        public=plan.public,
        plan_coalition=plan.coalition,
        plan_as_persons=plan.as_persons,
    )


def rule_of(protection: Protection) -> Rule:
    """Return the protection as a clearing takes it."""
    return Rule(
        least_count=max(_LEAST, protection.least_count),
        zeros_hidden=protection.zeros_hidden,
        coalition=protection.coalition,
        as_persons=protection.as_persons,
        sensitive=protection.sensitive,
    )


def limits_of(policies: Policies) -> Limits:
    """Return how hard a candidate is attacked, and what may be found, as the attacks take it."""
    attacks = policies.attacks
    return Limits(**attacks.effort, **attacks.limits, **attacks.membership)

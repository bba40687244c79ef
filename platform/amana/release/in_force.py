"""Whether what protects a release when it goes out is what it was built under: months may lie between.

Runs in: worker, web.
Sees: documents and rows about releases; no count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from amana import canonical
from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.disclosure.table import NOISE
from amana.errors import NotFound
from amana.plans.known import known_figures
from amana.plans.plan import Plan
from amana.plans.rule import agreed, limits_of
from amana.policy.documents import Policies
from amana.release.ledger import Release

KEPT_AS: Final = "protected_by"  # in the report of a release


def plan_of(found: Release, plans: Mapping[str, Plan]) -> Plan | None:
    """Return the plan that a release was planned by; None where it has changed since, or is gone."""
    plan = plans.get(found.plan)
    return plan if plan and plan.digest == found.plan_digest else None


def protected_by(plan: Plan, committees: Iterable[str], period: str, policies: Policies, book: Codebook) -> str:
    """Return a digest of all that protects a release of these committees: its plan, what was agreed, printed figures.

    Who may read, what is kept for how long and who is a member are no part of it. Raises NotFound for a committee
    without an agreement.
    """
    said: dict[str, Json] = {"plan": plan.digest, "attacks": {**vars(limits_of(policies))}}
    if plan.method == NOISE:
        said["noise"] = {**vars(policies.noise)}
    else:
        rule = agreed(policies, plan, committees)
        said["rule"] = [rule.least_count, rule.zeros_hidden, rule.coalition, rule.as_persons, *sorted(rule.sensitive)]
        printed = known_figures(policies, plan, period, book)
        said["known"] = sorted([sorted(map(list, one.key)), one.count] for one in printed)
    return hashlib.sha256(canonical.encode(said)).hexdigest()


def is_in_force(
    found: Release, committees: Iterable[str], plans: Mapping[str, Plan], policies: Policies, book: Codebook
) -> bool:
    """Return whether a built release is protected as it would be today; no word of how is none."""
    plan = plan_of(found, plans)
    if plan is None or found.report is None:
        return False
    try:
        today = protected_by(plan, committees, found.period, policies, book)
    except NotFound:
        return False
    return bool(json.loads(found.report).get(KEPT_AS) == today)

"""How a release is protected, for its page: as it was built, or else as its plan and the policy would have it."""

from __future__ import annotations

from dataclasses import dataclass

from amana.policy.decide import Resource
from amana.policy.meet import protection
from amana.release.in_force import plan_of
from amana.release.ledger import Release
from amana.web.hub import hub


@dataclass(frozen=True)
class Shield:
    """noisy: whether noise was added; None where neither bundle nor plan can tell. epsilon: where the plan still says.

    least_count: in the unit of the dataflow; None where nothing is hidden below a number.
    """

    noisy: bool | None
    epsilon: float | None
    least_count: int | None
    zeros_hidden: bool


def shielded(found: Release, concerned: Resource) -> Shield:
    """Return how a release is protected. A plan that has changed since, or is gone, says nothing of it."""
    plan = plan_of(found, hub().plans)
    epsilon = plan.epsilon if plan else None
    if found.kept is not None:
        bundle = hub().opened.bundle(found.kept)
        return Shield(bundle.noisy is not None, epsilon, bundle.least_count, bundle.zeros_hidden)
    asked = protection(
        hub().policies,
        found.dataflow,
        concerned.contributors,
        plan.least_count if plan else None,
        plan.zeros if plan else None,
        public=concerned.public,
    )
    return Shield(epsilon is not None if plan else None, epsilon, asked.least_count, asked.zeros_hidden)

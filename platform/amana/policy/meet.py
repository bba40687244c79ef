"""The strictest of several: what protects a table when a region, committees and a plan all have a say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from amana.policy.documents import Policies
from amana.policy.region import HIDDEN

_MET: Final = object()


@dataclass(frozen=True)
class Protection:
    """How a table must be protected; made by ``protection`` only, so it is never below the floor.

    least_count: a count from 1 to one below it is withheld; persons, or things where the dataflow is about none.
    clauses:     the clauses that set these values, strictest only.
    """

    least_count: int
    zeros_hidden: bool
    clauses: tuple[str, ...]
    _proof: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise TypeError for a Protection that nobody has met the documents for."""
        if self._proof is not _MET:
            raise TypeError("a Protection comes only from policy.meet.protection()")


def protection(
    policies: Policies,
    dataflow: str,
    committees: Iterable[str],
    plan_least_count: int | None = None,
    plan_zeros: str | None = None,
    *,
    public: bool = False,
) -> Protection:
    """Return the strictest of what the region, the committees and the plan ask for.

    committees:       ISO 3166-1 alpha-3 codes of the contributors.
    plan_least_count: what a release plan asks for; below the floor it changes nothing.
    plan_zeros:       ``hidden`` or ``published``; publishing is granted only where the region publishes them too.
    public:           whether anyone may read the table.
    Raises PolicyInvalid when the region sets no floor for the dataflow, NotFound for a committee without agreement.
    """
    floor = policies.region.floor(dataflow)
    asked = {f"region.floor.{dataflow}": floor.least_count}
    if public and floor.about_persons:
        asked["region.public-least-count"] = policies.region.public_least_count
    for committee in sorted(committees):
        raised = policies.agreement(committee).least_count
        if dataflow in raised:
            asked[f"agreement.{committee}.least-count"] = raised[dataflow]
    if plan_least_count is not None:
        asked["plan.least-count"] = plan_least_count
    strictest = max(asked.values())
    zeros = {f"region.floor.{dataflow}.zeros": floor.zeros, "plan.zeros": plan_zeros}
    hiding = [clause for clause, wish in zeros.items() if wish == HIDDEN]
    return Protection(
        least_count=strictest,
        zeros_hidden=bool(hiding),
        clauses=(*(clause for clause, count in asked.items() if count == strictest), *hiding),
        _proof=_MET,
    )

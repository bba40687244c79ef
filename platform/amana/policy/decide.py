"""Facts in, a decision out: Cedar says who may, the documents say whether it was agreed. The caller journals it.

A decision always names its clause. Nothing here fails open: an unknown kind, an engine's error, an agreement that is
not there are refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final

from amana.errors import AmanaError
from amana.policy.access import Answer
from amana.policy.documents import Policies
from amana.policy.terms import TERMS, Act, Lack, Term

ROLES: Final = ("submitter", "protection_officer", "member", "observer", "steward", "auditor", "operator")

# action → the kind of resource that it is done to
ACTIONS: Final[Mapping[str, str]] = {
    "submit_batch": "batch",
    "read_batch": "batch",
    "read_difference": "batch",
    "decide_version": "batch",
    "withdraw_batch": "batch",
    "request_for_persons": "batch",
    "read_request": "batch",
    "take_answer": "batch",
    "confirm_mapping": "batch",
    "plan_release": "release",
    "plan_vintage": "release",
    "read_release": "release",
    "read_candidate": "release",
    "decide_candidate": "release",
    "order_publication": "release",
    "order_withdrawal": "release",
    "read_statistics": "statistics",
    "read_window": "window",
    "read_events": "events",
    "export_events": "events",
    "open_case": "case",
    "read_case": "case",
    "export_case": "case",
    "write_in_case": "case",
    "close_case": "case",
    "open_name": "case",
    "read_own_account": "accounts",
}

# kind of resource → its Cedar type, and the facts that the rules may look at
_SHAPES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "batch": ("Batch", ("id", "committee")),
    "release": ("Release", ("id", "state", "made_by", "contributors", "public")),
    "statistics": ("Statistics", ("id", "state", "public")),
    "window": ("Window", ("id", "committee")),
    "events": ("Events", ("id",)),
    "case": ("ReviewCase", ("id", "state")),
    "accounts": ("Account", ("id",)),
}


class AccessRefused(AmanaError):
    """The policies refuse the request. facts: ``action``, ``clause``, ``missing``; for doors to raise and journal."""

    code: ClassVar[str] = "policy.refused"
    status: ClassVar[int] = 403
    exit: ClassVar[int] = 77


@dataclass(frozen=True)
class Principal:
    """Who asks: one person, with what their organisation was granted. ``committee`` is ISO 3166-1 alpha-3."""

    id: str
    roles: frozenset[str]
    committee: str | None
    organisation: str
    organisation_class: str
    purposes: frozenset[str]


@dataclass(frozen=True)
class Resource:
    """What is asked for. ``kind`` is one of batch, release, statistics, window, events, case, accounts.

    contribution: of a batch, how it comes: records, tables or tables_protected; None reads as what was agreed.
    contributors: of a release or its statistics, the committees whose figures are inside.
    made_by:      of a release, the person who planned it.
    """

    kind: str
    id: str
    committee: str | None = None
    dataflow: str | None = None
    period: str | None = None
    state: str | None = None
    contributors: frozenset[str] = frozenset()
    made_by: str | None = None
    public: bool = False
    contribution: str | None = None


@dataclass(frozen=True)
class Request:
    """One question to the policies. ``at`` carries its zone; agreements are read on that day in UTC."""

    principal: Principal
    action: str
    resource: Resource
    purpose: str | None
    at: datetime

    def __post_init__(self) -> None:
        """Raise ValueError for a time without a zone: it names no day."""
        if self.at.tzinfo is None:
            raise ValueError("a request's time needs a zone")

    @property
    def day(self) -> date:
        """The day, in UTC, on which agreements are read."""
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True)
class Decision:
    """Whether, and by which clause; ``missing`` tells what would have been needed."""

    allowed: bool
    clause: str
    policy_digest: str
    missing: tuple[str, ...] = ()

    def require(self, action: str) -> None:
        """Return when allowed. Raises AccessRefused, which carries the clause, when not."""
        if not self.allowed:
            raise AccessRefused(action=action, clause=self.clause, missing=self.missing)


def decide(policies: Policies, request: Request) -> Decision:
    """Return the decision on ``request``; a refusal names the first clause that stands against it."""
    lack = _purpose(policies, request)
    rule: str | None = None
    if lack is None:
        rule, lack = _who(policies, request)
    if lack is None:
        lack = _agreed(policies, request)
    if lack is None:
        return Decision(allowed=True, clause=f"access.{rule}", policy_digest=policies.digest)
    return Decision(allowed=False, clause=lack.clause, policy_digest=policies.digest, missing=lack.missing)


def publication_lack(policies: Policies, dataflow: str, contributors: Iterable[str], day: date) -> str | None:
    """Return the clause that stands against publishing figures of these committees on this day; None when none does.

    An order may take effect long after it was given: a membership can end, and a basis run out, in between.
    """
    lack = _lack(policies, sorted(contributors), TERMS["order_publication"], Act(dataflow, None, None, day))
    return lack.clause if lack else None


def _purpose(policies: Policies, request: Request) -> Lack | None:
    if request.purpose in policies.region.excluded_purposes:
        return Lack("region.excluded-purpose")
    if request.purpose is None or request.purpose in policies.region.purposes:
        return None
    return Lack("region.unknown-purpose", tuple(policies.region.purposes))


def _who(policies: Policies, request: Request) -> tuple[str | None, Lack | None]:
    if ACTIONS.get(request.action) != request.resource.kind:
        return None, Lack("region.unknown-action")
    entities = (_principal(request.principal), _resource(request.resource))
    verdict = policies.access.ask(_question(request), entities)
    if verdict.answer is Answer.PERMITTED:
        return verdict.rule, None
    refusals = {
        Answer.FORBIDDEN: f"access.{verdict.rule}",
        Answer.SILENT: "region.default-deny",
        Answer.FAILED: "region.evaluation-error",
    }
    return None, Lack(refusals[verdict.answer], verdict.missing)


def _question(request: Request) -> Mapping[str, Any]:
    kind, _ = _SHAPES[request.resource.kind]
    return {
        "principal": {"type": "Person", "id": request.principal.id},
        "action": {"type": "Action", "id": request.action},
        "resource": {"type": kind, "id": request.resource.id},
        "context": {} if request.purpose is None else {"purpose": request.purpose},
    }


def _principal(person: Principal) -> Mapping[str, Any]:
    facts = {
        "id": person.id,
        "roles": sorted(person.roles),
        "committee": person.committee,
        "organisation": person.organisation,
        "organisation_class": person.organisation_class,
        "purposes": sorted(person.purposes),
    }
    return _entity("Person", person.id, facts)


def _resource(resource: Resource) -> Mapping[str, Any]:
    kind, seen = _SHAPES[resource.kind]
    facts = {name: getattr(resource, name) for name in seen}
    if "contributors" in facts:
        facts["contributors"] = sorted(resource.contributors)
    return _entity(kind, resource.id, facts)


def _entity(kind: str, name: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {fact: value for fact, value in facts.items() if value is not None}
    return {"uid": {"type": kind, "id": name}, "attrs": told, "parents": []}


def _agreed(policies: Policies, request: Request) -> Lack | None:
    resource = request.resource
    act = Act(str(resource.dataflow), resource.contribution, request.purpose, request.day)
    return _lack(policies, _bound(request), TERMS.get(request.action, ()), act)


def _lack(policies: Policies, committees: Iterable[str], terms: Iterable[Term], act: Act) -> Lack | None:
    """Return the first thing that an agreement lacks, in the order of the committees, then of the terms."""
    for committee in committees:
        agreement = policies.agreements.get(committee)
        if agreement is None:
            return Lack(f"agreement.{committee}.absent")
        for term in terms:
            lack = term(policies.region, agreement, act)
            if lack:
                return Lack(f"agreement.{committee}.{lack.clause}", lack.missing)
    return None


def _bound(request: Request) -> list[str]:
    """Return the committees whose agreements have a say in the request."""
    resource = request.resource
    if request.action not in TERMS or (request.action == "read_statistics" and resource.public):
        return []
    return [str(resource.committee)] if request.action == "submit_batch" else sorted(resource.contributors)

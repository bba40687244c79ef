"""Releases over the API: plan, follow, review, decide, order."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from amana.audit.events.releases import ReleaseRead
from amana.db import Reading, Transaction
from amana.errors import NotFound
from amana.ids import is_id
from amana.policy.decide import Resource
from amana.release import again, approve, ledger, order
from amana.release.approve import Decision
from amana.release.in_force import is_in_force
from amana.release.ledger import Release
from amana.release.order import PlanChanged
from amana.web import guard
from amana.web.api import compared
from amana.web.api.routes import described
from amana.web.api.schemas import releases as schemas
from amana.web.api.statistics import table_of
from amana.web.hub import hub
from amana.web.refusals import RequestMalformed

_YEAR: Final = re.compile(r"[0-9]{4}")
EVERY: Final = "*"  # the subject of an event about a list
blueprint = described("api_releases", "/api/v1/releases", "From plan to tombstone")


def resource(reading: Reading | Transaction, found: Release) -> Resource:
    """Return a release as the policy looks at it."""
    plan = hub().plans.get(found.plan)
    return Resource(
        "release",
        found.id,
        dataflow=found.dataflow,
        period=found.period,
        state=found.state.value,
        contributors=frozenset(ledger.contributors(reading, found.id)),
        made_by=found.planned_by,
        public=plan.public if plan else False,
    )


def told(reading: Reading, found: Release) -> dict[str, Any]:
    """Return a release with its contributors and their decisions.

    Whoever plans is told of whom new tables were asked, and whose contribution a refusal is about.
    """
    decided = {one.committee: one for one in ledger.approvals(reading, found.id)}
    contributors = [
        {
            "committee": committee,
            "contribution": contribution,
            "decision": decided[committee].decision if committee in decided else None,
            "decided_at": decided[committee].decided_at if committee in decided else None,
        }
        for committee, contribution in ledger.contributors(reading, found.id).items()
    ]
    report = ledger.told_report(found)
    plans = guard.permits("plan_release", Resource("release", found.plan, dataflow=found.dataflow, period=found.period))
    asked_for = [asdict(one) for one in again.asked_for(reading, found.id)] if plans else []
    whose = (found.reason_committees or "").split() if plans else []
    more = {
        "reason_committees": whose,
        "waiting": found.waiting,
        "report": report,
        "contributors": contributors,
        "tabulations": asked_for,
    }
    return {**asdict(found), **more, "warnings": compared.warnings(found), "beside": compared.beside(reading, found)}


def visible(reading: Reading) -> list[Release]:
    """Return the releases that the reader may see, latest plan first."""
    return [one for one in ledger.listed(reading) if guard.permits("read_release", resource(reading, one))]


def asked(release: str, action: str) -> Release:
    """Return a release once the policy lets the reader do ``action`` to it. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(release, "rel"):
        raise NotFound(kind="release")
    with hub().database.read() as reading:
        found = ledger.find(reading, release)
        concerned = resource(reading, found)
    guard.ask(action, concerned)
    return found


def own_committee() -> str:
    """Return the reader's committee. Raises NotFound for somebody of no committee: there is nothing of theirs here."""
    committee = guard.someone().principal.committee
    if committee is None:
        raise NotFound(kind="committee", id="")
    return committee


def plan_release(plan: str, period: str, publish_at: datetime | None = None) -> str:
    """Plan a release as the reader, and return its id.

    Before the policy is asked, raises NotFound for a plan that is not declared, RequestMalformed for what is no year.
    """
    house = hub()
    guard.someone()
    if plan not in house.plans:
        raise NotFound(kind="plan")
    if not _YEAR.fullmatch(period):
        raise RequestMalformed(fields=["period"])
    chosen = house.plans[plan]
    about = Resource("release", plan, dataflow=chosen.dataflow, period=period, public=chosen.public)
    guard.ask("plan_release", about)
    now = house.now()
    with house.database.write() as tx:
        return order.plan_release(
            tx,
            chosen,
            period,
            policy_digest=house.policies.digest,
            publish_at=publish_at or now,
            by=guard.actor(),
            now=now,
        )


def plan_vintage(release: str, publish_at: datetime | None = None) -> str:
    """Plan a new vintage of a published release as the reader, and return the new release's id.

    Raises NotFound when its plan is no longer declared.
    """
    found, house = asked(release, "plan_vintage"), hub()
    if found.plan not in house.plans:
        raise NotFound(kind="plan")
    now = house.now()
    with house.database.write() as tx:
        return order.plan_vintage(
            tx,
            house.plans[found.plan],
            release,
            policy_digest=house.policies.digest,
            publish_at=publish_at or now,
            by=guard.actor(),
            now=now,
        )


def say(release: str, decision: Decision) -> None:
    """Record what the reader's committee decides about a candidate."""
    asked(release, "decide_candidate")
    with hub().database.write() as tx:
        approve.decide(tx, release, own_committee(), decision, by=guard.actor(), now=hub().now())


def order_publication(release: str, candidate: str | None, publish_at: datetime | None = None) -> dict[str, Any]:
    """Order a publication as the reader: of the candidate that was seen, or of the current one.

    Raises PlanChanged where what protects it is no more what it was built under; the worker asks again at the effect.
    """
    found, house = asked(release, "order_publication"), hub()
    seen, by, now = candidate or str(found.candidate), guard.actor(), house.now()
    with house.database.write() as tx:
        committees = ledger.contributors(tx, release)
        if not is_in_force(found, committees, house.plans, house.policies, house.book):
            raise PlanChanged(release=release)
        event = order.order_publication(tx, release, seen, by=by, now=now, publish_at=publish_at)
    return {"release": release, "act": ledger.PUBLISH, "event": event, "state": found.state}


def order_withdrawal(release: str, reason: str) -> dict[str, Any]:
    """Order a withdrawal as the reader."""
    found = asked(release, "order_withdrawal")
    with hub().database.write() as tx:
        event = order.order_withdrawal(tx, release, reason, by=guard.actor(), now=hub().now())
    return {"release": release, "act": ledger.WITHDRAW, "event": event, "state": found.state}


@blueprint.post("")
@blueprint.arguments(schemas.PlanBody)
@blueprint.response(201, schemas.ReleaseFields)
def plan(body: dict[str, Any]) -> dict[str, Any]:
    """Plan a release: one plan, one period. The steward's."""
    release = plan_release(**body)
    with hub().database.read() as reading:
        return told(reading, ledger.find(reading, release))


@blueprint.get("")
@blueprint.response(200, schemas.ReleasesFields)
def releases() -> dict[str, Any]:
    """List the releases that the reader may see, latest plan first."""
    guard.ask("read_own_account", guard.own_account())
    with hub().database.read() as reading:
        listed = [told(reading, one) for one in visible(reading)]
    guard.note(ReleaseRead(EVERY))
    return {"releases": listed}


@blueprint.get("/<release>")
@blueprint.response(200, schemas.ReleaseFields)
def release(release: str) -> dict[str, Any]:
    """Show where a release stands, and who decided what."""
    asked(release, "read_release")
    with hub().database.read() as reading:
        answer = told(reading, ledger.find(reading, release))
    guard.note(ReleaseRead(release))
    return answer


@blueprint.post("/<release>/vintage")
@blueprint.arguments(schemas.VintageBody)
@blueprint.response(201, schemas.ReleaseFields)
def vintage(body: dict[str, Any], release: str) -> dict[str, Any]:
    """Plan a new vintage of a published release, from what the vault holds now. The steward's."""
    new = plan_vintage(release, **body)
    with hub().database.read() as reading:
        return told(reading, ledger.find(reading, new))


@blueprint.get("/<release>/candidate")
@blueprint.response(200, schemas.CandidateFields)
def candidate(release: str) -> dict[str, Any]:
    """Show a contributing committee's protection officer what would be published about her own country."""
    asked(release, "read_candidate")
    with hub().database.write() as tx:
        by, now = guard.actor(), hub().now()
        view = approve.read_candidate(tx, hub().opened, release, own_committee(), by=by, now=now)
    return {
        "release": release,
        "committee": view.committee,
        "plan_digest": view.release.plan_digest,
        "candidate": view.release.candidate,
        "tables": [{"cube": cube, **table_of(cells)} for cube, cells in view.tables],
    }


@blueprint.post("/<release>/decisions")
@blueprint.arguments(schemas.DecisionBody)
@blueprint.response(200, schemas.ReleaseFields)
def decide(body: dict[str, Any], release: str) -> dict[str, Any]:
    """Approve a candidate for one's committee, or refuse it with a reason."""
    say(release, Decision(body["decision"], body["plan_digest"], body["candidate"], body["reason"]))
    with hub().database.read() as reading:
        return told(reading, ledger.find(reading, release))


@blueprint.post("/<release>/publication")
@blueprint.arguments(schemas.PublicationBody)
@blueprint.response(202, schemas.OrderFields)
def publication(body: dict[str, Any], release: str) -> dict[str, Any]:
    """Order the publication of an approved candidate: written down now, carried out under the next checkpoint."""
    return order_publication(release, body["candidate"], body["publish_at"])


@blueprint.post("/<release>/withdrawal")
@blueprint.arguments(schemas.WithdrawalBody)
@blueprint.response(202, schemas.OrderFields)
def withdrawal(body: dict[str, Any], release: str) -> dict[str, Any]:
    """Order that a published release be withdrawn, with a reason."""
    return order_withdrawal(release, body["reason"])

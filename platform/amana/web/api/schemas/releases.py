"""What is asked of releases, and told of them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from amana.release.again import Outcome
from amana.release.approve import Choice
from amana.release.states import ReleaseState
from amana.web.api.schemas.strict import DIGEST, Instant, Strict


class PlanBody(Strict):
    """Which plan, for which period, and when at the earliest it may be published (at once when left out)."""

    plan = fields.String(required=True)
    period = fields.String(required=True)
    publish_at = Instant(load_default=None)


class VintageBody(Strict):
    """When at the earliest a new vintage may be published (at once when left out)."""

    publish_at = Instant(load_default=None)


class DecisionBody(Strict):
    """A committee's word about exactly the candidate that its officer has seen."""

    decision = fields.Enum(Choice, by_value=True, required=True)
    plan_digest = fields.String(required=True, validate=DIGEST)
    candidate = fields.String(required=True, validate=DIGEST)
    reason = fields.String(load_default=None, validate=validate.Length(max=500))


class PublicationBody(Strict):
    """The candidate that the steward has seen (the current one when left out), and a later time where it is put off."""

    candidate = fields.String(load_default=None, validate=DIGEST)
    publish_at = Instant(load_default=None)


class WithdrawalBody(Strict):
    """Why the release is withdrawn, in words that name no person."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class ContributorFields(Schema):
    """One contributing committee and what it decided."""

    committee = fields.String(required=True)
    contribution = fields.String(required=True)
    decision = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class AskedFields(Schema):
    """A committee that was asked to tabulate again, told to whoever plans. outcome: null while it may still answer."""

    committee = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    deadline = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.String(allow_none=True, validate=validate.OneOf([one.value for one in Outcome]))


class WarningFields(Schema):
    """Something to look at before a release is approved. facts: numbers of cells and tables."""

    code = fields.String(required=True)
    facts = fields.Dict(required=True)
    text = fields.String(required=True)


class BesideFields(Schema):
    """The vintage that this one takes the place of. tables: in cells; what moved is told once it is published."""

    release = fields.String(required=True)
    vintage = fields.Integer(required=True)
    state = fields.String(required=True)
    tables = fields.List(fields.Dict(), required=True)


class ReleaseFields(Schema):
    """A release, from plan to tombstone."""

    id = fields.String(required=True)
    plan = fields.String(required=True)
    plan_digest = fields.String(required=True)
    policy_digest = fields.String(required=True)
    dataflow = fields.String(required=True)
    period = fields.String(required=True)
    vintage = fields.Integer(required=True)
    state = fields.Enum(ReleaseState, by_value=True, required=True)
    planned_at = fields.AwareDateTime(required=True)
    publish_at = fields.AwareDateTime(required=True)
    candidate = fields.String(allow_none=True)
    built_at = fields.AwareDateTime(allow_none=True)
    approved_at = fields.AwareDateTime(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    waiting = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    reason_committees = fields.List(fields.String())
    report = fields.Dict(allow_none=True)
    warnings = fields.List(fields.Nested(WarningFields))
    beside = fields.Nested(BesideFields, allow_none=True)
    contributors = fields.List(fields.Nested(ContributorFields))
    tabulations = fields.List(fields.Nested(AskedFields))


class ReleasesFields(Schema):
    """The releases that the reader may see, latest plan first."""

    releases = fields.List(fields.Nested(ReleaseFields), required=True)


class OrderFields(Schema):
    """An order that was written down; the worker gives it effect under the next checkpoint."""

    release = fields.String(required=True)
    act = fields.String(required=True)
    event = fields.String(required=True)
    state = fields.Enum(ReleaseState, by_value=True, required=True)


class CandidateFields(Schema):
    """Every cell of a candidate that is about the reader's own country, as it would be published."""

    release = fields.String(required=True)
    committee = fields.String(required=True)
    plan_digest = fields.String(required=True)
    candidate = fields.String(required=True)
    tables = fields.List(fields.Dict(), required=True)

"""Schemas of what an owner decides and asks: versions, withdrawals, requests about persons."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from amana.intake.requests import FOR_PERSONS, Act
from amana.intake.states import BatchState, RequestState
from amana.web.api.schemas.findings import FindingFields
from amana.web.api.schemas.strict import Strict

_STATES = validate.OneOf([state.value for state in RequestState])


class VersionFields(Schema):
    """One file that was sent for a dataset and period; a replaced one leaves its keyed digest and nothing else."""

    batch = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in BatchState]))
    received_at = fields.AwareDateTime(required=True)
    keyed_digest = fields.String(required=True)


class ChangeFields(Schema):
    """Counts of persons by what becomes of them; ``parts``: by variable, or cells of each table."""

    kind = fields.String(required=True, validate=validate.OneOf(["records", "tables", "other"]))
    added = fields.Integer(required=True)
    removed = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    same = fields.Integer(required=True)
    parts = fields.Dict(required=True)


class DifferenceFields(Schema):
    """What a held version would change, for its owner alone; null until it has been computed. ``seen`` is its name."""

    batch = fields.String(required=True)
    state = fields.String(required=True)
    seen = fields.String(allow_none=True)
    difference = fields.Nested(ChangeFields, allow_none=True)
    versions = fields.List(fields.Nested(VersionFields), required=True)


class ReplacementBody(Strict):
    """The owner's word about a held version. ``seen``: the name of the difference; a yes to another is a conflict."""

    seen = fields.String(load_default=None)
    decision = fields.String(required=True, validate=validate.OneOf([Act.REPLACE.value, Act.DISCARD.value]))


class RequestQuery(Strict):
    """What is asked for the persons of the list: in one period, or in all of them."""

    act = fields.String(required=True, validate=validate.OneOf([act.value for act in FOR_PERSONS]))
    dataflow = fields.String(required=True)
    period = fields.String(load_default=None)


class RequestHeaders(Schema):
    """The asker's own name for this request; the manifest of a list that the committee sealed and signed."""

    idempotency_key = fields.String(load_default=None, data_key="Idempotency-Key")
    manifest = fields.String(load_default=None, data_key="Amana-Manifest")

    class Meta:
        """A request has other headers, too."""

        unknown = EXCLUDE


class OwnerRequestFields(Schema):
    """A request as its committee sees it. ``reached``: whether the hub held all, some or none of the persons."""

    id = fields.String(required=True)
    committee = fields.String(required=True)
    act = fields.String(required=True, validate=validate.OneOf([act.value for act in Act]))
    dataflow = fields.String(required=True)
    period = fields.String(allow_none=True)
    batch = fields.String(allow_none=True)
    state = fields.String(required=True, validate=_STATES)
    received_at = fields.AwareDateTime(required=True)
    received_event = fields.String(required=True)
    reached = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)
    done_event = fields.String(allow_none=True)
    answer = fields.Boolean()
    findings = fields.List(fields.Nested(FindingFields))


class OwnerRequestsFields(Schema):
    """What a committee has asked for, newest first."""

    requests = fields.List(fields.Nested(OwnerRequestFields), required=True)

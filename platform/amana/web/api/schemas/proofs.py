"""What the API tells of witnesses, as marshmallow schemas."""

from __future__ import annotations

from marshmallow import Schema, fields


class CosignedFields(Schema):
    """A checkpoint that was cosigned: its size, the witness's time and the hub's."""

    size = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)


class WitnessFields(Schema):
    """One witness; ``last`` is null before its first cosignature."""

    name = fields.String(required=True)
    committee = fields.String(required=True)
    vkey = fields.String(required=True)
    retired = fields.Date(required=True, allow_none=True)
    last = fields.Nested(CosignedFields, required=True, allow_none=True)


class MetFields(Schema):
    """The newest checkpoint with a quorum, and when the quorum was complete, by the witnesses' clocks."""

    size = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.List(fields.String(), required=True)


class WitnessesFields(Schema):
    """Who witnesses the log. size: of the newest public checkpoint. met: null where no quorum was ever met."""

    quorum = fields.Integer(required=True)
    in_office = fields.Integer(required=True)
    size = fields.Integer(required=True)
    met = fields.Nested(MetFields, required=True, allow_none=True)
    witnesses = fields.List(fields.Nested(WitnessFields), required=True)

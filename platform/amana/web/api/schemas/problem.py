"""How every refusal is told."""

from __future__ import annotations

from marshmallow import Schema, fields


class ProblemFields(Schema):
    """RFC 9457, with the members of the hub."""

    type = fields.Url(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    code = fields.String(required=True)
    facts = fields.Dict()
    clause = fields.String()
    place = fields.Dict()

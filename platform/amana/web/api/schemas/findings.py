"""What was found in a contribution, as marshmallow schemas: rules and places, never values."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from amana.intake.states import BatchState


class FindingFields(Schema):
    """What one rule found in one place; never a value. ``row`` is 1-based, the header being row 1."""

    rule = fields.String(required=True)
    severity = fields.String(required=True)
    message = fields.String(required=True)
    sheet = fields.String(allow_none=True)
    row = fields.Integer(allow_none=True)
    column = fields.String(allow_none=True)
    letter = fields.String(allow_none=True)
    count = fields.Integer(required=True)
    facts = fields.Dict(required=True)
    ranges = fields.String(required=True)


class RuleFields(Schema):
    """One rule that found something: cases in all, what can be done (perhaps nothing), and on what it rests."""

    rule = fields.String(required=True)
    severity = fields.String(required=True)
    count = fields.Integer(required=True)
    fix = fields.String(required=True)
    source = fields.String(required=True)


class FindingsFields(Schema):
    """What was found in a contribution: the rules, what refuses first, and every place; ``ranges`` as in ``2-5, 9``."""

    batch = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in BatchState]))
    rules = fields.List(fields.Nested(RuleFields), required=True)
    findings = fields.List(fields.Nested(FindingFields), required=True)

"""What a dry run tells the owner of a sound file, as marshmallow schemas."""

from __future__ import annotations

from marshmallow import Schema, fields


class CombinationFields(Schema):
    """Records that these variables together single out. rare: fewer than ``least_count`` alike."""

    variables = fields.List(fields.String(), required=True)
    unique = fields.Integer(required=True)
    rare = fields.Integer(required=True)


class RiskFields(Schema):
    """How many records of the file stand alone, by what somebody could know of a person without it."""

    records = fields.Integer(required=True)
    least_count = fields.Integer(required=True)
    keys = fields.List(fields.String(), required=True)
    unique = fields.Integer(required=True)
    rare = fields.Integer(required=True)
    worst = fields.List(fields.Nested(CombinationFields), required=True)


class CellsFields(Schema):
    """Of one table: cells in all, and those that would carry the mark."""

    cells = fields.Integer(required=True)
    hidden = fields.Integer(required=True)


class SeenFields(Schema):
    """Of one published table, the cells about the asker's own country: with a figure, and with the mark."""

    shown = fields.Integer(required=True)
    hidden = fields.Integer(required=True)


class PublishedFields(Schema):
    """What the latest publication by the plan shows of the asker's country, as any reader of it can count."""

    release = fields.String(required=True)
    period = fields.String(required=True)
    vintage = fields.Integer(required=True)
    cubes = fields.Dict(fields.String(), fields.Nested(SeenFields), required=True)


class PlanPreviewFields(Schema):
    """What a release by one plan would show of this file alone. refused: it could not be protected as planned.

    published: what the latest one did; null where none was published, or it says nothing of the asker's country.
    """

    plan = fields.String(required=True)
    least_count = fields.Integer(required=True)
    refused = fields.Boolean(required=True)
    cubes = fields.Dict(fields.String(), fields.Nested(CellsFields), required=True)
    published = fields.Nested(PublishedFields, allow_none=True)


class PreviewFields(Schema):
    """What a dry run tells the owner of a sound file."""

    risk = fields.Nested(RiskFields, allow_none=True)
    plans = fields.List(fields.Nested(PlanPreviewFields), required=True)

"""What is published, and one table of it."""

from __future__ import annotations

from marshmallow import Schema, fields


class DataflowFields(Schema):
    """A subject and its published tables."""

    id = fields.String(required=True)
    label = fields.String(required=True)
    unit = fields.String(required=True)
    personal = fields.Boolean(required=True)
    tables = fields.List(fields.Dict(), required=True)


class DataflowsFields(Schema):
    """All subjects."""

    dataflows = fields.List(fields.Nested(DataflowFields), required=True)


class TableFields(Schema):
    """One table: its dimensions with labels, and a row per cell; ``value`` is null where there is no figure."""

    dataflow = fields.String(required=True)
    unit = fields.String(required=True)
    language = fields.String(required=True)
    dimensions = fields.List(fields.Dict(), required=True)
    count = fields.Integer(required=True)
    rows = fields.List(fields.Dict(), required=True)
    notes = fields.List(fields.Dict(), required=True)
    sources = fields.List(fields.Dict(), required=True)

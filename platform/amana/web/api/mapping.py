"""What a contribution's own columns mean, over the API: read what is proposed, and say what they do."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.mapping.confirm import Said
from amana.mapping.outline import as_json
from amana.web.api import confirming
from amana.web.api.routes import described
from amana.web.api.schemas.strict import Strict

_LETTER: Final = validate.Regexp(r"[A-Z]{1,3}\Z")
_CODE: Final = validate.Length(max=40)
blueprint = described("api_mapping", "/api/v1/batches", "What a contribution's own columns mean")


class ColumnBody(Strict):
    """One column. concept: a variable, a code (of a yes/no column), ``PERIOD``, or ``-`` to leave the column aside.

    values: spelling → code. blank: whether a blank cell means that it is not known.
    """

    concept = fields.String(required=True, validate=_CODE)
    values = fields.Dict(
        fields.String(), fields.String(validate=_CODE), load_default=dict, validate=validate.Length(max=2_000)
    )
    blank = fields.Boolean(load_default=False)


class MappingBody(Strict):
    """Every column by its letter, and what is the same in every row: variable → code."""

    columns = fields.Dict(
        fields.String(validate=_LETTER), fields.Nested(ColumnBody), required=True, validate=validate.Length(max=1_000)
    )
    constants = fields.Dict(
        fields.String(validate=_CODE),
        fields.String(validate=_CODE),
        load_default=dict,
        validate=validate.Length(max=100),
    )


class WordFields(Schema):
    """One of our words as the column has it, and in how many rows."""

    text = fields.String(required=True)
    rows = fields.Integer(required=True)


class OutlinedFields(Schema):
    """One column: its letter, what it seems to mean, how sure that is (per cent), and why.

    A header or a value is told only where it is one of the hub's own words; others are counted.
    """

    letter = fields.String(required=True)
    header = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    target = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    confidence = fields.Integer(required=True)
    reason = fields.String(required=True)
    filled = fields.Integer(required=True)
    blank = fields.Integer(required=True)
    kept = fields.Boolean(required=True)
    separators = fields.String(required=True)
    words = fields.List(fields.Nested(WordFields), required=True)
    strange = fields.Integer(required=True)
    strange_rows = fields.Integer(required=True)
    like = fields.Dict(required=True)


class OutlineFields(Schema):
    """What the columns of a contribution seem to mean. missing: required variables that no column tells."""

    batch = fields.String(required=True)
    dataflow = fields.String(required=True)
    version = fields.Integer(allow_none=True)
    missing = fields.List(fields.String(), required=True)
    columns = fields.List(fields.Nested(OutlinedFields), required=True)


class ConfirmedFields(Schema):
    """The version that stands from now on."""

    batch = fields.String(required=True)
    version = fields.Integer(required=True)
    digest = fields.String(required=True)


@blueprint.get("/<batch>/mapping")
@blueprint.response(200, OutlineFields)
def outline(batch: str) -> dict[str, Any]:
    """Show what the columns of a waiting contribution seem to mean: places, meanings and counts."""
    waiting = confirming.asked(batch)
    return {**as_json(waiting.outline), "batch": waiting.batch.id}


@blueprint.put("/<batch>/mapping")
@blueprint.arguments(MappingBody)
@blueprint.response(200, ConfirmedFields)
def confirm(body: dict[str, Any], batch: str) -> dict[str, Any]:
    """Say what every column means. The contribution is then judged again, and the mapping kept for the next file."""
    waiting = confirming.asked(batch)
    columns = {letter: Said(one["concept"], one["values"], one["blank"]) for letter, one in body["columns"].items()}
    made = confirming.confirm(waiting, columns, body["constants"])
    return {"batch": waiting.batch.id, "version": made.version, "digest": made.digest}

"""Schemas of an auditor's cases and exports."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from amana.audit.cases.exporting import FORMATS
from amana.audit.events import vocabulary
from amana.audit.events.event import OUTCOMES
from amana.ids import is_id
from amana.web.api.schemas.strict import COUNTRY, Instant, Strict
from amana.wording.load import LANGUAGES

LONGEST_TITLE = 200  # characters
LONGEST_TEXT = 10_000  # characters
MOST_EVENTS = 500  # taken out by id at once
MOST_PINNED = 50  # at once: each is an event, and a page of a list shows no more
_HOURS = 24
_DAYS = 7
_KINDS = 100  # a question is put once for each


def _said(most: int) -> validate.And:
    return validate.And(validate.Length(1, most), validate.Regexp(r"\s*\S"))


def _id(prefix: str) -> fields.String:
    return fields.String(validate=lambda text: is_id(text, prefix))


class QuestionBody(Strict):
    """What a case is to find out. Name no person: names are opened one by one, with a reason."""

    title = fields.String(required=True, validate=_said(LONGEST_TITLE))
    question = fields.String(required=True, validate=_said(LONGEST_TEXT))


class SendingHeaders(Schema):
    """The writer's own name for one sending: what is sent twice under it is written once."""

    idempotency_key = fields.String(load_default=None, data_key="Idempotency-Key")

    class Meta:
        """A request has other headers, too."""

        unknown = EXCLUDE


class NoteBody(Strict):
    """A note, or an answer to one. It cannot be changed afterwards."""

    text = fields.String(required=True, validate=_said(LONGEST_TEXT))
    answers = fields.String(load_default=None, allow_none=True, validate=lambda text: is_id(text, "nte"))


class PinBody(Strict):
    """Events to put into the case."""

    events = fields.List(_id("evt"), required=True, validate=validate.Length(1, MOST_PINNED))


class FindingBody(Strict):
    """What the case found out; it closes it."""

    finding = fields.String(required=True, validate=_said(LONGEST_TEXT))


class NameBody(Strict):
    """Of which actor the name is needed, and why."""

    person = fields.String(required=True, validate=lambda text: is_id(text, "per"))
    reason = fields.String(required=True, validate=_said(LONGEST_TEXT))


class CaseNoteFields(Schema):
    """Something written in a case; ``text`` is null once it was erased, ``digest`` stays."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    made_by = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    event_id = fields.String(required=True)
    answers = fields.String(allow_none=True)
    digest = fields.String(required=True)
    title = fields.String(allow_none=True)
    text = fields.String(allow_none=True)


class CasePinFields(Schema):
    """An event in a case; ``index`` is null until a checkpoint covers it."""

    event_id = fields.String(required=True)
    pinned_by = fields.String(required=True)
    pinned_at = fields.AwareDateTime(required=True)
    index = fields.Integer(allow_none=True)


class CaseHeadFields(Schema):
    """A case under its title, which is null once it was erased."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(allow_none=True)
    opened_by = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class CaseFields(CaseHeadFields):
    """A case with all that is in it."""

    notes = fields.List(fields.Nested(CaseNoteFields), required=True)
    events = fields.List(fields.Nested(CasePinFields), required=True)


class CasesFields(Schema):
    """The newest cases."""

    cases = fields.List(fields.Nested(CaseHeadFields), required=True)


class NameFields(Schema):
    """Whose name it is; ``email`` is null until a checkpoint covers the order."""

    person = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["waiting", "ready"]))
    email = fields.String(allow_none=True)


class HoursBody(Strict):
    """When people are expected at work, in UTC; ``rest``: days off, 0 is Sunday."""

    opens = fields.Integer(required=True, strict=True, validate=validate.Range(0, _HOURS))
    closes = fields.Integer(required=True, strict=True, validate=validate.Range(0, _HOURS))
    rest = fields.List(fields.Integer(strict=True, validate=validate.Range(0, _DAYS - 1)), required=True)


class FiltersBody(Strict):
    """Which events: each that is set must match; ``events`` names them one by one instead."""

    actor = fields.String()
    organisation = fields.String()
    country = fields.String(validate=COUNTRY)
    dataflow = fields.String()
    purpose = fields.String()
    outcome = fields.String(validate=validate.OneOf(OUTCOMES))
    kind = fields.String(validate=validate.OneOf(sorted(vocabulary.WORDS)))
    subject = fields.String()
    since = Instant()
    until = Instant()
    kinds = fields.List(
        fields.String(validate=validate.OneOf(sorted(vocabulary.WORDS))), validate=validate.Length(max=_KINDS)
    )
    outside = fields.Nested(HoursBody)
    changed = fields.Boolean()
    events = fields.List(_id("evt"), validate=validate.Length(1, MOST_EVENTS))


class ExportBody(Strict):
    """What to take out of the hub: a case, or events. The language is that of a workbook."""

    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    case = fields.String(load_default=None, allow_none=True, validate=lambda text: is_id(text, "cas"))
    filters = fields.Nested(FiltersBody, load_default=dict)


class ExportFields(Schema):
    """An export that was ordered; ``ready`` once a checkpoint covers the order, so that it can be fetched."""

    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["waiting", "ready"]))
    case = fields.String(allow_none=True)
    format = fields.String(required=True)
    rows = fields.Integer(required=True)
    ordered_by = fields.String(required=True)
    ordered_at = fields.AwareDateTime(required=True)
    ordered_event = fields.String(required=True)

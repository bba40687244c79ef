"""What the auditor's part of the API takes and gives, as marshmallow schemas."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from amana.web.api.schemas.strict import COUNTRY, Instant, Strict

_DAYS = validate.Range(1, 3660)


class EventQuery(Strict):
    """Filters; events come newest first, ``after`` (from the page before) continues behind its last one.

    ``country``: that the event concerns, alone or among others; ``subject``: what it is about or names; ``group``:
    reads of data, or changes of who may do what; ``hours``: outside the hours of work.
    """

    kind = fields.String()
    group = fields.String(validate=validate.OneOf(["reads", "access"]))
    hours = fields.String(validate=validate.OneOf(["outside"]))
    actor = fields.String()
    organisation = fields.String()
    subject = fields.String()
    outcome = fields.String()
    country = fields.String(validate=COUNTRY)
    dataflow = fields.String()
    purpose = fields.String()
    since = Instant()
    until = Instant()
    after = fields.String()
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class DaysQuery(Strict):
    """How many days back; left out, as many as the policies say."""

    days = fields.Integer(load_default=None, validate=_DAYS)


class QuestionQuery(DaysQuery):
    """What a saved question leaves open, and which page of its answer."""

    country = fields.String(load_default=None, validate=COUNTRY)
    after = fields.String(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class EventFields(Schema):
    """One event; ``index`` is its place in the log, null while no checkpoint covers it."""

    event_id = fields.String(required=True)
    index = fields.Integer(allow_none=True)
    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True)
    actor = fields.String(required=True)
    role = fields.String(required=True)
    organisation = fields.String(required=True)
    outcome = fields.String(required=True)
    clause = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    dataflow = fields.String(allow_none=True)
    purpose = fields.String(allow_none=True)
    subject = fields.String(allow_none=True)
    facts = fields.Dict(allow_none=True)
    altered = fields.Boolean(metadata={"description": "What is told here is not what the log committed to."})


class EventsFields(Schema):
    """One page of the log; ``after`` is null on the last.

    ``looked_to``: how far back was looked when a page is not full and older events may match; ``after`` goes on there.
    """

    events = fields.List(fields.Nested(EventFields), required=True)
    after = fields.String(allow_none=True)
    looked_to = fields.AwareDateTime(allow_none=True, required=True)


class TallyFields(Schema):
    """How many events; when not ``is_all``, at least so many."""

    number = fields.Integer(required=True)
    is_all = fields.Boolean(required=True)


class SavedFields(Schema):
    """A saved question in a sentence; ``count`` is null where it needs a country."""

    id = fields.String(required=True)
    asks = fields.String(required=True)
    needs_country = fields.Boolean(required=True)
    count = fields.Nested(TallyFields, allow_none=True, required=True)


class QuestionsFields(Schema):
    """The saved questions, and how many flags there are."""

    questions = fields.List(fields.Nested(SavedFields), required=True)
    flags = fields.Integer(required=True)


class DoerFields(Schema):
    """Somebody who did what was asked about: how often, first and last."""

    actor = fields.String(required=True)
    role = fields.String(required=True)
    organisation = fields.String(required=True)
    times = fields.Integer(required=True)
    first = fields.AwareDateTime(required=True)
    last = fields.AwareDateTime(required=True)


class AnswerFields(EventsFields):
    """The answer to a saved question; ``doers`` come with the first page, where the question asks who."""

    asks = fields.String(required=True)
    since = fields.AwareDateTime(required=True)
    count = fields.Nested(TallyFields, required=True)
    doers = fields.List(fields.Nested(DoerFields), required=True)


class FlagFields(Schema):
    """One place where a rule applies: a number (of events; of days for a silence), and the filter for the events."""

    number = fields.Integer(required=True)
    events = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PatternFields(Schema):
    """A rule in words, with its numbers, and where it applies."""

    id = fields.String(required=True)
    rule = fields.String(required=True)
    flags = fields.List(fields.Nested(FlagFields), required=True)


class PatternsFields(Schema):
    """All rules for unusual patterns."""

    since = fields.AwareDateTime(required=True)
    rules = fields.List(fields.Nested(PatternFields), required=True)

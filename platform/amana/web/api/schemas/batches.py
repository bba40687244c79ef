"""What the API takes and gives, as marshmallow schemas: the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from amana.intake.states import BatchState
from amana.release.again import Outcome
from amana.release.approve import Choice
from amana.release.states import ReleaseState
from amana.web.api.preview_schemas import PreviewFields

DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z")
PERIOD = validate.Regexp(r"[0-9]{4}\Z")
COUNTRY = validate.Regexp(r"[A-Z]{3}\Z")


class Instant(fields.AwareDateTime):
    """A time with its zone that has a place in UTC's calendar, so that what is stored can be read again."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:  # noqa: ANN401 - theirs
        try:
            return super()._deserialize(value, attr, data, **options).astimezone(UTC)
        except OverflowError as fault:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from fault


class Strict(Schema):
    """A schema that refuses what it does not know."""

    class Meta:
        """Unknown fields are mistakes, not extensions."""

        unknown = RAISE


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


class BatchQuery(Strict):
    """What a contribution is about; the committee is the sender's own."""

    dataflow = fields.String(required=True)
    period = fields.String(required=True)


class SendQuery(BatchQuery):
    """``dry_run``: judge it, tell the sender what it would mean, and keep nothing of it.

    ``replace``: let it take an earlier version's place without asking again; otherwise it is held until its owner has
    seen the difference.
    """

    dry_run = fields.Boolean(load_default=False)
    replace = fields.Boolean(load_default=False)


class BatchHeaders(Schema):
    """The sender's own name for this attempt (sent again with the same content it gives the first receipt).

    The manifest comes with a sealed file: base64 of its DSSE envelope; in a form it is a field before the file. So may
    be ``sheet``: of a workbook with several, the name or number of the one that is meant. The header has it in UTF-8,
    percent-encoded, so that no address ever holds it.
    """

    idempotency_key = fields.String(load_default=None, data_key="Idempotency-Key")
    manifest = fields.String(load_default=None, data_key="Amana-Manifest")
    sheet = fields.String(load_default=None, data_key="Amana-Sheet", metadata={"example": "Ann%C3%A9e%202024"})

    class Meta:
        """A request has other headers, too."""

        unknown = EXCLUDE


class SentFields(Schema):
    """What is sent, by whom, and what it is about."""

    id = fields.String(required=True)
    committee = fields.String(required=True)
    dataflow = fields.String(required=True)
    period = fields.String(required=True)
    contribution = fields.String(required=True)


class _OfBatch(SentFields):
    """What a batch says of itself to its committee."""

    state = fields.String(required=True, validate=validate.OneOf([state.value for state in BatchState]))
    received_at = fields.AwareDateTime(required=True)


class ReceiptFields(_OfBatch):
    """What a committee holds against the hub: the batch, the sealed file's digest and size, the entry in the log."""

    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True)
    event = fields.String(required=True)


class BatchFields(_OfBatch):
    """A contribution as its committee sees it."""

    received_event = fields.String(required=True)
    judged_at = fields.AwareDateTime(allow_none=True)
    dry_run = fields.Boolean(required=True)
    preview = fields.Nested(PreviewFields, allow_none=True)


class BatchesFields(Schema):
    """The contributions of one committee, newest first."""

    batches = fields.List(fields.Nested(BatchFields), required=True)


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
    """The candidate that the steward has seen (the current one when left out), and another time where it is put off."""

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
    report = fields.Dict(allow_none=True)
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

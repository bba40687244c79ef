"""What is sent of a contribution, and told of it."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from amana.intake.states import BatchState
from amana.web.api.schemas.previews import PreviewFields
from amana.web.api.schemas.strict import Strict


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

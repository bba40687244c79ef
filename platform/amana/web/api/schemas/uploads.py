"""What the API takes and gives of an upload that is sent in pieces, as marshmallow schemas."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields

from amana.web.api.schemas.batches import BatchHeaders, ReceiptFields, SentFields


class UploadHeaders(BatchHeaders):
    """What a sender announces. ``Upload-Metadata``: ``dataflow``, ``period``, ``type``, each with base64 of its value.

    ``Idempotency-Key`` is required; ``Amana-Manifest`` comes with a sealed file, or is the metadata's ``manifest``.
    """

    resumable = fields.String(load_default=None, data_key="Tus-Resumable", metadata={"example": "1.0.0"})
    length = fields.String(load_default=None, data_key="Upload-Length")
    metadata = fields.String(load_default=None, data_key="Upload-Metadata")


class PieceHeaders(Schema):
    """What is said of a piece, whose media type is ``application/offset+octet-stream``."""

    resumable = fields.String(load_default=None, data_key="Tus-Resumable", metadata={"example": "1.0.0"})
    offset = fields.String(load_default=None, data_key="Upload-Offset")
    checksum = fields.String(load_default=None, data_key="Upload-Checksum")

    class Meta:
        """A request has other headers, too."""

        unknown = EXCLUDE


class UploadFields(SentFields):
    """How far an upload has come, in bytes; once it is whole, the batch that it is and its receipt."""

    length = fields.Integer(required=True)
    offset = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(required=True)
    batch = fields.String()
    receipt = fields.Nested(ReceiptFields)

"""What intake refuses at the door: everything that can be seen from outside a contribution, before anything is kept."""

from __future__ import annotations

from amana.errors import AmanaError


class BodyEmpty(AmanaError):
    """The file has no bytes."""

    code = "intake.empty"
    status = 400
    exit = 65


class BodyTooLarge(AmanaError):
    """The body is larger than ``limit`` bytes; reading stopped there."""

    code = "intake.too_large"
    status = 413
    exit = 65


class BodyTruncated(AmanaError):
    """The body ended before its announced end; it must be sent again, under the same Idempotency-Key."""

    code = "intake.truncated"
    status = 400
    exit = 74


class LengthRequired(AmanaError):
    """Neither Content-Length nor the server tells where the body ends, so that a cut could not be noticed."""

    code = "intake.length_required"
    status = 411
    exit = 65


class BoundaryMissing(AmanaError):
    """A multipart body ended without its final boundary: the file in it may be cut."""

    code = "intake.boundary_missing"
    status = 400
    exit = 65


class FormMalformed(AmanaError):
    """A multipart body does not follow RFC 7578, or is not the form that is asked for."""

    code = "intake.form_malformed"
    status = 400
    exit = 65


class FileMissing(AmanaError):
    """A multipart body holds no file."""

    code = "intake.file_missing"
    status = 400
    exit = 65


class FileNotLast(AmanaError):
    """Something follows the file in a multipart body; the file is read as it arrives, so it must be the last part."""

    code = "intake.file_not_last"
    status = 400
    exit = 65


class TypeUnsupported(AmanaError):
    """The file is of no type that is taken, or does not begin as a file of its type does."""

    code = "intake.type_unsupported"
    status = 415
    exit = 65


class DataflowUnknown(AmanaError):
    """The codebook has no such dataflow."""

    code = "intake.dataflow_unknown"
    status = 404
    exit = 65


class PeriodMalformed(AmanaError):
    """The period is no calendar year (``YYYY``), nor a quarter of one (``YYYY-Qn``)."""

    code = "intake.period_malformed"
    status = 400
    exit = 65


class SheetMalformed(AmanaError):
    """What is given as a sheet's name is empty, longer than ``most`` characters or no plain text; not repeated."""

    code = "intake.sheet_malformed"
    status = 400
    exit = 65


class RecordsNotAgreed(AmanaError):
    """The committee's agreement keeps records at home: only sealed tables are taken from it."""

    code = "intake.records_not_agreed"
    status = 403
    exit = 77


class IdempotencyKeyRequired(AmanaError):
    """There is not one Idempotency-Key (two come joined by a comma) of 1 to 200 printable ASCII characters."""

    code = "intake.idempotency_key_required"
    status = 400
    exit = 64


class ReplayDiffers(AmanaError):
    """The Idempotency-Key was used before, for something else; ``batch`` is what it stands for."""

    code = "intake.replay_differs"
    status = 422
    exit = 65


class ManifestRequired(AmanaError):
    """A sealed file came without the manifest that its committee signs."""

    code = "intake.manifest_required"
    status = 400
    exit = 65


class ManifestMismatch(AmanaError):
    """The signed manifest speaks of something else than what was sent; ``differing`` names the facts."""

    code = "intake.manifest_mismatch"
    status = 422
    exit = 65


class NoRoom(AmanaError):
    """The disk is full; nothing was kept."""

    code = "intake.no_room"
    status = 507
    exit = 74

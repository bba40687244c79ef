"""What intake refuses of a file that is sent in pieces; what is wrong with any file is in ``refusals``."""

from __future__ import annotations

from typing import ClassVar

from amana.errors import AmanaError


class UploadMalformed(AmanaError):
    """A header that the protocol asks for is missing or not of its form; ``header`` names it."""

    code: ClassVar[str] = "upload.malformed"
    status: ClassVar[int] = 400
    exit: ClassVar[int] = 64


class VersionUnknown(AmanaError):
    """The request does not speak the protocol in the version that the hub speaks."""

    code: ClassVar[str] = "upload.version"
    status: ClassVar[int] = 412
    exit: ClassVar[int] = 64


class PieceTypeWrong(AmanaError):
    """A piece came as another media type than ``application/offset+octet-stream``, or encoded."""

    code: ClassVar[str] = "upload.type"
    status: ClassVar[int] = 415
    exit: ClassVar[int] = 64


class OffsetDiffers(AmanaError):
    """The piece does not begin where the upload ends; ``received`` is where that is. Nothing of it was kept."""

    code: ClassVar[str] = "upload.offset"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


class PieceCut(AmanaError):
    """The body ended before its announced end; what arrived is kept, up to ``received``."""

    code: ClassVar[str] = "upload.cut"
    status: ClassVar[int] = 400
    exit: ClassVar[int] = 74


class ChecksumDiffers(AmanaError):
    """The piece is not what its checksum says, or was cut so that nobody can tell; it was not kept."""

    code: ClassVar[str] = "upload.checksum"
    status: ClassVar[int] = 460  # the status that the protocol asks for
    exit: ClassVar[int] = 65


class ChecksumUnknown(AmanaError):
    """The checksum's algorithm is none of ``known``."""

    code: ClassVar[str] = "upload.checksum_unknown"
    status: ClassVar[int] = 400
    exit: ClassVar[int] = 64


class UploadBusy(AmanaError):
    """Another request is sending a piece of the same upload."""

    code: ClassVar[str] = "upload.busy"
    status: ClassVar[int] = 423
    exit: ClassVar[int] = 75


class UploadGone(AmanaError):
    """The upload was cancelled, has expired, or turned out not to be what was signed."""

    code: ClassVar[str] = "upload.gone"
    status: ClassVar[int] = 410
    exit: ClassVar[int] = 66


class UploadWhole(AmanaError):
    """The upload is complete and a batch; there is nothing left to cancel."""

    code: ClassVar[str] = "upload.whole"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


class UploadsTooMany(AmanaError):
    """The committee has ``most`` unfinished uploads already."""

    code: ClassVar[str] = "upload.too_many"
    status: ClassVar[int] = 429
    exit: ClassVar[int] = 75


class PiecesTooMany(AmanaError):
    """The upload has come in ``most`` pieces and is still not whole."""

    code: ClassVar[str] = "upload.too_many_pieces"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class PieceTooLong(AmanaError):
    """The piece goes past the ``length`` that was announced for the whole file; nothing of it was kept."""

    code: ClassVar[str] = "upload.too_long"
    status: ClassVar[int] = 413
    exit: ClassVar[int] = 65

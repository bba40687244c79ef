"""The words of tus 1.0.0 (https://tus.io/protocols/resumable-upload): what is read from a request, and answered.

Only what works is announced: creation, expiration, termination, checksum.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Final

from flask import Response, g, request

from amana.intake.resume import Resumable
from amana.intake.resume_body import ALGORITHMS
from amana.intake.upload_refusals import PieceTypeWrong, UploadMalformed, VersionUnknown
from amana.web.hub import hub

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,expiration,termination,checksum"
PIECE: Final = "application/offset+octet-stream"
RESUMABLE: Final = "Tus-Resumable"
LENGTH: Final = "Upload-Length"
OFFSET: Final = "Upload-Offset"
METADATA: Final = "Upload-Metadata"
OVERRIDE: Final = "X-HTTP-Method-Override"
SILENCE: Final = 30  # seconds without a byte, after which a line is taken for broken and what came is kept
_WHOLE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY: Final = re.compile(r"[!-+\--~]+")


def check_version() -> None:
    """Raise VersionUnknown unless the request speaks our version."""
    if request.headers.get(RESUMABLE) != VERSION:
        raise VersionUnknown(version=VERSION)


def number(name: str) -> int:
    """Return a header's whole number, in bytes. Raises UploadMalformed."""
    said = request.headers.get(name, "")
    if not _WHOLE.fullmatch(said):
        raise UploadMalformed(header=name)
    return int(said)


def metadata() -> Mapping[str, str]:
    """Return what ``Upload-Metadata`` says: pairs of a key and base64 of UTF-8. Raises UploadMalformed."""
    said: dict[str, str] = {}
    for pair in request.headers.get(METADATA, "").split(","):
        key, _, encoded = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in said:
            raise UploadMalformed(header=METADATA)
        try:
            said[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except ValueError:
            raise UploadMalformed(header=METADATA) from None
    return said


def truth(said: Mapping[str, str], key: str) -> bool:
    """Return whether metadata say that a key is ``true``. Raises UploadMalformed for a word that is neither."""
    word = said.get(key, "false")
    if word not in {"true", "false"}:
        raise UploadMalformed(header=METADATA)
    return word == "true"


def digest(said: Mapping[str, str]) -> str:
    """Return the SHA-256 that metadata name the file by, empty where they do not. Raises UploadMalformed."""
    named = said.get("sha256", "")
    if named and not _SHA256.fullmatch(named):
        raise UploadMalformed(header=METADATA)
    return named


def check_piece() -> None:
    """Raise PieceTypeWrong unless the body is plainly the bytes of a piece."""
    plain = request.headers.get("Content-Encoding", "identity").strip().lower() == "identity"
    if request.mimetype != PIECE or not plain:
        raise PieceTypeWrong(due=PIECE)


def be_patient() -> None:
    """Let a line that falls silent be noticed: a telephone that lost its network says no farewell.

    Only gunicorn hands its socket over; behind another server its own limit holds.
    """
    line = request.environ.get("gunicorn.socket")
    if line is not None:
        line.settimeout(SILENCE)


def tell(standing: Resumable, location: str | None = None) -> None:
    """Let the answer say how far the upload has come, and where it, or its receipt, is to be found."""
    g.upload, g.location = standing, location


def add_headers(answer: Response) -> Response:
    """Put the protocol's headers on an answer of this part of the API."""
    answer.headers[RESUMABLE] = VERSION
    if request.method == "OPTIONS" or answer.status_code == VersionUnknown.status:
        answer.headers["Tus-Version"] = VERSION
        answer.headers["Tus-Extension"] = EXTENSIONS
        answer.headers["Tus-Max-Size"] = str(hub().config.max_upload)
        answer.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    standing: Resumable | None = g.get("upload")
    if standing is not None:
        answer.headers[OFFSET] = str(standing.received)
        answer.headers[LENGTH] = str(standing.length)
        if g.get("location"):
            answer.headers["Location"] = g.location
        if standing.is_whole:
            answer.headers["Amana-Batch"] = standing.batch_id
        else:
            answer.headers["Upload-Expires"] = format_datetime(standing.expires_at.astimezone(UTC), usegmt=True)
    return answer

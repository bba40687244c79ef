"""What can happen to a file that is sent in pieces, until it is whole."""

from __future__ import annotations

from amana.audit.events.event import Event


class _OfUpload(Event, about="upload"):
    upload: str
    committee: str


class UploadBegun(_OfUpload, kind="upload.begun"):
    """A committee announced a file that it sends in pieces; whole, it will be this batch."""

    dataflow: str
    period: str
    batch: str


class UploadContinued(_OfUpload, kind="upload.continued"):
    """Another sealed piece is on the shelf."""


class UploadRead(_OfUpload, kind="upload.read"):
    """Somebody asked how far an upload has come."""


class UploadEnded(_OfUpload, kind="upload.ended"):
    """An upload was given up before it was whole: cancelled, expired, or not what was signed."""


class PiecesDestroyed(_OfUpload, kind="pieces.destroyed"):
    """The sealed pieces of an upload that was given up are gone."""

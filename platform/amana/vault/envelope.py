"""The envelope: what a sealed contribution says about itself, inside the seal and in the manifest beside it.

Inside the age payload stands ``amana-envelope/1``, one line of canonical JSON (the header), and then the data. The
header is compared with the batch after opening, so that nobody can send a stranger's ciphertext as their own. The
manifest is the same header in the open, with size and digest of every sealed segment, signed by the committee (DSSE).
Nothing outside the seal is a digest of plaintext: a small file could be guessed from it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amana import canonical, signing
from amana.canonical import Json
from amana.errors import Malformed

MAGIC: Final = b"amana-envelope/1\n"
HEADER_LIMIT: Final = 4096  # bytes, magic and line end included
MANIFEST_TYPE: Final = "application/vnd.amana.manifest+json"
_MANIFEST_FORMAT: Final = "amana-manifest/1"
_SHA256_HEX: Final = 64  # characters


@dataclass(frozen=True)
class Subject:
    """What an envelope is about. The hub knows it from the batch; an envelope must say the same."""

    batch_or_nonce: str
    committee: str
    dataflow: str
    period: str
    contribution: str


@dataclass(frozen=True)
class EnvelopeHeader:
    """The first line inside the seal.

    batch_or_nonce:  the batch id when the hub sealed, else a random text of the committee's own.
    codebook_digest: digest of the codebook that the data were written for, where the sealer knows it.
    created:         RFC 3339, UTC.
    segment:         this segment's number, from 1 to ``segments``.
    """

    batch_or_nonce: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    codebook_digest: str | None
    created: str
    segment: int = 1
    segments: int = 1

    @property
    def subject(self) -> Subject:
        """The facts that must agree with the batch."""
        return Subject(self.batch_or_nonce, self.committee, self.dataflow, self.period, self.contribution)

    def facts(self) -> dict[str, Json]:
        """Return the header as a JSON object."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def render(self) -> bytes:
        """Return the bytes that precede the data. Raises Malformed when they would pass ``HEADER_LIMIT``."""
        raw = MAGIC + canonical.encode(self.facts()) + b"\n"
        if len(raw) > HEADER_LIMIT:
            raise Malformed(format="amana envelope")
        return raw

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Return the header that ``render`` wrote. Raises Malformed for anything else."""
        if not raw.startswith(MAGIC) or not raw.endswith(b"\n"):
            raise Malformed(format="amana envelope")
        return cls.of(canonical.decode(raw[len(MAGIC) : -1]))

    @classmethod
    def of(cls, facts: Json) -> Self:
        """Return the header with these facts. Raises Malformed unless they are exactly a header's facts."""
        if not isinstance(facts, Mapping) or facts.keys() != {field.name for field in fields(cls)}:
            raise Malformed(format="amana envelope")
        for name, value in facts.items():
            if not _fits(name, value):
                raise Malformed(format="amana envelope")
        return cls(**facts)  # type: ignore[arg-type] # each was just compared with its field


def _fits(name: str, value: Json) -> bool:
    if name in {"segment", "segments"}:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, str) or (name == "codebook_digest" and value is None)


@dataclass(frozen=True)
class Segment:
    """One sealed file of an envelope: SHA-256 of its ciphertext in hex, and its size."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a committee signs about an envelope: its header (of the first segment) and every segment in order."""

    header: EnvelopeHeader
    segments: tuple[Segment, ...]

    @property
    def total(self) -> int:
        """Bytes of ciphertext in all segments."""
        return sum(segment.bytes for segment in self.segments)

    def render(self) -> bytes:
        """Return the canonical JSON that is signed."""
        segments: list[Json] = [{"sha256": one.sha256, "bytes": one.bytes} for one in self.segments]
        return canonical.encode(
            {"format": _MANIFEST_FORMAT, "header": self.header.facts(), "segments": segments, "total": self.total}
        )

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Return the manifest that ``render`` wrote. Raises Malformed for anything else, a wrong total included."""
        match canonical.decode(raw):
            case {"format": "amana-manifest/1", "header": header, "segments": [*segments], "total": int()}:
                manifest = cls(EnvelopeHeader.of(header), tuple(map(_segment, segments)))
                if segments and len(segments) == manifest.header.segments and manifest.render() == raw:
                    return manifest
        raise Malformed(format="amana manifest")


def _segment(facts: Json) -> Segment:
    match facts:
        case {"sha256": str(sha256), "bytes": int(size)} if len(sha256) == _SHA256_HEX and size > 0:
            return Segment(sha256, size)
    raise Malformed(format="amana manifest")


def sign_manifest(manifest: Manifest, key: Ed25519PrivateKey) -> bytes:
    """Return the manifest as a DSSE envelope signed with the committee's key."""
    return signing.sign(manifest.render(), MANIFEST_TYPE, key)


def read_manifest(dsse: bytes, trusted: Iterable[Ed25519PublicKey]) -> Manifest:
    """Return the manifest once a trusted key's signature over it holds.

    Raises SignatureInvalid when no trusted key signed it, Malformed when it is no manifest.
    """
    return Manifest.parse(signing.verify(dsse, MANIFEST_TYPE, trusted).payload)


def subject_of(
    batch: str, *, committee: str, dataflow: str, period: str, contribution: str, manifest: str | None
) -> Subject:
    """Return what the envelope of a batch must say inside.

    manifest: the DSSE text stored with the batch, whose signature was verified on receipt; None when the hub sealed,
    and the batch id is the nonce.
    """
    nonce = batch if manifest is None else manifest_of(manifest).header.batch_or_nonce
    return Subject(nonce, committee, dataflow, period, contribution)


def manifest_of(stored: str) -> Manifest:
    """Return the manifest in a DSSE text whose signature was verified when it came. Raises Malformed."""
    try:
        payload = base64.b64decode(json.loads(stored)["payload"], validate=True)
    except (ValueError, KeyError, TypeError) as fault:
        raise Malformed(format="amana manifest") from fault
    return Manifest.parse(payload)

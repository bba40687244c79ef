"""A package: a folder with the sealed data, the signed manifest, and the name under which sending may be repeated.

``data.age`` opens for the hub's worker (and the offline recovery key) only; ``manifest.dsse`` says, signed by the
committee, what it is; ``send.key`` is random and stays here: the same package sent twice is received once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from io import BufferedRandom
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana import durable
from amana.clock import rfc3339
from amana.codebook.model import Codebook
from amana.committee.refusals import AlreadyThere, PackageBroken
from amana.errors import Malformed
from amana.vault.envelope import EnvelopeHeader, Manifest, Segment, sign_manifest
from amana.vault.sealing import seal_stream

DATA: Final = "data.age"
MANIFEST: Final = "manifest.dsse"
RETRY: Final = "send.key"
_RANDOM: Final = 16  # bytes: 128 bits


@dataclass(frozen=True)
class About:
    """What a contribution is about. committee: ISO 3166-1 alpha-3; period: ``YYYY``."""

    committee: str
    dataflow: str
    period: str


@dataclass(frozen=True)
class Package:
    """A package on disk, as ``read`` found it. idempotency_key: what the hub recognises a repetition by."""

    folder: Path
    manifest: Manifest
    idempotency_key: str

    @property
    def data(self) -> Path:
        """The sealed data."""
        return self.folder / DATA

    @property
    def signed(self) -> bytes:
        """The manifest as it was signed."""
        return (self.folder / MANIFEST).read_bytes()


def header(about: About, contribution: str, book: Codebook, now: datetime) -> EnvelopeHeader:
    """Return what a new package says of itself, under a random nonce that no other package has."""
    nonce = secrets.token_hex(_RANDOM)
    said = (about.committee, about.dataflow, about.period, contribution)
    return EnvelopeHeader(nonce, *said, codebook_digest=book.digest, created=rfc3339(now))


class _Pieces:
    """A source of bytes that come in pieces, such as the blocks of a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, _size: int) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


def write(
    folder: Path, data: Iterable[bytes], header: EnvelopeHeader, *, recipients: tuple[str, ...], key: Ed25519PrivateKey
) -> Package:
    """Seal ``data`` into a new folder and sign what it is; where that fails, the folder is gone again.

    Raises AlreadyThere, Unusable (recipients), and whatever ``data`` raises.
    """
    if folder.exists():
        raise AlreadyThere(place=folder.name)
    folder.mkdir(mode=0o700, parents=True)
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder)
        with _new(folder / DATA) as sink:
            sealed = seal_stream(_Pieces(data), sink, header, recipients)
        manifest = Manifest(header, (Segment(sealed.sha256, sealed.bytes),))
        for name, content in ((RETRY, secrets.token_hex(_RANDOM).encode()), (MANIFEST, sign_manifest(manifest, key))):
            with _new(folder / name) as file:
                file.write(content)
        undo.pop_all()
    return read(folder)


def read(folder: Path) -> Package:
    """Return a package, its sealed data compared with its manifest. Raises PackageBroken."""
    try:
        payload = base64.b64decode(json.loads((folder / MANIFEST).read_bytes())["payload"], validate=True)
        manifest = Manifest.parse(payload)
        retry = (folder / RETRY).read_text(encoding="ascii").strip()
        with (folder / DATA).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError, KeyError, TypeError, Malformed) as fault:
        raise PackageBroken(place=folder.name) from fault
    if [segment.sha256 for segment in manifest.segments] != [found]:
        raise PackageBroken(place=folder.name)
    return Package(folder, manifest, hashlib.sha256(f"amana/idempotency/1\n{retry}".encode()).hexdigest())


def keep(path: Path, content: Iterable[bytes]) -> None:
    """Write a new file that only its owner can read. Raises AlreadyThere."""
    with _new(path) as file:
        file.writelines(content)


def _new(path: Path) -> BufferedRandom:
    try:
        return durable.create(path)
    except FileExistsError as fault:
        raise AlreadyThere(place=path.name) from fault

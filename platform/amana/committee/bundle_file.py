"""A published bundle wherever it lies: a folder of any name, or a .zip of one; what counts is what was signed.

Sees: published bundles.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana import canonical, signing
from amana.dissemination.bundle import MANIFEST, PAYLOAD_TYPE, Bundle, BundleDamaged, open_bundle
from amana.errors import AmanaError, Malformed

_MOST: Final = 64 * 1024**2  # bytes: the largest manifest that is read out of an archive


class NotAuditable(AmanaError):
    """What was given cannot be audited. Facts: ``named``; ``reason``, a word, and what that word needs."""

    code: ClassVar[str] = "audit.release.not_auditable"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 2


def trusted_key(path: Path) -> Ed25519PublicKey:
    """Return the hub's public key for bundles. Raises NotAuditable, naming the option that gave the file."""
    try:
        return signing.read_public_key(path.read_bytes())
    except Malformed as fault:
        raise NotAuditable(reason="word.unfit.key", named=f"--key {path}") from fault


def open_anywhere(path: Path, key: Ed25519PublicKey, scratch: Path) -> Bundle:
    """Return the bundle at a path, copied into a scratch folder.

    Raises NotAuditable, naming the file; SignatureInvalid.
    """
    try:
        return _opened(path, key, scratch)
    except Malformed as fault:
        raise _damaged(path, MANIFEST) from fault
    except BundleDamaged as fault:
        raise _damaged(path, str(fault.facts["file"])) from fault


def _damaged(path: Path, name: str) -> NotAuditable:
    return NotAuditable(reason="word.unfit.damaged", named=f"{path}: {name}" if name else path)


def _opened(path: Path, key: Ed25519PublicKey, scratch: Path) -> Bundle:
    with _archive(path) as read:
        try:
            manifest = read(MANIFEST, _MOST)
        except (OSError, KeyError, ValueError) as fault:
            raise NotAuditable(reason="word.unfit.no_bundle", named=path) from fault
        payload = signing.verify(manifest, PAYLOAD_TYPE, [key]).payload
        folder = scratch / hashlib.sha256(payload).hexdigest()
        folder.mkdir(exist_ok=True)
        said: Any = canonical.decode(payload)
        files = said["files"]
        for name, limit in ((MANIFEST, len(manifest)), *((name, facts["bytes"]) for name, facts in files.items())):
            try:
                (folder / Path(name).name).write_bytes(read(name, limit))
            except (OSError, KeyError, ValueError) as fault:
                raise _damaged(path, name) from fault
    return open_bundle(scratch, folder.name, [key])


@contextmanager
def _archive(path: Path) -> Iterator[Callable[[str, int], bytes]]:
    """Give a function that reads a file of a folder, or of a .zip; at most so many bytes of it."""
    if path.is_dir():
        yield lambda name, most: _at_most((path / name).read_bytes(), most)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {Path(name).name: name for name in archive.namelist()}
            yield lambda name, most: _at_most(archive.open(inside[name]).read(most + 1), most)
    except zipfile.BadZipFile as fault:
        raise NotAuditable(reason="word.unfit.no_bundle", named=path) from fault


def _at_most(content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise ValueError("more than was announced")
    return content

"""A published bundle as one file to take away: what was signed, and nothing else.

Runs in: web.
Sees: published bundles.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana import canonical, signing
from amana.dissemination.bundle import MANIFEST, PAYLOAD_TYPE, BundleDamaged

MEDIA_TYPE: Final = "application/zip"
_DATED: Final = (1980, 1, 1, 0, 0, 0)  # the first that the format can say: the same bundle makes the same bytes


def pack(root: Path, digest: str, trusted: Iterable[Ed25519PublicKey]) -> bytes:
    """Return the bundle of this name as a ZIP archive: the manifest, then the files that it names, in their order.

    Every byte is held against the signature as it is packed. Raises BundleDamaged when a file is missing or is another
    than was signed, SignatureInvalid when no trusted key signed the manifest.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = _read(root / digest, MANIFEST)
        payload = signing.verify(manifest, PAYLOAD_TYPE, trusted).payload
        if hashlib.sha256(payload).hexdigest() != digest:
            raise BundleDamaged(bundle=digest, file=MANIFEST)
        said: Any = canonical.decode(payload)
        _add(archive, MANIFEST, manifest)
        for name, facts in sorted(said["files"].items()):
            content = _read(root / digest, name)
            if hashlib.sha256(content).hexdigest() != facts["sha256"]:
                raise BundleDamaged(bundle=digest, file=name)
            _add(archive, name, content)
    return made.getvalue()


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as fault:
        raise BundleDamaged(bundle=folder.name, file=name) from fault


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)

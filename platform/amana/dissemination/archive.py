"""A published bundle as one file to take away: what was signed, and nothing else.

Runs in: web.
Sees: published bundles.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana.dissemination.bundle import MANIFEST, BundleDamaged, read_manifest, signed_files

MEDIA_TYPE: Final = "application/zip"
_DATED: Final = (1980, 1, 1, 0, 0, 0)  # the first that the format can say: the same bundle makes the same bytes


def pack(root: Path, digest: str, trusted: Iterable[Ed25519PublicKey]) -> bytes:
    """Return the bundle of this name as a ZIP archive: the manifest, then the files that it names, in their order.

    Every byte is held against the signature as it is packed. Raises BundleDamaged when a file is missing or is another
    than was signed, SignatureInvalid when no trusted key signed the manifest.
    """
    folder, made = root / digest, io.BytesIO()
    try:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest, said = read_manifest(folder, trusted)
            _add(archive, MANIFEST, manifest)
            for name, content in signed_files(folder, said):
                _add(archive, name, content)
    except OSError as fault:
        raise BundleDamaged(bundle=digest, file=Path(fault.filename).name) from fault
    return made.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)

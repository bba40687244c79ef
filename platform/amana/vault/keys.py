"""Keys: root → committee → dataset and period → file. Destroying one makes everything beneath it unreadable.

The store is a folder of its own, never backed up together with the data, or destroying a key would destroy nothing.
The root key is a file of its own, too. Every key is 32 random bytes; each rests wrapped by the one above it with
AES-256-GCM, under a key that HKDF-SHA256 derives for that one use (a label per use), and bound by its associated data
to its own name, so that a wrapped key cannot be moved to another's place.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amana import canonical, durable, ids
from amana.errors import AmanaError, Malformed
from amana.faults import point
from amana.vault.secret import SECRET_BYTES, read_secret

_NONCE_BYTES: Final = 12  # AES-GCM, random; each derived key wraps far fewer than 2**32 keys
_FORMAT: Final = "amana-key/1"
_COMMITTEE: Final = re.compile(r"[A-Z]{3}")
_ROOT_WRAPS_COMMITTEE: Final = "amana/vault/root-wraps-committee/1"
_COMMITTEE_WRAPS_DATASET: Final = "amana/vault/committee-wraps-dataset/1"


class KeyMissing(AmanaError):
    """There is no such key: it was destroyed, or never made here. What it protected cannot be read."""

    code = "vault.key_missing"
    status = 410
    exit = 66


class KeyUnusable(AmanaError):
    """A key file is there but does not open: it is damaged, or the root key is another's."""

    code = "vault.key_unusable"
    status = 500
    exit = 78


class KeyStore:
    """The folder of wrapped keys, opened with the root key; only the worker makes one."""

    def __init__(self, folder: Path, root_key_file: Path) -> None:
        """Open the store, making its folders where they are missing. Raises Misconfigured for an unusable root key."""
        self._root = read_secret(root_key_file)
        self._committees = folder / "committees"
        self._datasets = folder / "datasets"
        for each in (folder, self._committees, self._datasets):
            each.mkdir(mode=0o700, exist_ok=True)

    def make(self, committee: str) -> str:
        """Make a key for one dataset and period of a committee, and return its opaque id (``key_…``).

        On return it survives a power cut. The committee's own key is made with its first.
        """
        key_id = ids.new("key")
        key = secrets.token_bytes(SECRET_BYTES)
        wrapped = _wrap(self._committee_key(committee), key, _COMMITTEE_WRAPS_DATASET, key_id)
        durable.write_new(self._path(key_id), _render(key_id, committee, wrapped))
        point("vault.key_made")
        return key_id

    def wrap(self, key_id: str, key: bytes, use: str) -> bytes:
        """Return ``key`` wrapped by the dataset key ``key_id``, for this ``use`` only.

        Raises KeyMissing, KeyUnusable.
        """
        return _wrap(self._dataset_key(key_id), key, use, key_id)

    def unwrap(self, key_id: str, wrapped: bytes, use: str) -> bytes:
        """Return what ``wrap`` wrapped. Raises KeyMissing; KeyUnusable for other bytes, another key or another use."""
        return _unwrap(self._dataset_key(key_id), wrapped, use, key_id)

    def destroy(self, key_id: str) -> None:
        """Destroy a dataset key: what it protects is unreadable from now on. A key that is not there is no fault."""
        durable.destroy(self._path(key_id))
        point("vault.key_destroyed")

    def made_before(self, moment: float) -> list[str]:
        """Return the ids of the dataset keys that were made before a moment, in seconds since 1970, in order."""
        found = []
        for path in self._datasets.glob("key_*.json"):
            with suppress(FileNotFoundError):  # destroyed since it was listed
                if path.stat().st_mtime < moment:
                    found.append(path.stem)
        return sorted(found)

    def _committee_key(self, committee: str) -> bytes:
        path = self._committee_path(committee)
        if not path.exists():
            wrapped = _wrap(self._root, secrets.token_bytes(SECRET_BYTES), _ROOT_WRAPS_COMMITTEE, committee)
            durable.write_new(path, _render(committee, committee, wrapped))
        return self._existing_committee_key(committee)

    def _existing_committee_key(self, committee: str) -> bytes:
        _, wrapped = _parse(self._committee_path(committee), committee)
        return _unwrap(self._root, wrapped, _ROOT_WRAPS_COMMITTEE, committee)

    def _dataset_key(self, key_id: str) -> bytes:
        committee, wrapped = _parse(self._path(key_id), key_id)
        return _unwrap(self._existing_committee_key(committee), wrapped, _COMMITTEE_WRAPS_DATASET, key_id)

    def _path(self, key_id: str) -> Path:
        if not ids.is_id(key_id, "key"):
            raise KeyMissing
        return self._datasets / f"{key_id}.json"

    def _committee_path(self, committee: str) -> Path:
        if _COMMITTEE.fullmatch(committee) is None:
            raise KeyMissing
        return self._committees / f"{committee}.json"


def derive(key: bytes, use: str) -> bytes:
    """Return the 32-byte key for one use of ``key``. HKDF-SHA256 (RFC 5869), no salt, ``use`` as info."""
    return HKDF(SHA256(), SECRET_BYTES, salt=None, info=use.encode()).derive(key)


def _bound_to(use: str, name: str) -> bytes:
    return canonical.encode({"format": _FORMAT, "use": use, "name": name})


def _wrap(above: bytes, key: bytes, use: str, name: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(derive(above, use)).encrypt(nonce, key, _bound_to(use, name))


def _unwrap(above: bytes, wrapped: bytes, use: str, name: str) -> bytes:
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(derive(above, use)).decrypt(nonce, sealed, _bound_to(use, name))
    except (InvalidTag, ValueError) as fault:
        raise KeyUnusable from fault


def _render(name: str, committee: str, wrapped: bytes) -> bytes:
    text = base64.b64encode(wrapped).decode()
    return canonical.encode({"format": _FORMAT, "name": name, "committee": committee, "wrapped": text})


def _parse(path: Path, name: str) -> tuple[str, bytes]:
    """Return (committee, wrapped key)."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as fault:
        raise KeyMissing from fault
    try:
        facts = canonical.decode(raw)
        if isinstance(facts, Mapping) and (facts["format"], facts["name"]) == (_FORMAT, name):
            return str(facts["committee"]), base64.b64decode(str(facts["wrapped"]), validate=True)
    except (Malformed, KeyError, binascii.Error) as fault:
        raise KeyUnusable from fault
    raise KeyUnusable

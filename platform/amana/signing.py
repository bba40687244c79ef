"""DSSE envelopes signed with Ed25519: the one way in which Amana signs a document.

Source: secure-systems-lab/dsse, envelope.md v1.0.2 (PAE pre-authentication encoding). Several signatures may stand
side by side; a reader names the keys it trusts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from amana.errors import Malformed, SignatureInvalid, Unusable


@dataclass(frozen=True)
class Signed:
    """A document whose signature has been verified; ``verify`` is the only sensible maker."""

    payload: bytes
    payload_type: str
    key_id: str


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a key: SHA-256 of its 32 raw bytes, first 32 hex characters."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:32]


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Return the Ed25519 private key in a PEM file. Raises Unusable when it is not one."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as fault:
        raise Unusable(what="word.signing_key", place=str(path)) from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise Unusable(what="word.signing_key", place=str(path))
    return key


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Return the Ed25519 public key in a PEM text. Raises Malformed when it is not one."""
    try:
        key = load_pem_public_key(pem)
    except ValueError as fault:
        raise Malformed(format="Ed25519 public key (PEM)") from fault
    if not isinstance(key, Ed25519PublicKey):
        raise Malformed(format="Ed25519 public key (PEM)")
    return key


def sign(payload: bytes, payload_type: str, key: Ed25519PrivateKey) -> bytes:
    """Return a DSSE envelope (JSON bytes) of ``payload`` with one signature."""
    signature = key.sign(_pae(payload_type, payload))
    return json.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"keyid": key_id(key.public_key()), "sig": base64.b64encode(signature).decode()}],
        },
        separators=(",", ":"),
    ).encode()


def verify(envelope: bytes, payload_type: str, trusted: Iterable[Ed25519PublicKey]) -> Signed:
    """Return the payload once one trusted key's signature over it holds.

    Raises Malformed when the envelope is not DSSE, SignatureInvalid when no trusted key signed it, or when it is
    of another type than the caller expects. The payload must not be used before this returns.
    """
    keys: Mapping[str, Ed25519PublicKey] = {key_id(key): key for key in trusted}
    try:
        parsed = json.loads(envelope)
        payload = base64.b64decode(parsed["payload"], validate=True)
        found = [(one["keyid"], base64.b64decode(one["sig"], validate=True)) for one in parsed["signatures"]]
        declared = parsed["payloadType"]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as fault:
        raise Malformed(format="DSSE envelope") from fault
    if declared != payload_type:
        raise SignatureInvalid(reason="type")
    for name, signature in found:
        if name in keys and _holds(keys[name], signature, _pae(payload_type, payload)):
            return Signed(payload, payload_type, name)
    raise SignatureInvalid(reason="no trusted key")


def _holds(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _pae(payload_type: str, payload: bytes) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)

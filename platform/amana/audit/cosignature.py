"""Cosignatures: a witness's word that, at a time, a checkpoint was the largest it had seen of a log, and consistent.

Format: C2SP tlog-cosignature v1, Ed25519 (signature type 0x04, "cosignature/v1"). The signed text does not hold the
witness's name, so that one key may serve one witness only.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amana.audit.checkpoint import Signature, check, is_key_name, render_signature, split_vkey
from amana.errors import Malformed, SignatureInvalid, Unusable
from amana.signing import read_private_key

_TYPE: Final = b"\x04"  # signed-note: timestamped Ed25519 checkpoint cosignature
_SIGNED: Final = struct.Struct(">Q64s")  # seconds since 1970, Ed25519 signature
_LATEST: Final = 2**63 - 1  # seconds
_NAME_LINE: Final = "Amana-Witness: "


@dataclass(frozen=True)
class CosignerKey:
    """A witness's name and the public key with which it cosigns."""

    name: str
    key: Ed25519PublicKey

    @property
    def hint(self) -> bytes:
        """The 4 bytes that point a reader to this key: SHA-256(name, newline, type, key)."""
        raw = self.key.public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n" + _TYPE + raw).digest()[:4]


@dataclass(frozen=True)
class WitnessKey:
    """The private key of one witness, and the name it cosigns under."""

    name: str
    key: Ed25519PrivateKey

    @property
    def cosigner(self) -> CosignerKey:
        """What others need in order to check this key's cosignatures."""
        return CosignerKey(self.name, self.key.public_key())


def make_witness_key(name: str) -> tuple[bytes, str]:
    """Return a fresh witness key: its file (PEM under an ``Amana-Witness:`` line), and its vkey for everyone.

    name: a URL without scheme, such as ``committee.example/witness/2026``. Raises Malformed when it can be no key name.
    """
    if not is_key_name(name):
        raise Malformed(format="witness name")
    key = WitnessKey(name, Ed25519PrivateKey.generate())
    pem = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return f"{_NAME_LINE}{name}\n".encode() + pem, render_vkey(key.cosigner)


def read_witness_key(path: Path) -> WitnessKey:
    """Return the key in a file that ``make_witness_key`` wrote. Raises Unusable when it is not one."""
    key = read_private_key(path)
    first = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    name = first.removeprefix(_NAME_LINE)
    if name == first or not is_key_name(name):
        raise Unusable(what="word.witness_key", place=str(path))
    return WitnessKey(name, key)


def render_vkey(cosigner: CosignerKey) -> str:
    """Return ``name+hint+key``, the form in which a witness's key is printed and exchanged."""
    raw = cosigner.key.public_bytes_raw()
    return f"{cosigner.name}+{cosigner.hint.hex()}+{base64.b64encode(_TYPE + raw).decode()}"


def parse_vkey(text: str) -> CosignerKey:
    """Return the key that ``text`` renders. Raises Malformed, also for a log's key: its type is another."""
    name, hint, raw = split_vkey(text, _TYPE)
    cosigner = CosignerKey(name, Ed25519PublicKey.from_public_bytes(raw))
    if cosigner.hint.hex() != hint:
        raise Malformed(format="verifier key")
    return cosigner


def cosign(text: str, key: WitnessKey, at: int) -> str:
    """Return the line, with its newline, by which a witness cosigns a checkpoint's text at ``at`` (s since 1970)."""
    signed = _SIGNED.pack(at, key.key.sign(_message(text, at)))
    return render_signature(Signature(key.name, key.cosigner.hint, signed))


def check_cosignature(text: str, signature: Signature, cosigner: CosignerKey) -> int:
    """Return when a witness cosigned a checkpoint's text, in seconds since 1970. Raises SignatureInvalid."""
    if len(signature.raw) != _SIGNED.size:
        raise SignatureInvalid(reason="cosignature")
    at, raw = _SIGNED.unpack(signature.raw)
    if not 0 < at <= _LATEST:
        raise SignatureInvalid(reason="cosignature")
    check(cosigner.key, raw, _message(text, at))
    return int(at)


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()

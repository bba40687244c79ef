"""Cosignatures: a witness's word that, at a time, a checkpoint was the largest it had seen of a log, and consistent.

Format: C2SP tlog-cosignature v1, Ed25519 (signature type 0x04, "cosignature/v1"). The signed text does not hold the
witness's name, so that one key may serve one witness only.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.audit.tlog import named_key
from amana.audit.tlog.checkpoint import Signature, check, render_signature
from amana.audit.tlog.named_key import NamedKey, render_vkey
from amana.errors import SignatureInvalid

_SIGNED: Final = struct.Struct(">Q64s")  # seconds since 1970, Ed25519 signature
_LATEST: Final = 2**63 - 1  # seconds
_NAME_LINE: Final = "Amana-Witness: "


class CosignerKey(NamedKey):
    """The public key with which a witness cosigns, under the witness's name."""

    kind = b"\x04"  # signed-note: a timestamped Ed25519 checkpoint cosignature


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
    pem, key = named_key.make_file(_NAME_LINE, name, "witness name")
    return pem, render_vkey(WitnessKey(name, key).cosigner)


def read_witness_key(path: Path) -> WitnessKey:
    """Return the key in a file that ``make_witness_key`` wrote. Raises Unusable when it is not one."""
    return WitnessKey(*named_key.read_file(path, _NAME_LINE, "word.witness_key"))


def parse_vkey(text: str) -> CosignerKey:
    """Return the key of a witness that ``text`` renders. Raises Malformed, also for a log's key."""
    return named_key.parse_vkey(text, CosignerKey)


def cosign(text: str, key: WitnessKey, at: int) -> str:
    """Return the line, with its newline, by which a witness cosigns a checkpoint's text at ``at`` (s since 1970)."""
    signed = _SIGNED.pack(at, key.key.sign(_message(text, at)))
    return render_signature(Signature(key.name, key.cosigner.hint, signed))


def check_cosignature(text: str, signature: Signature, cosigner: CosignerKey) -> int:
    """Return when a witness cosigned a checkpoint's text, in seconds since 1970. Raises SignatureInvalid."""
    at, raw = _split(signature)
    check(cosigner.key, raw, _message(text, at))
    return at


def said_at(signature: Signature) -> int:
    """Return when a witness says that it cosigned, in seconds since 1970; it was verified before it was kept.

    Raises SignatureInvalid for what is no cosignature.
    """
    return _split(signature)[0]


def _split(signature: Signature) -> tuple[int, bytes]:
    if len(signature.raw) == _SIGNED.size:
        at, raw = _SIGNED.unpack(signature.raw)
        if 0 < at <= _LATEST:
            return at, raw
    raise SignatureInvalid(reason="cosignature")


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()

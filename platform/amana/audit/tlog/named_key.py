"""Named keys: Ed25519 keys under a name, which sign notes. The public half in writing is a vkey.

Format: C2SP signed-note. The kind of a key says what its signatures mean: a log's are of checkpoints, a witness's of
having seen them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amana.audit.tlog.tree import HASH
from amana.errors import Malformed, Unusable
from amana.signing import read_private_key

_NAME: Final = re.compile(r"[^\s+\x00-\x20\x7f]{1,120}")


@dataclass(frozen=True)
class NamedKey:
    """A name and the public key that signs under it. kind: the byte by which signed-note tells kinds apart."""

    name: str
    key: Ed25519PublicKey
    kind: ClassVar[bytes]

    @property
    def hint(self) -> bytes:
        """The 4 bytes that point a reader to this key: SHA-256(name, newline, kind, key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.key.public_bytes_raw()).digest()[:4]


Key = TypeVar("Key", bound=NamedKey)


def render_vkey(key: NamedKey) -> str:
    """Return ``name+hint+key``, the form in which a public key is printed and exchanged."""
    return f"{key.name}+{key.hint.hex()}+{base64.b64encode(key.kind + key.key.public_bytes_raw()).decode()}"


def parse_vkey(text: str, kind: type[Key]) -> Key:
    """Return the key that ``text`` renders.

    Raises Malformed, also when it is of another kind, or its hint belongs to another key or name.
    """
    name, _, rest = text.strip().partition("+")
    hint, _, encoded = rest.partition("+")
    raw = unbase64(encoded, "verifier key")
    if not is_key_name(name) or raw[:1] != kind.kind or len(raw) != 1 + HASH:
        raise Malformed(format="verifier key")
    key = kind(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
    if key.hint.hex() != hint:
        raise Malformed(format="verifier key")
    return key


def is_key_name(text: str) -> bool:
    """Return whether ``text`` can be the name of a key: not empty, no space, no plus sign, 120 characters at most."""
    return _NAME.fullmatch(text) is not None


def make_file(label: str, name: str, what: str) -> tuple[bytes, Ed25519PrivateKey]:
    """Return a fresh key's file (PEM under a line of ``label`` and name), and the key. Raises Malformed for no name."""
    if not is_key_name(name):
        raise Malformed(format=what)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return f"{label}{name}\n".encode() + pem, key


def read_file(path: Path, label: str, what: str) -> tuple[str, Ed25519PrivateKey]:
    """Return name and key in a file of ``make_file``. Raises Unusable (``what``) when it is not one."""
    key = read_private_key(path)
    try:
        first = path.read_text(encoding="utf-8").partition("\n")[0]
    except UnicodeDecodeError as fault:
        raise Unusable(what=what, place=str(path)) from fault
    name = first.removeprefix(label)
    if name == first or not is_key_name(name):
        raise Unusable(what=what, place=str(path))
    return name, key


def unbase64(text: str, what: str) -> bytes:
    """Return the bytes behind standard base64. Raises Malformed unless ``text`` is the one form that they have."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as fault:
        raise Malformed(format=what) from fault
    if base64.b64encode(raw).decode() != text:
        raise Malformed(format=what)
    return raw

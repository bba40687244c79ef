"""Checkpoints of the log: what is signed, how it is written down, and how the signature is read back.

Formats: C2SP signed-note, tlog-checkpoint, tlog-proof. Ed25519 only. The log's origin is also its key's name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amana.audit.tlog import named_key
from amana.audit.tlog.named_key import NamedKey, is_key_name, render_vkey, unbase64
from amana.errors import Malformed, SignatureInvalid

_DASH: Final = "\N{EM DASH} "
_ORIGIN_LINE: Final = "Amana-Log: "
_CHECKPOINT: Final = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n")
_UNPLAIN: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_MAX_SIGNATURES: Final = 100  # a note with more is not one of ours


@dataclass(frozen=True)
class Checkpoint:
    """The log at one moment: so many entries, under this root (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Signature:
    """One signature of a note: whose (name, and 4 bytes that point to the key), and its bytes; nothing is verified."""

    name: str
    hint: bytes
    raw: bytes


class VerifierKey(NamedKey):
    """The public key of a log, under the log's origin."""

    kind = b"\x01"  # signed-note: a plain Ed25519 note signature


@dataclass(frozen=True)
class LogKey:
    """The private key of one log, and the origin it signs for."""

    origin: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """What others need in order to check this key's signatures."""
        return VerifierKey(self.origin, self.key.public_key())


def make_log_key(origin: str) -> tuple[bytes, str]:
    """Return a fresh log key: the file for the sequencer (PEM under an ``Amana-Log:`` line), and its vkey for everyone.

    origin: the log's name for all time, a URL without scheme such as ``amana.example/log``; no space, no plus sign.
    """
    pem, key = named_key.make_file(_ORIGIN_LINE, origin, "log origin")
    return pem, render_vkey(LogKey(origin, key).verifier)


def read_log_key(path: Path) -> LogKey:
    """Return the key in a file that ``make_log_key`` wrote. Raises Unusable when it is not one."""
    return LogKey(*named_key.read_file(path, _ORIGIN_LINE, "word.log_key"))


def parse_vkey(text: str) -> VerifierKey:
    """Return the key of a log that ``text`` renders. Raises Malformed, also for a witness's key."""
    return named_key.parse_vkey(text, VerifierKey)


def render(checkpoint: Checkpoint) -> str:
    """Return the text that is signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def parse(text: str) -> Checkpoint:
    """Return the checkpoint that ``text`` renders. Raises Malformed; extension lines are refused: our log has none."""
    found = _CHECKPOINT.fullmatch(text)
    if found is None:
        raise Malformed(format="checkpoint")
    return Checkpoint(found["origin"], int(found["size"]), unbase64(found["root"], "checkpoint"))


def sign(checkpoint: Checkpoint, key: LogKey) -> str:
    """Return the signed note of a checkpoint, ready to be served."""
    text = render(checkpoint)
    signature = Signature(key.origin, key.verifier.hint, key.key.sign(text.encode()))
    return f"{text}\n{render_signature(signature)}"


def split_note(note: str) -> tuple[str, tuple[Signature, ...]]:
    """Return the text of a note with its last newline, and its signatures in their order; none of them is verified.

    Raises Malformed when it is no signed note.
    """
    text, separator, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not separator or lines.pop() != "" or not 1 <= len(lines) <= _MAX_SIGNATURES or not _is_plain(note):
        raise Malformed(format="signed note")
    return f"{text}\n", tuple(map(parse_signature, lines))


def parse_note(note: str) -> Checkpoint:
    """Return the checkpoint in a signed note; no signature is verified. Raises Malformed."""
    return parse(split_note(note)[0])


def open_note(note: str, trusted: Iterable[VerifierKey]) -> str:
    """Return the text of a note that at least one trusted key signed.

    Raises Malformed when it is no signed note, SignatureInvalid when no trusted key signed it, or when a signature
    under a trusted key's name and hint does not hold. Signatures of unknown keys are passed over.
    """
    text, signatures = split_note(note)
    known = {(one.name, one.hint): one.key for one in trusted}
    signed = 0
    for one in signatures:
        if (one.name, one.hint) in known:
            check(known[one.name, one.hint], one.raw, text.encode())
            signed += 1
    if not signed:
        raise SignatureInvalid(reason="no trusted key")
    return text


def read_checkpoint(note: str, verifier: VerifierKey) -> Checkpoint:
    """Return the checkpoint in a note of this log. Raises as ``open_note``; SignatureInvalid for another origin."""
    checkpoint = parse(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise SignatureInvalid(reason="origin")
    return checkpoint


def parse_signature(line: str) -> Signature:
    """Return the signature in a line, without its newline. Raises Malformed."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    raw = unbase64(encoded, "signed note")
    if not line.startswith(_DASH) or not space or not is_key_name(name) or len(raw) <= len(b"hint"):
        raise Malformed(format="signed note")
    return Signature(name, raw[:4], raw[4:])


def render_signature(signature: Signature) -> str:
    """Return the line of a signature, with its newline."""
    return f"{_DASH}{signature.name} {base64.b64encode(signature.hint + signature.raw).decode()}\n"


def check(key: Ed25519PublicKey, signature: bytes, message: bytes) -> None:
    """Raise SignatureInvalid unless the key made this signature (64 bytes) of the message."""
    try:
        key.verify(signature, message)
    except InvalidSignature as fault:
        raise SignatureInvalid(reason="signature") from fault


def _is_plain(note: str) -> bool:
    """Return whether the note has no control character but the newline, and is proper Unicode."""
    return _UNPLAIN.search(note) is None

"""Proof, in one small file, that an entry is in the log; it is checked offline against the log's vkey.

Format: C2SP tlog-proof v1. Its ``extra`` line carries the entry itself, so that the file needs no companion.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final

from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, read_checkpoint
from amana.audit.tlog.named_key import unbase64
from amana.audit.tlog.tree import hash_leaf, verify_inclusion
from amana.errors import Malformed

_FORM: Final = re.compile(
    r"c2sp\.org/tlog-proof@v1\nextra (?P<entry>[A-Za-z0-9+/=]+)\nindex (?P<index>0|[1-9][0-9]{0,18})\n"
    r"(?P<path>(?:[A-Za-z0-9+/]{43}=\n)*)\n(?P<note>.+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Proof:
    """An entry, where it stands, the path to the root, and the signed checkpoint over that root."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    note: str


def render(proof: Proof) -> str:
    """Return the text of a ``.tlog-proof`` file."""
    path = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof.path)
    entry = base64.b64encode(proof.entry).decode()
    return f"c2sp.org/tlog-proof@v1\nextra {entry}\nindex {proof.index}\n{path}\n{proof.note}"


def parse(text: str) -> Proof:
    """Return the proof that ``text`` renders. Raises Malformed; nothing in it is verified yet."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise Malformed(format="tlog-proof")
    path = tuple(unbase64(line, "tlog-proof") for line in found["path"].splitlines())
    return Proof(unbase64(found["entry"], "tlog-proof"), int(found["index"]), path, found["note"])


def verify(proof: Proof, verifier: VerifierKey) -> Checkpoint:
    """Return the checkpoint under which the entry stands.

    Raises SignatureInvalid when the log did not sign it, ProofInvalid when the entry is not in it at that index.
    """
    checkpoint = read_checkpoint(proof.note, verifier)
    verify_inclusion(hash_leaf(proof.entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint

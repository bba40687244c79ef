"""Evidence that a witness keeps when it refuses: two checkpoints that the log signed, and what lies between them.

The file needs no companion: whoever has the log's verifier key can judge it again, offline, without believing the
witness.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, open_note, parse, parse_note
from amana.audit.tlog.tree import ProofInvalid, prefix_root, verify_consistency
from amana.errors import Malformed

FORMAT: Final = "amana-log-evidence/1"


class Charge(StrEnum):
    """What two signed checkpoints show."""

    FORKED = "forked"  # the log signed two histories: proven by the file alone
    REWOUND = "rewound"  # an older checkpoint was offered as the newest; it may be a stale copy
    UNPROVEN = "unproven"  # the proof that came with the newer one does not lead there from the older
    NONE = "none"  # the two are one history


@dataclass(frozen=True)
class Evidence:
    """Two signed notes of one log: the one cosigned before, and the one refused.

    proof:  the consistency proof that came with the second, from the size of the first.
    prefix: the root that the second tree has at the size of the first, where the witness could see it.
    """

    kept: str
    offered: str
    proof: tuple[bytes, ...] = ()
    prefix: bytes | None = None


def render(evidence: Evidence) -> str:
    """Return the text of an evidence file (JSON; hashes in base64)."""
    told = {
        "format": FORMAT,
        "kept": evidence.kept,
        "offered": evidence.offered,
        "proof": [_text(one) for one in evidence.proof],
        "prefix": None if evidence.prefix is None else _text(evidence.prefix),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def parse_evidence(text: str) -> Evidence:
    """Return the evidence that ``text`` renders. Raises Malformed; nothing in it is judged yet."""
    try:
        told = json.loads(text)
        kept, offered, prefix = told["kept"], told["offered"], told["prefix"]
        proof = tuple(base64.b64decode(one, validate=True) for one in told["proof"])
        root = None if prefix is None else base64.b64decode(prefix, validate=True)
        is_ours = told["format"] == FORMAT and isinstance(kept, str) and isinstance(offered, str)
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as fault:
        raise Malformed(format="log evidence") from fault
    if not is_ours:
        raise Malformed(format="log evidence")
    return Evidence(kept, offered, proof, root)


def judge(evidence: Evidence, logs: Iterable[VerifierKey]) -> tuple[Charge, Checkpoint, Checkpoint]:
    """Return what the evidence shows, and its two checkpoints, once the log's signature on both is verified.

    logs: the keys of one log. Raises Malformed or SignatureInvalid when one of the notes is not that log's.
    """
    keys = tuple(logs)
    kept, offered = (parse(open_note(note, keys)) for note in (evidence.kept, evidence.offered))
    return charge(kept, offered, evidence.proof, evidence.prefix), kept, offered


def charge_of(evidence: Evidence) -> Charge:
    """Return what evidence shows that a witness has just made, of notes that it verified itself."""
    kept, offered = map(parse_note, (evidence.kept, evidence.offered))
    return charge(kept, offered, evidence.proof, evidence.prefix)


def charge(kept: Checkpoint, offered: Checkpoint, proof: Sequence[bytes], prefix: bytes | None = None) -> Charge:
    """Return what two checkpoints of one log show of it, by the proof that came with the second."""
    if kept.size == offered.size:
        return Charge.NONE if kept.root == offered.root else Charge.FORKED
    if offered.size < kept.size:
        return Charge.REWOUND
    if kept.size == 0 or _holds(kept, offered, proof, kept.root):
        return Charge.NONE
    if prefix is not None and _holds(kept, offered, proof, prefix):
        return Charge.FORKED
    try:
        prefix_root(kept.size, offered.size, proof, offered.root)
    except ProofInvalid:
        return Charge.UNPROVEN
    return Charge.FORKED  # the proof leads to the newer root, and to another past than was cosigned


def _holds(kept: Checkpoint, offered: Checkpoint, proof: Sequence[bytes], root: bytes) -> bool:
    try:
        verify_consistency(kept.size, offered.size, proof, root, offered.root)
    except ProofInvalid:
        return False
    return True


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

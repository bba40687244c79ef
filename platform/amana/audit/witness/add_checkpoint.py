"""What a witness answers: it cosigns what grows from what it cosigned before, and nothing else; no file, no network.

Source: C2SP tlog-witness, add-checkpoint. Whoever calls remembers the checkpoint of an answer 200 *before* it cosigns,
and keeps the evidence of any answer that has some.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, open_note, parse, split_note
from amana.audit.tlog.named_key import unbase64
from amana.audit.tlog.tree import EMPTY_ROOT
from amana.audit.witness.evidence import Charge, Evidence, charge
from amana.errors import Malformed, SignatureInvalid

_REQUEST: Final = re.compile(
    r"old (?P<old>0|[1-9][0-9]{0,18})\n(?P<proof>(?:[A-Za-z0-9+/]{43}=\n){0,63})\n(?P<note>.+)", re.DOTALL
)
LONGEST: Final = 64 * 1024  # bytes of a request: 63 hashes and a note with 100 signatures are a quarter of it


class Status(IntEnum):
    """What add-checkpoint answers, as HTTP has it."""

    COSIGNED = 200
    MALFORMED = 400  # no such request, or an old size beyond the new one
    NOT_SIGNED = 403  # by no key of the log that the witness knows
    UNKNOWN = 404  # no log of this witness's
    CONFLICT = 409  # another size than the witness remembers; the answer tells which
    INCONSISTENT = 422


@dataclass(frozen=True)
class Kept:
    """What a witness remembers of a log: the checkpoint it cosigned last, and its note; size 0 before the first."""

    checkpoint: Checkpoint
    note: str | None = None


@dataclass(frozen=True)
class Request:
    """add-checkpoint: the size that the witness is believed to remember, the proof from there, the signed note."""

    old: int
    proof: tuple[bytes, ...]
    note: str


@dataclass(frozen=True)
class Answer:
    """The status; the checkpoint to remember and cosign when it is 200; evidence to keep, if there is some."""

    status: Status
    checkpoint: Checkpoint | None = None
    evidence: Evidence | None = None


def first(origin: str) -> Kept:
    """Return what a witness remembers of a log of which it has cosigned nothing yet."""
    return Kept(Checkpoint(origin, 0, EMPTY_ROOT))


def render_request(request: Request) -> bytes:
    """Return the body of add-checkpoint."""
    proof = "".join(f"{base64.b64encode(one).decode()}\n" for one in request.proof)
    return f"old {request.old}\n{proof}\n{request.note}".encode()


def parse_request(body: bytes) -> Request:
    """Return the request that ``body`` renders. Raises Malformed."""
    try:
        found = _REQUEST.fullmatch(body.decode())
    except UnicodeDecodeError as fault:
        raise Malformed(format="add-checkpoint") from fault
    if found is None or len(body) > LONGEST:
        raise Malformed(format="add-checkpoint")
    proof = tuple(unbase64(line, "add-checkpoint") for line in found["proof"].splitlines())
    return Request(int(found["old"]), proof, found["note"])


def answer(request: Request, kept: Kept, logs: Sequence[VerifierKey], prefix: bytes | None = None) -> Answer:
    """Return what the witness answers, in the order of the specification.

    kept:   what it remembers, of the log that ``logs`` are the keys of (at least one; all of one name).
    prefix: the root of the offered tree's first ``kept`` entries, where the witness has seen its tiles.
    """
    try:
        text, _ = split_note(request.note)
        if text.partition("\n")[0] not in {one.name for one in logs}:
            return Answer(Status.UNKNOWN)
        offered = parse(open_note(request.note, logs))
    except SignatureInvalid:
        return Answer(Status.NOT_SIGNED)
    except Malformed:
        return Answer(Status.MALFORMED)
    status = _compare(request, kept.checkpoint, offered)
    if status is Status.COSIGNED:
        return Answer(status, offered)
    return Answer(status, evidence=_evidence(request, kept, offered, prefix))


def _compare(request: Request, kept: Checkpoint, offered: Checkpoint) -> Status:
    if request.old > offered.size:
        return Status.MALFORMED
    if request.old != kept.size:
        return Status.CONFLICT
    if request.old == 0:  # anything grows from nothing, and nothing has one root
        is_tree = offered.size > 0 or offered.root == EMPTY_ROOT
        return Status.COSIGNED if is_tree and not request.proof else Status.INCONSISTENT
    if offered.size == kept.size and request.proof:
        return Status.INCONSISTENT
    return Status.COSIGNED if charge(kept, offered, request.proof) is Charge.NONE else Status.INCONSISTENT


def _evidence(request: Request, kept: Kept, offered: Checkpoint, prefix: bytes | None) -> Evidence | None:
    """Return what is worth keeping: two histories; the same size again but smaller; a proof that leads nowhere.

    A sender that only names another size than the witness remembers convicts nobody.
    """
    if kept.note is None:
        return None
    found = charge(kept.checkpoint, offered, request.proof, prefix)
    is_ours = request.old == kept.checkpoint.size
    if found is Charge.FORKED or (found is not Charge.NONE and is_ours):
        return Evidence(kept.note, request.note, request.proof, prefix)
    return None

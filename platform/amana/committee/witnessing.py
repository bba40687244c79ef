"""A witness's round: it comes by itself to the hub, or a feeder brings the hub's checkpoint to witnesses that listen.

Who comes by itself needs no open port: a ministry behind a router witnesses as well as anybody. The feeder has no key
and reads nothing that is not public; anyone may run it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, open_note, parse, split_note
from amana.audit.tlog.tree import prove_consistency
from amana.audit.witness.add_checkpoint import Request, Status, render_request
from amana.committee.public_log import PublicLog
from amana.committee.refusals import HubUnreachable
from amana.committee.witness_folder import Considered, WitnessFolder, logs_own
from amana.committee.witness_refusals import NotTaken
from amana.errors import AmanaError, NotFound

_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\n")
_ATTEMPTS: Final = 3  # somebody else may have brought another checkpoint in between


@dataclass(frozen=True)
class Fed:
    """What a listening witness answered: the status of add-checkpoint, None when nobody answered; lines handed in."""

    url: str
    status: int | None
    lines: int = 0


def come(folder: WitnessFolder, log: PublicLog, now: int) -> Considered:
    """Look at the hub's newest public checkpoint, cosign it if it has only grown, and hand the line in.

    now: seconds since 1970. What was cosigned and did not arrive is handed in again at the next round.
    Raises MemoryLost, Retired, HubUnreachable, HubRefused, SignatureInvalid or Malformed (no checkpoint of this log),
    NotTaken when the hub answers without the line.
    """
    kept = folder.kept()
    seen = log.checkpoint_of(folder.key.name)
    note = log.checkpoint()
    offered = parse(open_note(note, folder.logs))
    proof, prefix = _from(kept.checkpoint, offered, log)
    found = folder.consider(Request(kept.checkpoint.size, proof, note), now, prefix, seen)
    if found.line is not None:
        own = folder.key.cosigner
        _, there = split_note(log.hand_in(logs_own(note, folder.logs) + found.line))
        if (own.name, own.hint) not in {(one.name, one.hint) for one in there}:
            raise NotTaken(name=own.name)
    return found


def feed(log: PublicLog, key: VerifierKey, witnesses: Sequence[str]) -> tuple[Fed, ...]:
    """Bring the hub's newest public checkpoint to each listening witness, and their lines back to the hub.

    Raises HubUnreachable, HubRefused, SignatureInvalid or Malformed when the hub has nothing to bring.
    """
    note = log.checkpoint()
    offered = parse(open_note(note, [key]))
    return tuple(_bring(log, key, url, note, offered) for url in witnesses)


def _bring(log: PublicLog, key: VerifierKey, url: str, note: str, offered: Checkpoint) -> Fed:
    bare, old, status = logs_own(note, [key]), offered.size, None
    try:
        for _ in range(_ATTEMPTS):
            proof = _prove(old, offered.size, log)
            status, said = log.offer(url, render_request(Request(old, proof, bare)))
            if status == Status.COSIGNED:
                signed = f"{bare}{said}"
                log.hand_in(signed)
                return Fed(url, status, len(split_note(signed)[1]) - len(split_note(bare)[1]))
            size = _SIZE.fullmatch(said)
            if status != Status.CONFLICT or size is None or int(size[1]) > offered.size:
                break
            old = int(size[1])
    except AmanaError:
        return Fed(url, status)
    return Fed(url, status)


def _from(kept: Checkpoint, offered: Checkpoint, log: PublicLog) -> tuple[tuple[bytes, ...], bytes | None]:
    """Return the proof from what was cosigned, and what the offered tree has at that size, both from the tiles."""
    proof = _prove(kept.size, offered.size, log)
    return proof, log.tree(offered.size).root(kept.size) if proof else None


def _prove(old: int, new: int, log: PublicLog) -> tuple[bytes, ...]:
    """Return the proof that the log's tiles give from one size to another; nothing where none is needed."""
    if not 0 < old < new:
        return ()
    try:
        return tuple(prove_consistency(old, new, log.tree(new).subtree))
    except NotFound as fault:  # a tile that is too short
        raise HubUnreachable(hub=log.url) from fault

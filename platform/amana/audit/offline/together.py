"""The entries of a long copy read by several processes: each takes a part, and what they found is put together here.

The same walk as over the whole, part by part, so the verdict is the same. This process begins at the front, the others
at the end; where they meet, all is read. A process that dies takes its answer along, and then there is no verdict.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Final, TypeVar

from amana.audit.offline.judge import Fault, Finding, Walk
from amana.audit.offline.snapshot import LogCopy, Part
from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, parse_vkey, read_checkpoint
from amana.audit.tlog.named_key import render_vkey
from amana.errors import AmanaError, Malformed

BESIDE: Final = min((os.cpu_count() or 1) - 1, 3)  # processes beside this one: one for each other core
Notes = Sequence[tuple[int, str]]
Signed = tuple[list[Checkpoint], list[Finding]]  # checkpoints that the key signed; rows that only look like some
Value = TypeVar("Value")


class ReaderDied(AmanaError):
    """A process that read a part of the copy ended before it could tell what it found."""

    code = "audit.reader_died"
    status = 500
    exit = 70


def read_copy(copy: LogCopy, walk: Walk, event: str | None, key: VerifierKey, beside: int = BESIDE) -> Signed:
    """Walk through every entry of a copy, and return what its notes are.

    beside: processes that may be started, where the copy comes in parts. Raises Malformed, ReaderDied.
    """
    if copy.parts:
        each = -(-len(copy.notes) // len(copy.parts))
        notes = [copy.notes[at * each : (at + 1) * each] for at in range(len(copy.parts))]
        read = partial(_read_part, event, partial(Walk, walk.now, walk.term, details=walk.details), render_vkey(key))
        told = list(share([partial(read, *one) for one in zip(copy.parts, notes, strict=True)], beside))
        if None not in told:
            parts = [one for one in told if one is not None]
            for part, _ in parts:
                walk.join(part)
            walk.settle()
            anchors = [one for _, signed in parts for one in signed[0]]
            return anchors, [one for _, signed in parts for one in signed[1]]
    walk.through(copy.entries, event)
    return _read_notes(copy.notes, key)


def _read_part(
    event: str | None, begin: Callable[[], Walk], vkey: str, part: Part, notes: Notes
) -> tuple[Walk, Signed] | None:
    """Return what some entries and notes say; None where a line is none: read in one go, the copy names it."""
    walk = begin()
    try:
        with part() as entries:
            walk.read(entries, event, None)
    except Malformed:
        return None
    return walk, _read_notes(notes, parse_vkey(vkey))


def _read_notes(notes: Notes, key: VerifierKey) -> Signed:
    anchors: list[Checkpoint] = []
    forged: list[Finding] = []
    for size, note in notes:
        try:
            checkpoint = read_checkpoint(note, key)
        except AmanaError:
            forged.append(Finding(Fault.CHECKPOINT, None, None, size=size))
            continue
        anchors.append(checkpoint)
        if checkpoint.size != size:
            forged.append(Finding(Fault.CHECKPOINT, None, None, size=size))
    return anchors, forged


def share(acts: Sequence[Callable[[], Value]], beside: int) -> Iterator[Value]:
    """Yield what each returns, in their order, each done once, here or in a process that is started for it.

    Raises ReaderDied when such a process ends by itself.
    """
    if not beside:
        yield from (act() for act in acts)
        return
    pool = ProcessPoolExecutor(beside, mp_context=get_context("spawn"))
    try:
        promised = [pool.submit(act) for act in reversed(acts)]
        for act, there in zip(acts, reversed(promised), strict=True):
            yield act() if there.cancel() else there.result()
    except BrokenProcessPool as fault:
        raise ReaderDied from fault
    finally:
        pool.shutdown(cancel_futures=True)

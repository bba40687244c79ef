"""The offline verifier: reads a copy of the log, trusts nothing in it but the log's key, and names what is wrong.

What no copy can show by itself: that its newest checkpoint is the newest that was ever signed. For that, bring a
checkpoint kept from before (``since``). How a fault is traced to an index: ``judge``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amana.audit.offline.erasure import LEAST_DAYS
from amana.audit.offline.judge import Fault, Finding, Walk, judge_extent, judge_leaves
from amana.audit.offline.late import judge_waiting
from amana.audit.offline.snapshot import LogCopy, open_snapshot
from amana.audit.offline.stored import open_sqlite
from amana.audit.offline.times import Step, Times
from amana.audit.offline.together import BESIDE, read_copy
from amana.audit.offline.witnessed import Demand, Witnessed, weigh
from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, read_checkpoint
from amana.audit.tlog.tree import root


@dataclass(frozen=True)
class Visit:
    """What a reader brings to a copy, beside the log's key.

    since:  a signed note of this log, kept from before.
    event:  an event to look for.
    demand: whose cosignatures the reader asks for; None asks for nobody's.
    now:    the reader's time (microseconds since 1970): what the log dates later excuses no missing details; None where
            the reader has no clock.
    delay:  how long an event may wait for the log (microseconds); None where the reader does not ask.
    term:   days for which details are kept: what an order erases sooner is missing.
    """

    since: str | None = None
    event: str | None = None
    demand: Demand | None = None
    now: int | None = None
    delay: int | None = None
    term: int = LEAST_DAYS


ALONE: Final = Visit()  # with nothing but the key


@dataclass(frozen=True)
class Verdict:
    """What the copy turned out to be. ``findings`` is empty when nothing is wrong; the first one is the one to read.

    checkpoint: the newest that the log's key signed, None when there is none.
    entries:    rows of the log in the copy;   padding: those that say nothing;   bare: events without details.
    erased:     before which instant an order in the log excuses that (microseconds since 1970); None where none does.
    details:    whether the copy was made with details; without them only the tree is verified.
    waiting:    events not yet in the log when the copy was made.
    event:      index of the event that was asked for, once it is proven to be under the checkpoint.
    note:       the signed note of ``checkpoint``, to be kept for the next visit.
    witnessed:  the newest checkpoint with the quorum that was asked for, None where none was or none has it.
    back:       the longest step back in time between entries, where it is longer than an event may wait; no fault in
                itself, for clocks are set.
    ahead:      by how much the newest entry is dated after the reader's time (microseconds), where it is longer too.
    """

    key: str
    checkpoint: Checkpoint | None
    since: Checkpoint | None
    entries: int
    padding: int
    bare: int
    erased: int | None
    details: bool
    waiting: int
    event: int | None
    findings: tuple[Finding, ...]
    note: str | None = None
    witnessed: Witnessed | None = None
    back: Step | None = None
    ahead: int | None = None

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def index(self) -> int | None:
        """The first wrong index, where it can be named."""
        return next((one.first for one in self.findings if one.is_exact), None)


def verify_snapshot(path: Path, key: VerifierKey, visit: Visit = ALONE) -> Verdict:
    """Return the verdict on a snapshot file. Raises Malformed when it is not one, or as ``verify_copy``."""
    with open_snapshot(path) as copy:
        return verify_copy(copy, key, visit)


def verify_sqlite(path: Path, key: VerifierKey, visit: Visit = ALONE) -> Verdict:
    """Return the verdict on a copy of an embedded hub's database. Raises Malformed, or as ``verify_copy``."""
    with open_sqlite(path) as copy:
        return verify_copy(copy, key, visit)


def verify_copy(copy: LogCopy, key: VerifierKey, visit: Visit = ALONE, beside: int = BESIDE) -> Verdict:
    """Return what is wrong with a copy of the log, if anything.

    beside: processes that may be started beside this one, where the copy is long.
    Raises Malformed or SignatureInvalid when the checkpoint kept from before is none of this log, ReaderDied.
    """
    kept = read_checkpoint(visit.since, key) if visit.since is not None else None
    walk = Walk(visit.now, visit.term, details=copy.details)
    signed, forged = read_copy(copy, walk, visit.event, key, beside)
    anchors = sorted(signed, key=lambda one: one.size)
    newest = anchors[-1] if anchors else None
    findings = [*forged, *walk.findings, *_unlogged(copy)]
    if newest is None:
        findings.append(Finding(Fault.UNSIGNED, 0, 0))
    else:
        findings += judge_extent(walk, newest.size)
        findings += judge_leaves(walk.hashes, copy, anchors)
    if kept is not None and newest is not None:
        findings += _judge_past(walk.hashes, kept, newest)
    back = ahead = None
    if visit.delay is not None:
        findings += judge_waiting(copy, walk.last, visit.delay)
        back, ahead = _strange_times(walk.times, visit.delay, visit.now)
    witnessed, unproven = weigh(copy.notes, key, visit.demand) if visit.demand is not None else (None, ())
    findings = _first_of_each([*findings, *unproven])
    proven = walk.found is not None and newest is not None and walk.found < newest.size and not findings
    return Verdict(
        key=key.name,
        checkpoint=newest,
        since=kept,
        entries=walk.entries,
        padding=walk.padding,
        bare=walk.bare,
        erased=walk.erased_until or None,
        details=copy.details,
        waiting=len(copy.waiting),
        event=walk.found if proven else None,
        findings=tuple(findings),
        note=dict(copy.notes).get(newest.size) if newest is not None else None,
        witnessed=witnessed,
        back=back,
        ahead=ahead,
    )


def _strange_times(times: Times, delay: int, now: int | None) -> tuple[Step | None, int | None]:
    back = times.back if times.back is not None and times.back.by > delay else None
    ahead = times.newest - now if times.newest is not None and now is not None else 0
    return back, ahead if ahead > delay else None


def _judge_past(hashes: Sequence[bytes], kept: Checkpoint, newest: Checkpoint) -> Iterator[Finding]:
    """Yield whether the copy leaves a history that somebody was shown before."""
    if kept.size > newest.size:
        yield Finding(Fault.REMOVED, newest.size, newest.size)
    elif kept.size <= len(hashes) and root(hashes[: kept.size]) != kept.root:
        yield Finding(Fault.FORKED, 0, max(0, kept.size - 1))


def _unlogged(copy: LogCopy) -> Iterator[Finding]:
    journal = copy.journal
    for detail in copy.waiting:
        if journal is not None and detail.id not in journal:
            yield Finding(Fault.UNLOGGED, None, None, detail.id)


def _first_of_each(findings: Iterable[Finding]) -> list[Finding]:
    """Return the first finding of each fault, the named indexes before the ranges, and one finding per place."""
    order = list(Fault)
    ranked = sorted(
        findings, key=lambda one: (not one.is_exact, one.first is None, one.first or 0, order.index(one.fault))
    )
    faults: set[Fault] = set()
    places: set[int | None] = set()
    kept: list[Finding] = []
    for one in ranked:
        place = one.first if one.is_exact else None
        if one.fault not in faults and (place is None or place not in places):
            kept.append(one)
        faults.add(one.fault)
        places.add(place)
    return kept

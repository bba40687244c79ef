"""Whether a copy of the log was witnessed: its newest checkpoint that a quorum has cosigned, weighed offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amana.audit.offline.judge import Fault, Finding
from amana.audit.tlog.checkpoint import VerifierKey, read_checkpoint
from amana.audit.witness.quorum import Standing, Trust, judge
from amana.errors import AmanaError, SignatureInvalid


@dataclass(frozen=True)
class Demand:
    """Whose cosignatures a reader asks for; his time (seconds since 1970), and how far witnesses may be ahead of it.

    within: seconds before his time in which a quorum must have cosigned a copy's newest witnessed checkpoint.
    """

    trust: Trust
    now: int
    skew: int
    within: int


@dataclass(frozen=True)
class Witnessed:
    """The newest checkpoint with a quorum: its size, and who cosigned it when."""

    size: int
    standing: Standing


def weigh(
    notes: Sequence[tuple[int, str]], key: VerifierKey, demand: Demand
) -> tuple[Witnessed | None, tuple[Finding, ...]]:
    """Return the newest checkpoint that is witnessed, and what is wrong: a line does not hold, or no quorum, or an old.

    notes: (size, signed note), in any order. Those that the log's key did not sign count for nothing, and are others'
    to report.
    """
    findings: list[Finding] = []
    for _, note in sorted(notes, reverse=True):
        try:
            size = read_checkpoint(note, key).size
        except AmanaError:
            continue
        try:
            standing = judge(note, demand.trust, key, demand.now, demand.skew)
        except SignatureInvalid:
            findings.append(Finding(Fault.COSIGNATURE, None, None, size=size))
            continue
        if standing.is_met:
            if not standing.is_met_since(demand.now - demand.within):
                findings.append(Finding(Fault.STALE, None, None, size=size))
            return Witnessed(size, standing), tuple(findings)
    return None, (*findings, Finding(Fault.UNWITNESSED, None, None))

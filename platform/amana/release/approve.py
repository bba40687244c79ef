"""Four eyes: each contributing committee sees what would be shown of its own country, and approves that or refuses.

Runs in: web, which has asked policy.decide first.
Sees: one committee's cells of a cleared candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from amana.audit.events.event import Actor
from amana.audit.events.releases import CandidateApproved, CandidateRead, CandidateRefused, ReleaseRefused
from amana.audit.outbox import journal
from amana.codebook.model import AREA
from amana.db import Transaction
from amana.dissemination.bundle import Bundle
from amana.dissemination.catalogue import Opened
from amana.dissemination.slice import Slice, of_cube
from amana.errors import AmanaError, Conflict, NotFound
from amana.faults import point
from amana.release import ledger, tables
from amana.release.ledger import Release
from amana.release.states import NEXT, ReleaseState
from amana.states import move

REFUSED_BY_COMMITTEE = "release.refused_by_committee"


class FourEyes(AmanaError):
    """The person who planned a release, or who decided for another committee, may not approve it."""

    code: ClassVar[str] = "release.four_eyes"
    status: ClassVar[int] = 403
    exit: ClassVar[int] = 77


class ReasonMissing(AmanaError):
    """A refusal of a candidate must say why; nothing was decided."""

    code: ClassVar[str] = "release.reason_missing"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class Choice(StrEnum):
    """What a protection officer decides about a candidate."""

    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Decision:
    """What an officer says about a candidate, quoting what was seen; reason: the officer's words, if any."""

    choice: Choice
    plan_digest: str
    candidate: str
    reason: str | None = None


@dataclass(frozen=True)
class CandidateView:
    """What one committee sees of a candidate: every cell about its own country, and no other."""

    release: Release
    committee: str
    tables: Sequence[tuple[str, Slice]]  # cube id → its cells


def read_candidate(
    tx: Transaction, opened: Opened, release: str, committee: str, *, by: Actor, now: datetime
) -> CandidateView:
    """Return a contributing committee's view of the candidate, and journal that it was read.

    Raises NotFound when there is no candidate, or none any more, or the committee contributed nothing to it.
    """
    found = ledger.find(tx, release)
    if found.kept is None or committee not in ledger.contributors(tx, release):
        raise NotFound(kind="candidate", id=release)
    bundle = opened.bundle(found.kept)
    journal.append(tx, CandidateRead(release, committee), by, now)
    return CandidateView(found, committee, _own_tables(bundle, committee))


def decide(
    tx: Transaction, release: str, committee: str, decision: Decision, *, by: Actor, now: datetime
) -> ReleaseState:
    """Record a committee's decision about exactly this candidate, and return the state that the release is in then.

    Raises NotFound for a committee that contributed nothing; Conflict when the release is not waiting for decisions,
    is another candidate or plan than was seen, or the committee has decided; FourEyes; ReasonMissing for a refusal
    without one.
    """
    found = ledger.lock(tx, release)
    contributing = ledger.contributors(tx, release)
    if committee not in contributing:
        raise NotFound(kind="candidate", id=release)
    seen = (decision.plan_digest, decision.candidate)
    if found.state is not ReleaseState.BUILT or (found.plan_digest, found.candidate) != seen:
        raise Conflict(state=found.state.value, to=decision.choice.value)
    if decision.choice is Choice.REFUSE and not (decision.reason or "").strip():
        raise ReasonMissing(release=release)
    decided = ledger.approvals(tx, release)
    if by.id in {found.planned_by, *(one.officer for one in decided if one.committee != committee)}:
        raise FourEyes(release=release)
    _record(tx, found, committee, decision, by=by, now=now)
    if decision.choice is Choice.REFUSE:
        return _conclude(tx, found, ReleaseState.REFUSED, by, now)
    if contributing.keys() <= {one.committee for one in decided} | {committee}:
        return _conclude(tx, found, ReleaseState.APPROVED, by, now)
    return found.state


def _own_tables(bundle: Bundle, committee: str) -> Sequence[tuple[str, Slice]]:
    with_area = [cube for cube in bundle.cubes if AREA in {axis.dim for axis in cube.axes}]
    return [(cube.id, of_cube(bundle, cube.id, {AREA: (committee,)})) for cube in with_area]


def _record(tx: Transaction, found: Release, committee: str, decision: Decision, *, by: Actor, now: datetime) -> None:
    row = {"release_id": found.id, "committee": committee, "officer": by.id, "decided_at": now}
    said = {"decision": decision.choice, "reason": decision.reason}
    seen = {"plan_digest": decision.plan_digest, "candidate": decision.candidate}
    try:
        tx.execute(insert(tables.approval).values(**row, **said, **seen))
    except IntegrityError as fault:  # the key (release, committee) admits one decision, whoever comes first
        raise Conflict(state=found.state.value, to=decision.choice.value) from fault
    event = CandidateApproved if decision.choice is Choice.APPROVE else CandidateRefused
    journal.append(tx, event(found.id, committee, *seen.values()), by, now)
    point("release.decided")


def _conclude(tx: Transaction, found: Release, to: ReleaseState, by: Actor, now: datetime) -> ReleaseState:
    row = tables.release
    values = {"approved_at": now} if to is ReleaseState.APPROVED else {"reason": REFUSED_BY_COMMITTEE}
    move(NEXT, found.state, to)
    tx.execute(update(row).where(row.c.id == found.id, row.c.state == found.state).values(state=to, **values))
    if to is ReleaseState.REFUSED:
        journal.append(tx, ReleaseRefused(found.id, found.dataflow, found.period, REFUSED_BY_COMMITTEE), by, now)
    point("release.concluded")
    return to

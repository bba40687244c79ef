"""The ledger of releases, read: what was planned, where it stands, who decided.

Runs in: web, worker.
Sees: rows about releases; no count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select

from amana.db import Reading, Transaction
from amana.dissemination.catalogue import Published
from amana.errors import NotFound
from amana.release import tables
from amana.release.states import ReleaseState

PUBLISH: Final = "publish"
WITHDRAW: Final = "withdraw"
ORDERABLE: Final[Mapping[str, frozenset[ReleaseState]]] = {  # act → the states from which it takes effect
    PUBLISH: frozenset({ReleaseState.APPROVED}),
    WITHDRAW: frozenset({ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED}),
}


@dataclass(frozen=True)
class Release:
    """One release as stored. reason: why it was refused (a code that has a sentence) or withdrawn (a person's words).

    reason_committees: by ISO 3166-1 alpha-3, in one string: whose contribution the reason is about; for who plans.
    vintage: of its plan and period, 1 for the first. waiting: ``publish`` or ``withdraw`` while an order waits for its
    effect, else None.
    """

    id: str
    plan: str
    plan_digest: str
    policy_digest: str
    dataflow: str
    period: str
    state: ReleaseState
    planned_by: str
    planned_at: datetime
    publish_at: datetime
    candidate: str | None
    built_at: datetime | None
    approved_at: datetime | None
    order_event: str | None
    ordered_act: str | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    reason: str | None
    report: str | None
    vintage: int
    reason_committees: str | None

    @property
    def kept(self) -> str | None:
        """The digest of its bundle; None before it is built, and once it was refused: the worker takes that away."""
        return None if self.state is ReleaseState.REFUSED else self.candidate

    @property
    def waiting(self) -> str | None:
        """The act that was ordered and has not taken effect."""
        return self.ordered_act if self.ordered_act and self.state in ORDERABLE[self.ordered_act] else None


@dataclass(frozen=True)
class Approval:
    """One committee's decision about one candidate."""

    committee: str
    officer: str
    decision: str
    reason: str | None
    plan_digest: str
    candidate: str
    decided_at: datetime


def find(reading: Reading | Transaction, release: str) -> Release:
    """Return a release. Raises NotFound."""
    return _one(reading, _RELEASES.where(tables.release.c.id == release), release)


def lock(tx: Transaction, release: str) -> Release:
    """Return a release that nobody else may change before this transaction ends. Raises NotFound.

    PostgreSQL locks the row; on SQLite the transaction holds the only right to write.
    """
    return _one(tx, _RELEASES.where(tables.release.c.id == release).with_for_update(), release)


def lock_period(tx: Transaction, release: str) -> Release:
    """Return a release, and let nobody change any release of its dataflow and period before this transaction ends.

    All in one order, so that two who do this cannot wait for each other. Raises NotFound.
    """
    found, table = find(tx, release), tables.release
    same = (table.c.dataflow == found.dataflow, table.c.period == found.period)
    tx.execute(select(table.c.id).where(*same).order_by(table.c.id).with_for_update()).all()
    return find(tx, release)


def shown(reading: Reading | Transaction, dataflow: str, period: str, besides: str = "") -> tuple[Release, ...]:
    """Return the releases of these persons that were ever published, or are ordered to be; but not ``besides``.

    By any plan, withdrawn ones included, oldest first: nothing is taken back from who has read. Periods count different
    persons, so those of another period are none.
    """
    other = tables.release
    ordered = and_(other.c.state == ReleaseState.APPROVED, other.c.ordered_act == PUBLISH)
    same = (other.c.dataflow == dataflow, other.c.period == period, other.c.id != besides)
    query = _RELEASES.where(*same, or_(other.c.published_at.is_not(None), ordered))
    found = [_release(row) for row in reading.execute(query).mappings()]
    return tuple(sorted(found, key=lambda one: (one.published_at is None, one.published_at or one.planned_at, one.id)))


def is_any_open(reading: Reading | Transaction, plan: str, period: str) -> bool:
    """Return whether a release of this plan and period is on its way to publication."""
    row = tables.release
    going = (ReleaseState.PLANNED, ReleaseState.BUILT, ReleaseState.APPROVED)
    query = select(row.c.id).where(row.c.plan == plan, row.c.period == period, row.c.state.in_(going))
    return reading.execute(query.limit(1)).first() is not None


def past_of(reading: Reading | Transaction, release: str) -> frozenset[str]:
    """Return the digests of the bundles that a candidate was cleared beside."""
    row = tables.release_past
    return frozenset(reading.execute(select(row.c.digest).where(row.c.release_id == release)).scalars())


def told_report(found: Release) -> Mapping[str, Any] | None:
    """Return what the record says of a release's attacks and use; None before it is built.

    Persons are told only once they are public: what a guess in place of a mark is off by is a sum of some hidden cells,
    and a candidate that was refused had another mask than the one that will be published.
    """
    if found.report is None:
        return None
    report: dict[str, Any] = json.loads(found.report)
    if found.published_at is None:
        said = report["usefulness"].items()
        report["usefulness"] = {cube: {"cells": one["cells"], "shown": one["shown"]} for cube, one in said}
    return report


def listed(reading: Reading, dataflow: str | None = None, state: ReleaseState | None = None) -> tuple[Release, ...]:
    """Return the releases, latest plan first, of one dataflow and in one state where these are named."""
    query = _RELEASES.order_by(tables.release.c.planned_at.desc(), tables.release.c.id)
    if dataflow is not None:
        query = query.where(tables.release.c.dataflow == dataflow)
    if state is not None:
        query = query.where(tables.release.c.state == state)
    return tuple(_release(row) for row in reading.execute(query).mappings())


def contributors(reading: Reading | Transaction, release: str) -> Mapping[str, str]:
    """Return the committees whose holdings went into a release, each with its contribution, in alphabetical order."""
    query = select(tables.release_input.c.committee, tables.release_input.c.contribution)
    rows = reading.execute(query.where(tables.release_input.c.release_id == release))
    return dict(sorted((row.committee, row.contribution) for row in rows))


def approvals(reading: Reading | Transaction, release: str) -> tuple[Approval, ...]:
    """Return the decisions about a release, in the order in which they were taken."""
    table = tables.approval
    query = select(*(column for column in table.c if column.name != "release_id"))
    rows = reading.execute(query.where(table.c.release_id == release).order_by(table.c.decided_at, table.c.committee))
    return tuple(Approval(**row) for row in rows.mappings())


def published(reading: Reading) -> tuple[Published, ...]:
    """Return every publication that ever was, withdrawn ones included, for the catalogue."""
    table = tables.release
    names = ("dataflow", "period", "plan", "vintage", "published_at", "withdrawn_at")
    columns = (table.c[name] for name in names)
    query = select(table.c.id.label("release"), table.c.candidate.label("digest"), *columns)
    return tuple(Published(**row) for row in reading.execute(query.where(table.c.published_at.is_not(None))).mappings())


def candidates(reading: Reading, state: ReleaseState | None = None) -> frozenset[str]:
    """Return the digests of all bundles that releases name, published or not; of those in one state where it is named.

    A sweep must keep them all; of what was refused the record stays, and the tables go.
    """
    row = tables.release
    query = select(row.c.candidate).where(row.c.candidate.is_not(None))
    if state is not None:
        query = query.where(row.c.state == state)
    return frozenset(str(digest) for digest in reading.execute(query).scalars())


def _one(reading: Reading | Transaction, query: Select[Any], release: str) -> Release:
    row = reading.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(kind="release", id=release)
    return _release(row)


def _release(row: Mapping[Any, Any]) -> Release:
    return Release(**{**row, "state": ReleaseState(row["state"])})


_RELEASES: Final = select(*(tables.release.c[name] for name in Release.__dataclass_fields__))

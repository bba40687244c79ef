"""Releases in a real database, at whatever point of their life a test needs, each step by the role that may take it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from amana import ids
from amana.audit.events.event import Actor
from amana.audit.outbox.tables import event_detail
from amana.plans.plan import Plan
from amana.release import claim, ledger, tables
from amana.release.approve import Choice, Decision, decide
from amana.release.inputs import past, remember_past
from amana.release.order import order_publication, plan_release, plan_vintage
from amana.release.publish import perform_next
from amana.release.states import ReleaseState
from support.databases import TestDatabase
from support.log import WrittenLog

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)
STEWARD = Actor("per_steward", "steward", "secretariat")
WORKER = Actor("worker", "process", "hub")
CANDIDATE = "c" * 64
POLICY = "d" * 64


def agreed(found: ledger.Release, contributors: Iterable[str]) -> str | None:
    """Nobody objects."""
    return None


def officer(committee: str) -> Actor:
    return Actor(f"per_officer_{committee.lower()}", "protection_officer", f"committee-{committee.lower()}")


class Releases:
    """What a test needs in order to drive releases; ``seal`` puts everything so far under a checkpoint."""

    def __init__(self, database: TestDatabase, folder: Path, plan: Plan) -> None:
        self.web = database.as_role("amana_web")
        self.worker = database.as_role("amana_worker")
        self.log = WrittenLog(database, folder)
        self.plan = plan

    def seal(self) -> None:
        self.log.sequence()

    def planned(self, publish_at: datetime = NOON, at: datetime = NOON) -> str:
        with self.web.write() as tx:
            return plan_release(tx, self.plan, "2022", policy_digest=POLICY, publish_at=publish_at, by=STEWARD, now=at)

    def vintage(self, release: str, plan: Plan | None = None) -> str:
        with self.web.write() as tx:
            about = {"policy_digest": POLICY, "publish_at": NOON, "by": STEWARD, "now": NOON}
            return plan_vintage(tx, plan or self.plan, release, **about)  # type: ignore[arg-type]

    def built(
        self, *committees: str, candidate: str = CANDIDATE, publish_at: datetime = NOON, release: str | None = None
    ) -> str:
        """Build a release without counting anything: ``release``, if it is planned already."""
        release = release or self.planned(publish_at)
        mine = claim.take(self.worker, "worker", LEASE, NOON, lambda _, name: name == release)
        assert mine is not None
        with self.worker.write() as tx:
            for committee in committees or ("MAR", "TUN"):
                row = {"holding_id": ids.new("hld"), "committee": committee, "contribution": "records"}
                tx.execute(insert(tables.release_input).values(release_id=release, opening_event="evt_x", **row))
            claim.settle(tx, mine, state=ReleaseState.BUILT, candidate=candidate, built_at=NOON)
            remember_past(tx, mine.release, past(tx, mine.release))
        return release

    def approved(
        self, *committees: str, candidate: str = CANDIDATE, publish_at: datetime = NOON, release: str | None = None
    ) -> str:
        release = self.built(*committees, candidate=candidate, publish_at=publish_at, release=release)
        for committee in committees or ("MAR", "TUN"):
            self.decide(release, committee, candidate=candidate)
        return release

    def published(
        self, *committees: str, candidate: str = CANDIDATE, at: datetime = NOON, release: str | None = None
    ) -> str:
        release = self.approved(*committees, candidate=candidate, release=release)
        with self.web.write() as tx:
            order_publication(tx, release, candidate, by=STEWARD, now=at)
        self.seal()
        assert perform_next(self.worker, WORKER, at, agreed) == release
        return release

    def decide(self, release: str, committee: str, choice: Choice = Choice.APPROVE, **changed: object) -> ReleaseState:
        by = changed.pop("by", officer(committee))
        said = {"plan_digest": self.plan.digest, "candidate": CANDIDATE, "reason": "too thin", **changed}
        with self.web.write() as tx:
            return decide(tx, release, committee, Decision(choice, **said), by=by, now=NOON)  # type: ignore[arg-type]

    def state(self, release: str) -> ReleaseState:
        return self.find(release).state

    def find(self, release: str) -> ledger.Release:
        with self.web.read() as reading:
            return ledger.find(reading, release)

    def events(self) -> list[str]:
        """The kinds of all events so far, in alphabetical order: in tests they share one instant."""
        with self.log.auditor.read() as reading:
            return sorted(reading.execute(select(event_detail.c.kind)).scalars())

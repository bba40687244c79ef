"""Releases built for real: records in an encrypted vault, the policies that we ship, a worker's works around them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from random import Random

from sqlalchemy import insert, select, update

from amana import ids
from amana.codebook.load import load as load_book
from amana.codebook.records import Records
from amana.disclosure.table import Rule
from amana.plans.plan import Plan
from amana.policy.documents import Policies
from amana.release import again, tables
from amana.release.build import Works, build_next
from amana.release.order import plan_release, plan_vintage
from amana.release.states import ReleaseState
from amana.tabulation.counts_file import render_counts
from amana.tabulation.protected_file import protect, render_protected
from amana.tabulation.tabulate import tabulate
from amana.vault.keys import KeyStore
from amana.vault.records import HoldingFacts, write_tables
from amana.vault.secret import new_secret
from amana.vault.tables import holding
from amana.vault.writing import write_records
from support.bundles import KEY
from support.databases import TestDatabase
from support.log import WrittenLog
from support.releases import LEASE, NOON, STEWARD, WORKER

BOOK = load_book()


class Hub:
    """A database, a vault, a folder of bundles, and one plan under the given policies."""

    def __init__(self, database: TestDatabase, folder: Path, plan: Plan, policies: Policies) -> None:
        self.web, self.worker = database.as_role("amana_web"), database.as_role("amana_worker")
        self.log = WrittenLog(database, folder)
        for name in ("records", "bundles"):
            (folder / name).mkdir()
        root_key = folder / "root.key"
        root_key.write_text(new_secret())
        root_key.chmod(0o600)
        self.plan = plan
        self.works = Works(
            db=self.worker,
            book=BOOK,
            policies=policies,
            plans={plan.id: plan},
            records=folder / "records",
            keys=KeyStore(folder / "keys", root_key),
            bundles=folder / "bundles",
            bundle_key=KEY,
            worker=WORKER,
            lease=LEASE,
        )

    def hold(self, records: Records, *, plan: Plan | None = None, protected: int | None = None) -> str:
        """Put a committee's records in the vault; with a plan, only the tables that it makes of them.

        protected: the least count that the committee protects its tables by, at home.
        """
        name = ids.new("hld")
        facts = HoldingFacts(name, records.committee, records.dataflow, records.period, BOOK.digest)
        keys, key_id = self.works.keys, self.works.keys.make(records.committee)
        if plan is None:
            stored = write_records(
                records, facts, self.works.records, name, keys=keys, key_id=key_id, pseudonym_key=b"p" * 32
            )
        else:
            counts = tabulate(records, plan, BOOK)
            raw = render_counts(counts, plan, BOOK)
            if protected is not None:
                tables = protect(counts, plan, BOOK, Rule(protected, zeros_hidden=True), Random(1))
                raw = render_protected(tables, plan, BOOK)
            stored = write_tables(raw, facts, self.works.records, name, keys=keys, key_id=key_id)
        kind = "records" if plan is None else "tables" if protected is None else "tables_protected"
        row = {"batch_id": ids.new("bat"), "kind": kind, "stored_at": NOON}
        about = {name: getattr(facts, name) for name in ("committee", "dataflow", "period", "codebook_digest")}
        digest = None if plan is None else plan.digest
        with self.worker.write() as tx:
            tx.execute(insert(holding).values(id=name, **vars(stored), **row, **about, plan_digest=digest))
        return name

    def supersede(self, name: str) -> None:
        with self.worker.write() as tx:
            tx.execute(update(holding).where(holding.c.id == name).values(superseded_at=NOON))

    def plan_one(self) -> str:
        with self.web.write() as tx:
            return plan_release(
                tx, self.plan, "2022", policy_digest=self.works.policies.digest, publish_at=NOON, by=STEWARD, now=NOON
            )

    def published(self, row: Mapping[str, object]) -> None:
        """Let a built release be published, without anybody's word."""
        shown = {"state": ReleaseState.PUBLISHED, "published_at": NOON}
        with self.worker.write() as tx:
            tx.execute(update(tables.release).where(tables.release.c.id == row["id"]).values(**shown))

    def vintage(self, row: Mapping[str, object]) -> Mapping[str, object]:
        """Plan a new vintage of a published release, take it through both steps, and return its row."""
        about = {"policy_digest": self.works.policies.digest, "publish_at": NOON, "by": STEWARD, "now": NOON}
        with self.web.write() as tx:
            new = plan_vintage(tx, self.plan, str(row["id"]), **about)  # type: ignore[arg-type]
        self.step()
        self.seal()
        self.step(seed=11)
        return self.row(new)

    def step(self, seed: int = 7) -> str | None:
        return build_next(self.works, lambda: NOON, Random(seed))

    def seal(self) -> None:
        self.log.sequence()

    def built(self) -> Mapping[str, object]:
        """Plan a release, take it through both steps, and return its row."""
        release = self.plan_one()
        self.step()
        self.seal()
        self.step()
        return self.row(release)

    def settle(self, at: datetime = NOON) -> bool:
        return again.settle_next(self.worker, WORKER, at)

    def asked(self, release: str) -> tuple[again.Tabulation, ...]:
        with self.web.read() as reading:
            return again.asked_for(reading, release)

    def row(self, release: str) -> Mapping[str, object]:
        with self.web.read() as reading:
            return dict(reading.execute(select(tables.release).where(tables.release.c.id == release)).mappings().one())

    def inputs(self, release: str) -> list[str]:
        row = tables.release_input
        with self.web.read() as reading:
            return sorted(reading.execute(select(row.c.holding_id).where(row.c.release_id == release)).scalars())

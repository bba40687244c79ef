"""A worker at its bench, over a real database, with a web process that puts batches on the shelf and a log."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select

from amana import ids, lease
from amana.audit.events.contributions import BatchReceived
from amana.audit.events.event import Actor
from amana.audit.outbox import journal
from amana.audit.outbox.tables import event_detail
from amana.config import HOME
from amana.intake.tables import batch, finding, segment
from amana.plans.plan import load_plans
from amana.policy import documents
from amana.vault.envelope import EnvelopeHeader
from amana.vault.keys import KeyStore
from amana.vault.opening import Opener
from amana.vault.sealing import seal_stream
from amana.vault.shelf import Shelf
from amana.vault.tables import holding
from amana.worker import claim, clear_away, difference, requests
from amana.worker.judge import judge
from amana.worker.keep import keep
from amana.worker.workbench import Workbench
from support.contributions import BOOK, RECOGNISERS
from support.databases import TestDatabase
from support.log import WrittenLog

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUBMITTER = Actor("per_submitter", "submitter", "committee-mar")


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Bench:
    """The worker, its time, the web process that hands work over, and the sequencer."""

    hub: Workbench
    clock: Clock
    web: Any
    log: WrittenLog
    sent: int = 0

    def receive(
        self,
        data: bytes,
        contribution: str = "records",
        *,
        replaces: bool = False,
        dry_run: bool = False,
        **about: str,
    ) -> str:
        """Put a sealed batch on the shelf, as the web process does; ``claimed`` is what the header says inside."""
        said = {"committee": "MAR", "dataflow": "VICTIMS", "period": "2022"} | about
        batch_id = ids.new("bat")
        inside = {**said, "committee": said.pop("inside", said["committee"])}
        inside.pop("inside", None)
        header = EnvelopeHeader(batch_id, **inside, contribution=contribution, codebook_digest=None, created="now")
        with self.hub.shelf.part(batch_id) as part:
            seal_stream(io.BytesIO(data), part, header, self.hub.opener.recipients)
            sealed = self.hub.shelf.settle(part)
        self.sent += 1
        row = {
            "id": batch_id,
            **said,
            "contribution": contribution,
            "replaces": replaces,
            "dry_run": dry_run,
            "state": "RECEIVED",
            "submitted_by": SUBMITTER.id,
            "received_at": NOON + timedelta(seconds=self.sent),
            "idempotency_key": secrets.token_hex(8),
            "keyed_digest": "0" * 64,
            "media_type": "text/csv",
            "sealed_by": "hub",
            "bytes": sealed.bytes,
        }
        with self.web.write() as tx:
            event = BatchReceived(batch_id, said["committee"], said["dataflow"], said["period"], contribution)
            noted = journal.append(tx, event, SUBMITTER, NOON)
            tx.execute(insert(batch).values(**row, received_event=noted))
            tx.execute(insert(segment).values(batch_id=batch_id, number=1, sha256=sealed.sha256, bytes=sealed.bytes))
        return batch_id

    def seal(self) -> None:
        self.log.sequence()

    def judge(self) -> bool:
        """One batch, as the worker's loop judges it."""
        mine = claim.take(self.hub)
        if mine is None:
            return False
        with lease.kept(self.hub.database, mine.lease, self.hub.clock):
            return keep(self.hub, mine, judge(self.hub, mine))

    def work(self) -> None:
        """Announce, let the sequencer sign, judge everything, and clear away what is over."""
        claim.announce_next(self.hub)
        self.seal()
        while self.judge():
            pass
        self.seal()
        while clear_away.clear_next(self.hub):
            pass

    def follow(self) -> None:
        """What an owner asked, and what she is to see, until there is nothing left to do."""
        self.work()
        steps = (claim.announce_next, difference.next_difference, requests.next_request, clear_away.clear_next)
        for _ in range(6):
            self.seal()
            busy = True
            while busy:
                done = [step(self.hub) for step in steps]  # each of them, whatever the one before said
                busy = any(done) or self.judge()

    def row(self, batch_id: str) -> Any:
        with self.hub.database.read() as reading:
            return reading.execute(select(batch).where(batch.c.id == batch_id)).one()

    def holdings(self) -> list[Any]:
        with self.hub.database.read() as reading:
            return list(reading.execute(select(holding).order_by(holding.c.stored_at, holding.c.id)))

    def rules(self, batch_id: str) -> list[str]:
        with self.hub.database.read() as reading:
            query = select(finding.c.rule).where(finding.c.batch_id == batch_id).order_by(finding.c.number)
            return list(reading.execute(query).scalars())

    def findings(self, batch_id: str) -> list[Any]:
        with self.hub.database.read() as reading:
            return list(
                reading.execute(select(finding).where(finding.c.batch_id == batch_id).order_by(finding.c.number))
            )

    def kinds(self) -> list[str]:
        """Every event so far by kind, in alphabetical order."""
        with self.log.auditor.read() as reading:
            return sorted(reading.execute(select(event_detail.c.kind)).scalars())

    def shelved(self) -> list[Path]:
        return sorted(self.hub.shelf.shelved.iterdir())

    def stored(self) -> list[str]:
        return sorted(path.name for path in self.hub.records.iterdir())

    def left_open(self) -> list[Path]:
        return list(self.hub.tmp.iterdir())


def make_bench(database: TestDatabase, folder: Path, policies: Path = HOME / "policies") -> Bench:
    data, vault = folder / "data", folder / "vault"
    for each in (data, vault):
        each.mkdir()
    (folder / "opening.key").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    (folder / "root.key").write_text(secrets.token_hex(32))
    clock = Clock()
    hub = Workbench(
        database=database.as_role("amana_worker"),
        shelf=Shelf(data),
        opener=Opener(folder / "opening.key"),
        keys=KeyStore(vault / "keys", folder / "root.key"),
        pseudonym_key=secrets.token_bytes(32),
        bundle_key=Ed25519PrivateKey.generate(),
        policies=documents.load(policies),
        recognisers=RECOGNISERS,
        book=BOOK,
        plans=load_plans(policies / "releases", BOOK),
        data=data,
        vault=vault,
        name="here:1",
        counts_every=timedelta(hours=1),
        tells_every=3600,
        lease=timedelta(seconds=30),
        clock=clock,
        rng=Random(7),
    )
    hub.prepare()
    return Bench(hub, clock, database.as_role("amana_web"), WrittenLog(database, folder))

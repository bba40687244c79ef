"""Keep what a judgement accepted, or note why nothing is kept: one transaction, or no trace.

The file is written before its row and named by batch, attempt and key, so that what a crash leaves behind can be told
from what a living worker is writing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update

from amana import canonical, durable, lease
from amana.audit import journal
from amana.audit.events import BatchAccepted, BatchRefused, HoldingSuperseded, KeyMade, RecordsStored
from amana.db import Transaction
from amana.faults import point
from amana.intake.states import BatchState
from amana.intake.tables import batch, finding
from amana.policy.agreement import RECORDS, TABLES, TABLES_PROTECTED
from amana.vault.records import HoldingFacts, StoredFile, write_tables
from amana.vault.tables import holding
from amana.worker.claim import Claim
from amana.worker.draft import facts_of, name_of
from amana.worker.judge import Verdict
from amana.worker.workbench import WORKER, Workbench

FILE: Final = re.compile(r"(?P<batch>bat_[a-z2-7]{26})\.(?P<attempt>\d+)\.(?P<key>key_[a-z2-7]{26})")
MOST_FINDINGS: Final = 1_000  # rows of findings that one batch may leave


@dataclass(frozen=True)
class _Kept:
    """A file that stands in the vault and what it says of itself, not yet noted in the database."""

    facts: HoldingFacts
    file: StoredFile


def keep(hub: Workbench, claim: Claim, verdict: Verdict) -> bool:
    """Store what was accepted and write the outcome; return False when another worker holds the batch now."""
    facts = verdict.records.facts if verdict.records else facts_of(hub, claim)
    stored = _store(hub, claim, verdict, facts) if verdict.accepted else None
    point("worker.stored")
    now = hub.clock()
    with hub.database.write() as tx:
        mine = _write(tx, claim, verdict, _Kept(facts, stored) if stored else None, now)
        point("worker.outcome_written")
    point("worker.outcome_committed")
    if not mine and stored is not None:
        drop(hub, stored.file, stored.key_id)
    return mine


def drop(hub: Workbench, file: str, key_id: str) -> None:
    """Destroy a file of the vault and the key it is under; what is gone already is no fault."""
    hub.keys.destroy(key_id)
    durable.destroy(hub.records / file)


def _store(hub: Workbench, claim: Claim, verdict: Verdict, facts: HoldingFacts) -> StoredFile:
    if verdict.records is not None:
        return verdict.records.settle()
    key_id = hub.keys.make(claim.committee)
    point("worker.key_made")
    name = name_of(claim, key_id)
    return write_tables(verdict.tables or b"", facts, hub.records, name, keys=hub.keys, key_id=key_id)


def _write(tx: Transaction, claim: Claim, verdict: Verdict, kept: _Kept | None, now: datetime) -> bool:
    state = BatchState.ACCEPTED if kept else BatchState.REFUSED
    if not lease.settle(tx, claim.lease, state=state, judged_at=now, rows=kept.file.rows if kept else None):
        return False
    _findings(tx, claim, verdict)
    about = (claim.batch, claim.committee, claim.dataflow, claim.period)
    if kept is None:
        broken = sorted({one.rule for one in verdict.findings if one.refuses})
        journal.append(tx, BatchRefused(*about, tuple(broken)), WORKER, now)
        return True
    _supersede(tx, claim, now)
    kind = _kind(claim, verdict)
    row = {"kind": kind, "plan_digest": verdict.plan_digest, "stored_at": now}
    tx.execute(insert(holding).values(**_columns(claim, kept), **row))
    journal.append(tx, KeyMade(kept.file.key_id, claim.committee), WORKER, now)
    journal.append(tx, RecordsStored(kept.facts.holding, *about, kind), WORKER, now)
    journal.append(tx, BatchAccepted(*about), WORKER, now)
    return True


def _kind(claim: Claim, verdict: Verdict) -> str:
    """Return what the vault holds: records, true counts, or what the committee protected at home."""
    if verdict.records is not None:
        return RECORDS
    return TABLES_PROTECTED if claim.contribution == TABLES_PROTECTED else TABLES


def _columns(claim: Claim, kept: _Kept) -> dict[str, str | int]:
    return {
        "id": kept.facts.holding,
        "batch_id": claim.batch,
        "committee": claim.committee,
        "dataflow": claim.dataflow,
        "period": claim.period,
        "codebook_digest": kept.facts.codebook_digest,
        "file": kept.file.file,
        "key_id": kept.file.key_id,
        "rows": kept.file.rows,
    }


def _findings(tx: Transaction, claim: Claim, verdict: Verdict) -> None:
    rows = [
        {
            "batch_id": claim.batch,
            "number": number,
            "rule": one.rule,
            "severity": one.severity.value,
            "sheet": one.sheet,
            "row": one.row,
            "column": one.column,
            "letter": one.letter,
            "count": one.count,
            "facts": canonical.encode(dict(one.facts)).decode(),
        }
        for number, one in enumerate(verdict.findings[:MOST_FINDINGS], start=1)
    ]
    if rows:
        tx.execute(insert(finding), rows)


def _supersede(tx: Transaction, claim: Claim, now: datetime) -> None:
    """Let the new file take the place of the one before; its key is destroyed once this is under a checkpoint."""
    same = (getattr(holding.c, name) == getattr(claim, name) for name in ("committee", "dataflow", "period"))
    current = select(holding.c.id, holding.c.batch_id).where(*same, holding.c.superseded_at.is_(None))
    for old in tx.execute(current).all():
        event = HoldingSuperseded(old.id, claim.committee, claim.dataflow, claim.period)
        noted = journal.append(tx, event, WORKER, now)
        tx.execute(update(holding).where(holding.c.id == old.id).values(superseded_at=now, superseded_event=noted))
        was = (batch.c.id == old.batch_id, batch.c.state == BatchState.ACCEPTED)
        tx.execute(update(batch).where(*was).values(state=BatchState.SUPERSEDED))

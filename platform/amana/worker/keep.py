"""Keep what a judgement accepted, or note why nothing is kept: one transaction, or no trace.

The file is written before its row and named by batch, attempt and key, so that what a crash leaves behind can be told
from what a living worker is writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert

from amana import canonical, lease
from amana.audit.events.contributions import BatchAccepted, BatchHeld, BatchRefused, BatchTried
from amana.audit.events.releases import ReleaseRead
from amana.audit.events.vault import KeyMade, RecordsStored
from amana.audit.outbox import journal
from amana.db import Transaction
from amana.faults import point
from amana.intake.states import BatchState
from amana.policy.agreement import RECORDS, TABLES, TABLES_PROTECTED
from amana.tabulation.trial import releases_read
from amana.vault.records import HoldingFacts, StoredFile, write_tables
from amana.vault.tables import holding
from amana.worker import findings, mapping, replace
from amana.worker.claim import Claim
from amana.worker.destroy import drop
from amana.worker.draft import facts_of, name_of
from amana.worker.judge import Verdict
from amana.worker.workbench import WORKER, Workbench


@dataclass(frozen=True)
class _Kept:
    """A file that stands in the vault and what it says of itself, not yet noted in the database."""

    facts: HoldingFacts
    file: StoredFile


def keep(hub: Workbench, claim: Claim, verdict: Verdict) -> bool:
    """Store what was accepted and write the outcome; return False when another worker holds the batch now."""
    if claim.dry_run:
        return _tell(hub, claim, verdict)
    facts = verdict.records.facts if verdict.records else facts_of(hub, claim)
    stored = _store(hub, claim, verdict, facts) if verdict.accepted and not verdict.outline else None
    point("worker.stored")
    now = hub.clock()
    with hub.database.write() as tx:
        mine = _write(tx, claim, verdict, _Kept(facts, stored) if stored else None, now)
        point("worker.outcome_written")
    point("worker.outcome_committed")
    if not mine and stored is not None:
        drop(hub, stored.file, stored.key_id)
    return mine


def _tell(hub: Workbench, claim: Claim, verdict: Verdict) -> bool:
    """Write what a dry run found; nothing is stored."""
    now, told = hub.clock(), None if verdict.told is None else canonical.encode(dict(verdict.told)).decode()
    with hub.database.write() as tx:
        if not lease.settle(tx, claim.lease, state=BatchState.CHECKED, judged_at=now, preview=told):
            return False
        findings.write(tx, claim.batch, verdict.findings)
        for release in releases_read(verdict.told or {}):
            journal.append(tx, ReleaseRead(release), WORKER, now)
        journal.append(tx, BatchTried(claim.batch, claim.committee, claim.dataflow, claim.period), WORKER, now)
    return True


def _store(hub: Workbench, claim: Claim, verdict: Verdict, facts: HoldingFacts) -> StoredFile:
    if verdict.records is not None:
        return verdict.records.settle()
    key_id = hub.keys.make(claim.committee)
    point("worker.key_made")
    name = name_of(claim, key_id)
    return write_tables(verdict.tables or b"", facts, hub.records, name, keys=hub.keys, key_id=key_id)


def _write(tx: Transaction, claim: Claim, verdict: Verdict, kept: _Kept | None, now: datetime) -> bool:
    state = BatchState.MAPPING if verdict.outline else _state(tx, claim, kept)
    if not lease.settle(tx, claim.lease, state=state, judged_at=now, rows=kept.file.rows if kept else None):
        return False
    findings.write(tx, claim.batch, verdict.findings)
    if verdict.outline is not None:
        mapping.ask(tx, claim, verdict.outline, now)
        return True
    mapping.forget(tx, claim.batch)
    about = (claim.batch, claim.committee, claim.dataflow, claim.period)
    if kept is None:
        broken = sorted({one.rule for one in verdict.findings if one.refuses})
        journal.append(tx, BatchRefused(*about, tuple(broken)), WORKER, now)
        return True
    held = state is BatchState.HELD
    (replace.hold if held else replace.supersede)(tx, claim, now)
    kind = _kind(claim, verdict)
    row = {"kind": kind, "plan_digest": verdict.plan_digest, "stored_at": now, "held_since": now if held else None}
    tx.execute(insert(holding).values(**_columns(claim, kept), **row))
    journal.append(tx, KeyMade(kept.file.key_id, claim.committee), WORKER, now)
    journal.append(tx, RecordsStored(kept.facts.holding, *about, kind), WORKER, now)
    journal.append(tx, BatchHeld(*about) if held else BatchAccepted(*about), WORKER, now)
    return True


def _state(tx: Transaction, claim: Claim, kept: _Kept | None) -> BatchState:
    """Return what becomes of the batch: one that would replace another waits for its owner, unless she said so."""
    if kept is None:
        return BatchState.REFUSED
    return BatchState.HELD if replace.is_replacing(tx, claim) and not claim.replaces else BatchState.ACCEPTED


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

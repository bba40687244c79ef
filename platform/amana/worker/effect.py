"""A request and its effect: files that were written already, and the rows that make them count, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from amana.audit.events.contributions import BatchClosed
from amana.audit.events.vault import HoldingSuperseded, KeyMade, RecordsStored
from amana.audit.outbox import journal
from amana.db import Transaction
from amana.errors import Conflict
from amana.findings import Finding
from amana.intake.states import NEXT, BatchState
from amana.intake.tables import batch, difference
from amana.policy.agreement import RECORDS
from amana.release import changed
from amana.states import move
from amana.vault.records import HoldingFacts, StoredFile
from amana.vault.tables import holding, kept
from amana.worker.destroy import drop
from amana.worker.workbench import WORKER, Workbench


class RequestRefused(Exception):
    """The request cannot be carried out; nothing was changed. ``reason`` is a code that has a sentence."""

    def __init__(self, reason: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.findings = findings


@dataclass(frozen=True)
class Request:
    """A claimed request.

    event: the intent, under a checkpoint by now; what it ends is noted with it.
    seen:  of a word about a version, the name of the difference that was seen.
    """

    id: str
    committee: str
    act: str
    dataflow: str
    period: str | None
    batch: str | None
    event: str
    sha256: str | None
    manifest: str | None
    seen: str
    attempt: int

    @classmethod
    def of(cls, row: Mapping[Any, Any], attempt: int) -> Request:
        """Return the request in a row."""
        same = ("id", "committee", "act", "dataflow", "period", "sha256", "manifest")
        facts = {name: row[name] for name in same}
        return cls(
            **facts, batch=row["batch_id"], event=row["received_event"], seen=row["keyed_digest"], attempt=attempt
        )


@dataclass(frozen=True)
class Rewritten:
    """A holding that is to stand instead of another: ``file`` None where nobody is left in it."""

    old: Any
    facts: HoldingFacts
    file: StoredFile | None


@dataclass(frozen=True)
class Effect:
    """What carrying out a request will write, and the files that count only once it is written.

    reached: whether the hub held all, some or none of the persons; None for a batch.
    """

    write: Callable[[Transaction, datetime], None]
    reached: str | None = None
    files: tuple[StoredFile, ...] = field(default=())

    def undo(self, hub: Workbench) -> None:
        """Destroy the files of an effect that was not written."""
        for one in self.files:
            drop(hub, one.file, one.key_id)


def end_holding(tx: Transaction, row: Any, event: str | None, now: datetime) -> None:  # noqa: ANN401 - a row
    """Let a holding count no more; it is destroyed once ``event`` is under a checkpoint (None: this end itself)."""
    noted = journal.append(tx, HoldingSuperseded(row.id, row.committee, row.dataflow, row.period), WORKER, now)
    ended = update(holding).where(holding.c.id == row.id, holding.c.superseded_at.is_(None))
    tx.execute(ended.values(superseded_at=now, superseded_event=event or noted))
    tx.execute(delete(difference).where(or_(difference.c.batch_id == row.batch_id, difference.c.against == row.id)))


def close(tx: Transaction, batch_id: str, to: BatchState, now: datetime) -> None:
    """Let a batch come to its end. Raises Conflict when its state does not let it."""
    row = tx.execute(select(batch).where(batch.c.id == batch_id).with_for_update()).one()
    move(NEXT, BatchState(row.state), to)
    tx.execute(update(batch).where(batch.c.id == batch_id).values(state=to))
    journal.append(tx, BatchClosed(batch_id, row.committee, row.dataflow, row.period, to), WORKER, now)


def put_in_place(tx: Transaction, rewritten: tuple[Rewritten, ...], event: str, now: datetime) -> None:
    """Let rewritten files stand where others stood, and refuse what was built from those and is not published."""
    if rewritten:
        changed.lock(tx, rewritten[0].old.dataflow)
        changed.refuse(tx, [one.old.id for one in rewritten], WORKER, now)
    for one in rewritten:
        _check_unchanged(tx, one.old)
        end_holding(tx, one.old, event, now)
        if one.file is None:
            held = one.old.held_since is not None
            close(tx, one.old.batch_id, BatchState.DISCARDED if held else BatchState.WITHDRAWN, now)
        else:
            _insert(tx, one, one.file, now)


def _check_unchanged(tx: Transaction, old: Any) -> None:  # noqa: ANN401 - a row
    """Raise Conflict when the holding is no longer as it was read: the request is then carried out anew."""
    query = select(holding.c.held_since).where(holding.c.id == old.id, kept()).with_for_update()
    found = tx.execute(query).first()
    if found is None or found.held_since != old.held_since:
        raise Conflict(state="kept", to="rewritten")


def _insert(tx: Transaction, one: Rewritten, file: StoredFile, now: datetime) -> None:
    same = ("batch_id", "committee", "dataflow", "period", "kind", "codebook_digest", "plan_digest", "held_since")
    as_before = {name: getattr(one.old, name) for name in same}
    tx.execute(insert(holding).values(id=one.facts.holding, **as_before, **vars(file), stored_at=now))
    about = (one.old.batch_id, one.facts.committee, one.facts.dataflow, one.facts.period)
    journal.append(tx, KeyMade(file.key_id, one.facts.committee), WORKER, now)
    journal.append(tx, RecordsStored(one.facts.holding, *about, RECORDS), WORKER, now)

"""A file with columns of its own: which mapping its owner confirmed, what is proposed, and how long it may wait."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, exists, insert, or_, select, update

from amana import canonical
from amana.audit.events.contributions import BatchRefused, MappingApplied, MappingAsked
from amana.audit.outbox import journal
from amana.db import Transaction
from amana.faults import point
from amana.findings import Finding
from amana.intake.requests import Act
from amana.intake.states import BatchState, RequestState
from amana.intake.tables import batch, mapping, mapping_proposal, owner_request
from amana.mapping.document import from_json
from amana.mapping.fit import Mark
from amana.mapping.outline import Outline, as_json
from amana.validation.national import OPEN, National
from amana.worker import findings
from amana.worker.claim import Claim
from amana.worker.workbench import WORKER, Workbench

_MARK: Final = b"amana/mapping/header/1"
_MARK_DIGITS: Final = 32  # hex: 128 bits
WAITS: Final = OPEN | {"header.missing"}
_REMEMBERED: Final = 8  # versions that are tried, the newest first


def national(hub: Workbench, claim: Claim) -> National:
    """Return what a committee confirmed of its own columns, and how its headers are known again."""
    query = select(mapping.c.document).where(
        mapping.c.committee == claim.committee, mapping.c.dataflow == claim.dataflow
    )
    with hub.database.read() as reading:
        found = reading.execute(query.order_by(mapping.c.version.desc()).limit(_REMEMBERED)).scalars().all()
    return National(tuple(from_json(json.loads(one)) for one in found), mark=mark_of(hub, claim.committee))


def may_wait(found: Iterable[Finding]) -> bool:
    """Return whether nothing stands against the batch but what its owner can say of its columns."""
    return all(one.rule in WAITS for one in found if one.refuses)


def mark_of(hub: Workbench, committee: str) -> Mark:
    """Return the keyed digest by which a committee's header is known again; without the vault's key it tells nothing.

    Source: RFC 2104, with the parts preceded by their lengths.
    """

    def mark(name: str) -> str:
        parts = (_MARK, committee.encode(), name.encode())
        said = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(hub.pseudonym_key, said, hashlib.sha256).hexdigest()[:_MARK_DIGITS]

    return mark


def ask(tx: Transaction, claim: Claim, told: Outline, now: datetime) -> None:
    """Write what the columns seem to mean, for their owner to confirm. The retention runs from the first time."""
    document = canonical.encode(as_json(told)).decode()
    mine = mapping_proposal.c.batch_id == claim.batch
    if not tx.execute(update(mapping_proposal).where(mine).values(document=document, proposed_at=now)).rowcount:
        row = {"batch_id": claim.batch, "document": document, "waits_since": now, "proposed_at": now}
        tx.execute(insert(mapping_proposal).values(**row))
    journal.append(tx, MappingAsked(claim.batch, claim.committee, claim.dataflow, claim.period), WORKER, now)


def forget(tx: Transaction, batch_id: str) -> None:
    """Delete the proposal of a batch that no longer waits."""
    tx.execute(delete(mapping_proposal).where(mapping_proposal.c.batch_id == batch_id))


def resume_next(hub: Workbench) -> bool:
    """Take back to judgement one batch whose owner has confirmed a mapping since; return whether there was one.

    Not one that a request about persons came after: they would return with it.
    """
    answered = exists().where(
        mapping.c.batch_id == batch.c.id, mapping.c.confirmed_at >= mapping_proposal.c.proposed_at
    )
    with hub.database.read() as reading:
        found = reading.execute(_waiting().where(answered, ~_outdated()).limit(1)).first()
    if found is None:
        return False
    again = {"state": BatchState.RECEIVED, "judged_at": None, "opening_event": None}
    with hub.database.write() as tx:
        mine = (batch.c.id == found.id, batch.c.state == BatchState.MAPPING)
        if tx.execute(update(batch).where(*mine).values(**again)).rowcount:
            about = (found.id, found.committee, found.dataflow, found.period)
            journal.append(tx, MappingApplied(*about), WORKER, hub.clock())
    point("worker.mapping_resumed")
    return True


def expire_next(hub: Workbench) -> bool:
    """Refuse one batch that has waited too long, or that something later overtook; return whether there was one."""
    now, patience = hub.clock(), hub.policies.retention.mapping
    late = mapping_proposal.c.waits_since < now - patience
    query = _waiting().add_columns(late.label("late"), _outdated().label("outdated"))
    with hub.database.read() as reading:
        found = reading.execute(query.where(or_(late, _outdated(), _overtaken())).limit(1)).first()
    if found is None:
        return False
    late_facts = {"days": patience.days} if found.late else {}
    rule = "mapping.expired" if found.late else "mapping.outdated" if found.outdated else "mapping.overtaken"
    with hub.database.write() as tx:
        _refuse(tx, found, Finding(rule, facts=late_facts), now)
        point("worker.mapping_expiring")
    point("worker.mapping_expired")
    return True


def _overtaken() -> ColumnElement[bool]:
    """Return whether a later file for the same dataset and period has been accepted."""
    later = batch.alias("later")
    same = and_(*(later.c[name] == batch.c[name] for name in ("committee", "dataflow", "period")))
    after = and_(later.c.received_at > batch.c.received_at, later.c.state.in_([BatchState.ACCEPTED, BatchState.HELD]))
    return exists().where(same, after)


def _outdated() -> ColumnElement[bool]:
    """Return whether its owner has asked since, for persons who may be in it: withdrawn, or put right.

    Such a request is carried out on what the vault holds; who waits here would come back as if nothing had been asked.
    """
    row = owner_request
    changes = (row.c.batch_id.is_(None), row.c.act.in_([Act.WITHDRAW, Act.RECTIFY]))
    same = (row.c.committee == batch.c.committee, row.c.dataflow == batch.c.dataflow)
    covered = or_(row.c.period.is_(None), row.c.period == batch.c.period)
    stands = (row.c.state != RequestState.REFUSED, row.c.received_at >= batch.c.received_at)
    return exists().where(*changes, *same, covered, *stands)


def _waiting() -> Select[Any]:
    joined = select(batch, mapping_proposal.c.waits_since).join(mapping_proposal)
    return joined.where(batch.c.state == BatchState.MAPPING).order_by(batch.c.received_at, batch.c.id)


def _refuse(tx: Transaction, found: Any, why: Finding, now: datetime) -> None:  # noqa: ANN401 - a row
    mine = (batch.c.id == found.id, batch.c.state == BatchState.MAPPING)
    if tx.execute(update(batch).where(*mine).values(state=BatchState.REFUSED, judged_at=now)).rowcount != 1:
        return
    forget(tx, found.id)
    findings.write(tx, found.id, (why,))
    about = (found.id, found.committee, found.dataflow, found.period)
    journal.append(tx, BatchRefused(*about, (why.rule,)), WORKER, now)

"""What the columns of a waiting contribution seem to mean, and what its owner says they do, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from amana import canonical
from amana.audit.events.contributions import MappingConfirmed, MappingRead
from amana.db import Reading
from amana.errors import AmanaError, Conflict
from amana.faults import point
from amana.intake import tables
from amana.intake.states import BatchState
from amana.mapping.confirm import Said, confirmed
from amana.mapping.document import NationalMapping, as_json, from_json
from amana.mapping.outline import Outline
from amana.mapping.outline import from_json as outline_of
from amana.policy.decide import Resource
from amana.web import guard
from amana.web.api import batches
from amana.web.batches import Batch
from amana.web.hub import hub

CONFIRM: Final = "confirm_mapping"


class NothingWaits(AmanaError):
    """The contribution does not wait for a mapping, or has been given one and is about to be judged."""

    code: ClassVar[str] = "mapping.nothing_waits"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


@dataclass(frozen=True)
class Waiting:
    """A contribution that waits: what its columns seem to mean, and the mapping that was confirmed before."""

    batch: Batch
    outline: Outline
    remembered: NationalMapping | None


def asked(batch: str) -> Waiting:
    """Return a contribution that waits, once the policy lets the reader say what it means, and it is journalled.

    Raises NotFound, AccessRefused, NothingWaits.
    """
    found = batches.asked(batch)
    about = Resource("batch", found.id, committee=found.committee, dataflow=found.dataflow, period=found.period)
    guard.ask(CONFIRM, about)
    guard.note(MappingRead(found.id, found.committee))
    with hub().database.read() as reading:
        told = _outline(reading, found)
        return Waiting(found, told, _remembered(reading, found))


def has_answer(batch: Batch) -> bool:
    """Return whether the owner has said what a waiting batch means, so that it is about to be judged."""
    with hub().database.read() as reading:
        return is_answered(reading, batch.id)


def is_answered(reading: Reading, batch: str) -> bool:
    """Return whether the owner has confirmed a mapping for the batch since it was proposed."""
    proposal, mapping = tables.mapping_proposal, tables.mapping
    query = select(mapping.c.version).join(proposal, proposal.c.batch_id == mapping.c.batch_id)
    answered = (mapping.c.batch_id == batch, mapping.c.confirmed_at >= proposal.c.proposed_at)
    return reading.execute(query.where(*answered).limit(1)).first() is not None


def confirm(waiting: Waiting, said: Mapping[str, Said], constants: Mapping[str, str]) -> NationalMapping:
    """Write the next version of the committee's mapping, and the event, in one transaction; the worker goes on from it.

    Raises Incomplete, SpellingUnsafe, MappingInvalid; Conflict when somebody else confirmed meanwhile.
    """
    found = waiting.batch
    made = confirmed(
        waiting.outline,
        said,
        constants,
        waiting.remembered,
        committee=found.committee,
        book=hub().book,
        names=hub().names,
    )
    try:
        with hub().database.write() as tx:
            event = MappingConfirmed(found.id, found.committee, found.dataflow, made.version, made.digest)
            row = {
                "committee": found.committee,
                "dataflow": found.dataflow,
                "version": made.version,
                "digest": made.digest,
                "document": canonical.encode(as_json(made)).decode(),
                "batch_id": found.id,
                "confirmed_by": guard.actor().id,
                "confirmed_at": hub().now(),
                "confirmed_event": guard.note(event, tx),
            }
            tx.execute(insert(tables.mapping).values(**row))
            point("web.mapping_written")
    except IntegrityError as fault:
        raise Conflict(state=str(made.version), to=str(made.version)) from fault
    point("web.mapping_confirmed")
    return made


def _outline(reading: Reading, found: Batch) -> Outline:
    table = tables.mapping_proposal
    document = reading.execute(select(table.c.document).where(table.c.batch_id == found.id)).scalar_one_or_none()
    if document is None or found.state != BatchState.MAPPING or is_answered(reading, found.id):
        raise NothingWaits(id=found.id)
    return outline_of(json.loads(document))


def _remembered(reading: Reading, found: Batch) -> NationalMapping | None:
    table = tables.mapping
    same = (table.c.committee == found.committee, table.c.dataflow == found.dataflow)
    query = select(table.c.document).where(*same).order_by(table.c.version.desc()).limit(1)
    document = reading.execute(query).scalar_one_or_none()
    return None if document is None else from_json(json.loads(document))

"""The holdings that a request about persons may be about, and which of the persons are in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from amana.intake.requests import Act
from amana.policy.agreement import RECORDS
from amana.vault.envelope import subject_of
from amana.vault.opening import EnvelopeMismatch, EnvelopeUnreadable
from amana.vault.records import HoldingFacts, pseudonymise
from amana.vault.request import ALL_PERIODS, PSEUDONYM, said_inside
from amana.vault.rewrite import Source
from amana.vault.tables import holding, kept
from amana.worker import persons
from amana.worker.effect import Request, RequestRefused
from amana.worker.persons import ListRefused, Persons
from amana.worker.workbench import Workbench

ALL, SOME, NONE = "all", "some", "none"
_FACTS: Final = tuple(HoldingFacts.__dataclass_fields__)


@dataclass(frozen=True)
class Asked:
    """A request about persons, opened.

    known_as: the HMAC of each person (64 hex characters) → the pseudonym as the committee writes it.
    rows:     the records that the committee has in the vault, of the dataflow and perhaps one period: what counts, and
              what waits for its owner's word.
    """

    listed: Persons = field(repr=False)
    known_as: Mapping[str, str] = field(repr=False)
    rows: Sequence[Any]


def opened(hub: Workbench, request: Request) -> Asked:
    """Open a request's list; its plaintext is gone on return. Raises RequestRefused, EnvelopeMissing."""
    subject = subject_of(
        request.id,
        committee=request.committee,
        dataflow=request.dataflow,
        period=request.period or ALL_PERIODS,
        contribution=said_inside(request.act),
        manifest=request.manifest,
    )
    path = hub.shelf.path(request.id, str(request.sha256))
    try:
        with hub.opener.open([path], hub.tmp, subject) as envelope:
            listed = persons.read(envelope.data_path, request.act)
    except (EnvelopeUnreadable, EnvelopeMismatch):
        raise RequestRefused("request.envelope_unreadable") from None
    except ListRefused as fault:
        raise RequestRefused(fault.reason) from None
    macs = pseudonymise(hub.pseudonym_key, request.committee, request.dataflow, PSEUDONYM, listed.pseudonyms)
    known_as = {mac.hex(): name for mac, name in zip(macs, listed.pseudonyms, strict=True)}
    return Asked(listed, known_as, _rows(hub, request))


def source(hub: Workbench, row: Any) -> Source:  # noqa: ANN401 - a row
    """Return a holding's file, and what it must say of itself."""
    said = {name: getattr(row, "id" if name == "holding" else name) for name in _FACTS}
    return Source(hub.records / row.file, HoldingFacts(**said), hub.keys, row.key_id)


def reached(asked: Asked, found: frozenset[str]) -> str:
    """Return whether the vault held all, some or none of the persons."""
    if not found:
        return NONE
    return ALL if found == asked.known_as.keys() else SOME


def _rows(hub: Workbench, request: Request) -> Sequence[Any]:
    mine = [holding.c.committee == request.committee, holding.c.dataflow == request.dataflow]
    if request.period is not None and request.act != Act.OBJECT:  # who objects does so for every period
        mine.append(holding.c.period == request.period)
    query = select(holding).where(kept(), holding.c.kind == RECORDS, *mine)
    with hub.database.read() as reading:
        return reading.execute(query.order_by(holding.c.period, holding.c.stored_at, holding.c.id)).all()

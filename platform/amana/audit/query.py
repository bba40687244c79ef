"""What an auditor reads: events by filter, page by page, each with its place in the log; and proofs.

Reads as the role ``auditor_reader``, which can write nothing. The caller journals the reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, Select, and_, or_, select

from amana import canonical, ids
from amana.audit import leaf, tiles
from amana.audit.checkpoint import parse
from amana.audit.proof import Proof
from amana.audit.tables import event_detail, log_entry
from amana.audit.tree import prove_inclusion
from amana.canonical import Json
from amana.db import Reading
from amana.errors import Malformed, NotFound

PAGE: Final = 50  # events
_MOST: Final = 500  # events on one page, whatever is asked


@dataclass(frozen=True)
class Filter:
    """Which events: each field that is set must match; ``since`` <= at < ``until``."""

    actor: str | None = None
    organisation: str | None = None
    country: str | None = None
    dataflow: str | None = None
    purpose: str | None = None
    outcome: str | None = None
    kind: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Told:
    """An event as the log tells it.

    index: None while no checkpoint covers it.
    facts: None when somebody has damaged them; one such row must not hide the others from the auditor.
    """

    event_id: str
    index: int | None
    at: datetime
    kind: str
    actor: str
    role: str
    organisation: str
    outcome: str
    clause: str | None
    country: str | None
    dataflow: str | None
    purpose: str | None
    subject: str | None
    facts: Mapping[str, Json] | None


@dataclass(frozen=True)
class Page:
    """Events, newest first; ``after`` asks for the next page, None on the last."""

    events: tuple[Told, ...]
    after: str | None


_COLUMNS: Final = tuple(field.name for field in fields(Told) if field.name not in {"index", "facts"})
_MATCHED: Final = tuple(field.name for field in fields(Filter) if field.name not in {"since", "until"})


def read_events(reading: Reading, wanted: Filter, after: str | None = None, limit: int = PAGE) -> Page:
    """Return one page of the events that match, newest first.

    after: the ``after`` of the page before. Raises Malformed when it is not one.
    """
    count = max(1, min(limit, _MOST))
    rows = reading.execute(_select(wanted, after).limit(count + 1)).mappings().all()
    events = tuple(map(_told, rows[:count]))
    return Page(events, _cursor(events[-1]) if len(rows) > count else None)


def read_event(reading: Reading, event_id: str) -> Told:
    """Return one event. Raises NotFound."""
    row = reading.execute(_joined().where(event_detail.c.event_id == event_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(what="event")
    return _told(row)


def proof_of(reading: Reading, event_id: str) -> Proof:
    """Return the proof that an event stands under the newest checkpoint. Raises NotFound while it does not."""
    entry = reading.execute(select(log_entry.c.idx, log_entry.c.leaf).where(log_entry.c.event_id == event_id)).first()
    if entry is None:
        raise NotFound(what="event")
    note = tiles.newest_checkpoint(reading)
    size = parse(note.partition("\n\n")[0] + "\n").size
    path = prove_inclusion(entry.idx, size, tiles.Hashes(reading).subtree)
    return Proof(entry.leaf, entry.idx, tuple(path), note)


def _joined() -> Select[*tuple[object, ...]]:
    columns = [event_detail.c[name] for name in _COLUMNS]
    query = select(log_entry.c.idx.label("index"), event_detail.c.details, *columns)
    return query.select_from(event_detail.outerjoin(log_entry, log_entry.c.event_id == event_detail.c.event_id))


def _select(wanted: Filter, after: str | None) -> Select[*tuple[object, ...]]:
    query = _joined().order_by(event_detail.c.at.desc(), event_detail.c.event_id.desc())
    for name in _MATCHED:
        if (value := getattr(wanted, name)) is not None:
            query = query.where(event_detail.c[name] == value)
    if wanted.since is not None:
        query = query.where(event_detail.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(event_detail.c.at < wanted.until)
    if after is not None:
        at, event_id = _place(after)
        same_time = and_(event_detail.c.at == at, event_detail.c.event_id < event_id)
        query = query.where(or_(event_detail.c.at < at, same_time))
    return query


def _told(row: RowMapping) -> Told:
    values = dict(row)
    return Told(facts=_facts(values.pop("details")), **values)


def _facts(raw: bytes) -> Mapping[str, Json] | None:
    try:
        facts = canonical.decode(raw)
    except Malformed:
        return None
    return facts if isinstance(facts, dict) else None


def _cursor(last: Told) -> str:
    return f"{leaf.microseconds(last.at)}.{last.event_id}"


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, event_id = cursor.partition(".")
    if not at.isdecimal() or len(at) > len("9007199254740991") or not ids.is_id(event_id, "evt"):
        raise Malformed(format="page cursor")
    return leaf.instant(int(at)), event_id

"""Take events out of the hub: an order, which is an intent in the log, and the file, once that is under a checkpoint.

The order says how many rows there are and commits to them before anybody has the file. What is asked for is found
among the entries that a checkpoint covered then, so that the same order finds the same rows later.

Runs in: web, which has asked policy.decide first. Reads as auditor_reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import insert, select

from amana import canonical, ids
from amana.audit import journal, tiles
from amana.audit.case_query import texts_of
from amana.audit.case_tables import audit_export, case_name, case_note, case_pin
from amana.audit.case_text import Written
from amana.audit.check_export import digest
from amana.audit.checkpoint import parse
from amana.audit.events import Actor, ExportOrdered
from amana.audit.exported import Export, Nodes, Placed, Row, to_line, to_text_line
from amana.audit.logged import rows_of
from amana.audit.query import Filter, read_events
from amana.audit.tree import prove_inclusion
from amana.audit.wanted import Hours
from amana.clock import rfc3339
from amana.db import Reading, Transaction
from amana.errors import AmanaError, NotFound
from amana.faults import point

FORMATS: Final = ("csv", "jsonl", "xlsx")
MOST: Final = 50_000  # rows of one export; whoever wants more takes the snapshot of the whole log
_AT_A_TIME: Final = 500  # rows fetched at once


class ExportTooLong(AmanaError):
    """More events match than one file holds; nothing was ordered."""

    code: ClassVar[str] = "audit.export_too_long"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class ExportChanged(AmanaError):
    """What was ordered is not there as it was: details were erased since. Nothing is handed out."""

    code: ClassVar[str] = "audit.export_changed"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


@dataclass(frozen=True)
class Order:
    """An export that was ordered. filters: as ``filters_to_json`` writes them; case: set instead of them, or None."""

    id: str
    case_id: str | None
    filters: str
    format: str
    language: str
    size: int
    rows: int
    digest: str
    ordered_by: str
    ordered_at: datetime
    ordered_event: str


@dataclass(frozen=True)
class Found:
    """What an order would take out: rows by index, the texts of a case, among so many entries of the log."""

    size: int
    rows: tuple[Row, ...]
    texts: tuple[Written, ...]


def find_events(reading: Reading, wanted: Filter) -> Found:
    """Return the events that match and that the newest checkpoint covers. Raises ExportTooLong."""
    size = tiles.size_of(reading)
    return Found(size, _matching(reading, wanted, size), ())


def find_case(reading: Reading, case: str) -> Found:
    """Return what is pinned to a case, what was done in it, and what was written in it. Raises ExportTooLong."""
    size = tiles.size_of(reading)
    return Found(size, *_of_case(reading, case, size))


def order(
    tx: Transaction, found: Found, asked: ExportAsked, filters: Mapping[str, str], *, by: Actor, now: datetime
) -> str:
    """Order an export, and return its id.

    filters: as the event tells them; in words of ours.
    """
    export, rows = ids.new("exp"), found.rows
    counts = {"rows": len(rows), "bare": sum(one.detail is None for one in rows), "texts": len(found.texts)}
    committed = digest(rows)
    told = ExportOrdered(export, asked.case, filters, asked.format, found.size, **counts, digest=committed)
    event = journal.append(tx, told, by, now)
    filtered = filters_to_json(asked.wanted)
    row = Order(
        export, asked.case, filtered, asked.format, asked.language, found.size, len(rows), committed, by.id, now, event
    )
    tx.execute(insert(audit_export).values(asdict(row)))
    point("export.ordered")
    return export


@dataclass(frozen=True)
class ExportAsked:
    """What somebody wants to take out: events by filter, or a case; in a format of ``FORMATS`` and a language."""

    wanted: Filter
    case: str | None
    format: str
    language: str


def find(reading: Reading, export: str) -> Order:
    """Return an order. Raises NotFound."""
    row = reading.execute(select(audit_export).where(audit_export.c.id == export)).mappings().one_or_none()
    if row is None:
        raise NotFound(what="export", id=export)
    return Order(**row)


def collect(reading: Reading, ordered: Order) -> Export:
    """Return what was ordered, with its proofs. Raises NotFound while no checkpoint covers the order, ExportChanged."""
    if not journal.is_under_checkpoint(reading, ordered.ordered_event):
        raise NotFound(what="export", id=ordered.id)
    if ordered.case_id is not None:
        rows, texts = _of_case(reading, ordered.case_id, ordered.size)
    else:
        rows, texts = _matching(reading, filters_from_json(ordered.filters), ordered.size), ()
    if len(rows) != ordered.rows or digest(rows) != ordered.digest:
        raise ExportChanged(export=ordered.id)
    note = tiles.newest_checkpoint(reading)
    asked_by = rows_of(reading, [ordered.ordered_event])[0]
    return Export(
        language=ordered.language,
        order=to_line(asked_by),
        note=note,
        rows=tuple(Placed(place, to_line(one)) for place, one in enumerate(rows, start=2)),
        texts=tuple(Placed(place, to_text_line(one)) for place, one in enumerate(texts, start=2)),
        nodes=_nodes(reading, [asked_by, *rows], parse(note.partition("\n\n")[0] + "\n").size),
    )


def filters_to_json(wanted: Filter) -> str:
    """Return the filters as canonical JSON, without those that are not set."""
    told: dict[str, Any] = {name: value for name, value in asdict(wanted).items() if value}
    for name in ("since", "until"):
        if name in told:
            told[name] = rfc3339(told[name])
    if wanted.outside:
        told["outside"] = {**asdict(wanted.outside), "rest": sorted(wanted.outside.rest)}
    return canonical.encode(told).decode()


def filters_from_json(text: str) -> Filter:
    """Return the filters that a text renders; it comes from our own table."""
    told: Any = canonical.decode(text.encode())
    told |= {name: datetime.fromisoformat(told[name]) for name in ("since", "until") if name in told}
    if "outside" in told:
        told["outside"] = Hours(**{**told["outside"], "rest": frozenset(told["outside"]["rest"])})
    return Filter(**told | {"kinds": tuple(told.get("kinds", ()))})


def _matching(reading: Reading, wanted: Filter, size: int) -> tuple[Row, ...]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = read_events(reading, wanted, after, _AT_A_TIME)
        found += [one.event_id for one in page.events if one.index is not None and one.index < size]
        if len(found) > MOST:
            raise ExportTooLong(most=MOST)
        after = page.after
        if after is None:
            return rows_of(reading, found)


def _of_case(reading: Reading, case: str, size: int) -> tuple[tuple[Row, ...], tuple[Written, ...]]:
    """Return the rows and the texts of a case, as far as the log had them at this size."""
    pins = select(case_pin.c.event_id, case_pin.c.pinned_event).where(case_pin.c.case_id == case)
    notes = select(case_note.c.event_id).where(case_note.c.case_id == case)
    names = select(case_name.c.asked_event).where(case_name.c.case_id == case)
    named = [event for query in (pins, notes, names) for row in reading.execute(query) for event in row]
    rows = tuple(one for one in rows_of(reading, list(dict.fromkeys(named))) if one.index < size)
    if len(rows) > MOST:
        raise ExportTooLong(most=MOST)
    there = {one.leaf.id for one in rows}
    return rows, tuple(one for one, event in texts_of(reading, case) if event in there)


def _nodes(reading: Reading, rows: Iterable[Row], size: int) -> Nodes:
    """Return every node of the tree that the proofs of these rows need, once."""
    hashes = tiles.Hashes(reading)
    nodes: dict[tuple[int, int], bytes] = {}

    def kept(first: int, end: int) -> bytes:
        if (first, end) not in nodes:
            nodes[first, end] = hashes.subtree(first, end)
        return nodes[first, end]

    for row in rows:
        prove_inclusion(row.index, size, kept)
    return nodes

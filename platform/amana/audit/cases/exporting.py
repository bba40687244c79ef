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
from amana.audit.cases.contents import acts_of, texts_of
from amana.audit.cases.tables import audit_export
from amana.audit.desk.logged import rows_of
from amana.audit.desk.query import read_events
from amana.audit.events.auditors import ExportOrdered
from amana.audit.events.case_text import Written
from amana.audit.events.event import Actor
from amana.audit.events.wanted import Filter, Hours
from amana.audit.export.check import digest
from amana.audit.export.rows import Export, Nodes, Placed, Row, to_line, to_text_line
from amana.audit.log import tiles
from amana.audit.outbox import journal
from amana.audit.tlog.checkpoint import parse_note
from amana.audit.tlog.tree import prove_inclusion
from amana.clock import rfc3339
from amana.db import Database, Reading, Transaction
from amana.errors import AmanaError, NotFound
from amana.faults import point

FORMATS: Final = ("csv", "jsonl", "xlsx")
MOST: Final = 50_000  # rows of one export; whoever wants more takes the snapshot of the whole log
_AT_A_TIME: Final = 500  # rows fetched at once
STEPS: Final = 50  # pages of one search that are not full, each of which has looked at 20,000 events


class ExportTooLong(AmanaError):
    """More events match than one file holds; nothing was ordered."""

    code: ClassVar[str] = "audit.export_too_long"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class ExportTooWide(AmanaError):
    """The search did not come to its end in one go; nothing was ordered, and what was found is no answer.

    found: events that match, from now back to ``looked_to`` (RFC 3339). What is since then is one export, and what is
    until then another.
    """

    code: ClassVar[str] = "audit.export_too_wide"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class ExportChanged(AmanaError):
    """What was ordered is not there as it was: details were erased since. Nothing is handed out."""

    code: ClassVar[str] = "audit.export_changed"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


class ExportEarly(AmanaError):
    """No checkpoint covers yet all that was done in the case; nothing was ordered, and a moment later it can be."""

    code: ClassVar[str] = "audit.export_early"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 75


@dataclass(frozen=True)
class ExportAsked:
    """What somebody wants to take out, in a format of ``FORMATS`` and a language: a case, or events, or by filter."""

    wanted: Filter
    format: str
    language: str
    case: str | None = None
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """An export that was ordered.

    filters: what was asked for, as ``asked_to_json`` writes it; of a case, nothing.
    size:    entries of the log among which was sought.   rows: found.
    digest:  the RFC 6962 root over the rows' leaves, as 64 hex characters.
    """

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


def survey(auditor: Database, asked: ExportAsked) -> Found:
    """Return what is asked for, as far as the newest checkpoint covers it, found in short transactions.

    Raises ExportTooLong, NotFound; ExportTooWide when there is more to look at than one request may. A case is taken
    out with all that was done in it. Raises ExportEarly while some of that is on its way to the log.
    """
    with auditor.read() as reading:
        size = tiles.size_of(reading)
    found = Found(size, *_select(auditor, asked, size))
    if asked.case is not None:
        with auditor.read() as reading:
            acts = acts_of(reading, asked.case)
        if len(found.rows) < len({*acts, *filter(None, acts.values())}):
            raise ExportEarly(case=asked.case)
    return found


def order(
    tx: Transaction, found: Found, asked: ExportAsked, filters: Mapping[str, str], *, by: Actor, now: datetime
) -> Order:
    """Return an export that is ordered now.

    filters: as the event tells them; in words of ours.
    """
    export = ids.new("exp")
    rows, bare, texts, committed = _count(found)
    told = ExportOrdered(
        export, asked.case, filters, asked.format, found.size, rows=rows, bare=bare, texts=texts, digest=committed
    )
    event = journal.append(tx, told, by, now)
    row = Order(
        export,
        asked.case,
        asked_to_json(asked),
        asked.format,
        asked.language,
        found.size,
        rows,
        committed,
        by.id,
        now,
        event,
    )
    tx.execute(insert(audit_export).values(asdict(row)))
    point("export.ordered")
    return row


def find(reading: Reading, export: str) -> Order:
    """Return an order. Raises NotFound."""
    row = reading.execute(select(audit_export).where(audit_export.c.id == export)).mappings().one_or_none()
    if row is None:
        raise NotFound(what="export", id=export)
    return Order(**row)


def collect(auditor: Database, ordered: Order, note: str) -> Export:
    """Return what was ordered, with its proofs. Raises ExportChanged.

    note: a signed checkpoint that covers the order.
    """
    with auditor.read() as reading:
        asked_by = rows_of(reading, [ordered.ordered_event])[0]
    rows, texts = _select(auditor, _asked(ordered), ordered.size)
    if _count(Found(ordered.size, rows, texts)) != _promised(asked_by):
        raise ExportChanged(export=ordered.id)
    with auditor.read() as reading:
        nodes = _nodes(reading, [asked_by, *rows], parse_note(note).size)
    return Export(
        language=ordered.language,
        order=to_line(asked_by),
        note=note,
        rows=tuple(Placed(place, to_line(one)) for place, one in enumerate(rows, start=2)),
        texts=tuple(Placed(place, to_text_line(one)) for place, one in enumerate(texts, start=2)),
        nodes=nodes,
    )


def _count(found: Found) -> tuple[int, int, int, str]:
    """Return rows, rows without details, texts, and the root over the rows' leaves."""
    bare = sum(one.detail is None for one in found.rows)
    return len(found.rows), bare, len(found.texts), digest(found.rows)


def _promised(asked_by: Row) -> tuple[object, ...]:
    """Return the same, as the order has it; nothing when what the order says was erased."""
    facts: Any = canonical.decode(asked_by.detail.facts) if asked_by.detail else {}
    return tuple(facts.get(name) for name in ("rows", "bare", "texts", "digest"))


def asked_to_json(asked: ExportAsked) -> str:
    """Return the filters, or the events, as canonical JSON; without what is not set."""
    told: dict[str, Any] = {name: value for name, value in asdict(asked.wanted).items() if value}
    for name in ("since", "until"):
        if name in told:
            told[name] = rfc3339(told[name])
    if asked.wanted.outside:
        told["outside"] = {**told["outside"], "rest": sorted(asked.wanted.outside.rest)}
    if asked.events:
        told["events"] = asked.events
    return canonical.encode(told).decode()


def _asked(ordered: Order) -> ExportAsked:
    told: Any = canonical.decode(ordered.filters.encode())
    told |= {name: datetime.fromisoformat(told[name]) for name in ("since", "until") if name in told}
    if "outside" in told:
        told["outside"] = Hours(**{**told["outside"], "rest": frozenset(told["outside"]["rest"])})
    events = tuple(told.pop("events", ()))
    wanted = Filter(**told | {"kinds": tuple(told.get("kinds", ()))})
    return ExportAsked(wanted, ordered.format, ordered.language, ordered.case_id, events)


def _select(auditor: Database, asked: ExportAsked, size: int) -> tuple[tuple[Row, ...], tuple[Written, ...]]:
    """Return the rows that are asked for among the first ``size`` entries, and the texts of a case."""
    texts: tuple[Written, ...] = ()
    events = asked.events or (() if asked.case is not None else _matching(auditor, asked.wanted, size))
    with auditor.read() as reading:
        if asked.case is not None:
            rows, texts = _of_case(reading, asked.case, size)
        else:
            rows = rows_of(reading, events)
    if len(rows) > MOST:
        raise ExportTooLong(most=MOST)
    return tuple(one for one in rows if one.index < size), texts


def _of_case(reading: Reading, case: str, size: int) -> tuple[tuple[Row, ...], tuple[Written, ...]]:
    """Return the acts of a case that the log had at this size, the events that they pinned, and what they wrote."""
    acts = acts_of(reading, case)
    done = {one.leaf.id: one for one in rows_of(reading, list(acts)) if one.index < size}
    pinned = [event for act, event in acts.items() if event is not None and act in done]
    rows = done | {one.leaf.id: one for one in rows_of(reading, pinned)}
    texts = tuple(one for one, event in texts_of(reading, case) if event in done)
    return tuple(sorted(rows.values(), key=lambda one: one.index)), texts


def _matching(auditor: Database, wanted: Filter, size: int) -> tuple[str, ...]:
    """Return the events that match, each page in a transaction of its own: what comes later is beyond ``size``.

    One step more is taken than is promised, so that a part as wide as was looked through is found whole.
    """
    found: list[str] = []
    after: str | None = None
    reached: list[tuple[int, datetime]] = []  # how many were found, back to when, after each page that was not full
    while True:
        with auditor.read() as reading:
            page = read_events(reading, wanted, after, _AT_A_TIME)
        if page.looked_to is not None and len(reached) == STEPS:
            count, looked_to = reached[-1]
            raise ExportTooWide(found=count, looked_to=rfc3339(looked_to))
        found += [one.event_id for one in page.events if one.index is not None and one.index < size]
        if len(found) > MOST:
            raise ExportTooLong(most=MOST)
        if page.looked_to is not None:
            reached.append((len(found), page.looked_to))
        after = page.after
        if after is None:
            return tuple(found)


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

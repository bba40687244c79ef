"""Write the hub's log out as a snapshot, for whoever wants to verify it on a machine of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Row, select

from amana.audit.log.tables import cosignature, log_checkpoint, log_entry, log_tile
from amana.audit.offline.snapshot import CopiedEntry, LogCopy, render_lines
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail
from amana.db import Reading

_AT_A_TIME: Final = 1000  # rows fetched at once
DETAIL: Final = (
    event_detail.c.event_id,
    *(event_detail.c[name] for name in ("kind", "at", "actor", "role", "organisation", "outcome", "clause", "country")),
    *(event_detail.c[name] for name in ("dataflow", "purpose", "subject", "salt", "details")),
)


def export_log(reading: Reading, *, details: bool = True) -> Iterator[bytes]:
    """Yield the lines of a snapshot of the whole log (format: ``offline.snapshot``), within the caller's reading.

    details: whether what each event says goes along, so that the verifier also finds edits there. Reads as
    auditor_reader.
    """
    return render_lines(copy_log(reading), details=details)


def copy_log(reading: Reading) -> LogCopy:
    """Return the log as the database has it; its entries are fetched while they are walked."""
    notes = select(log_checkpoint.c.size, log_checkpoint.c.note).order_by(log_checkpoint.c.size)
    lines: dict[int, str] = {}
    for row in reading.execute(select(cosignature.c.size, cosignature.c.line).order_by(cosignature.c.witness)):
        lines[row.size] = lines.get(row.size, "") + row.line
    hashes = select(log_tile.c.level, log_tile.c.n, log_tile.c.hashes)
    logged = select(log_entry.c.event_id)
    waiting = select(*DETAIL).where(event_detail.c.event_id.not_in(logged)).order_by(event_detail.c.at)
    return LogCopy(
        notes=tuple((row.size, row.note + lines.get(row.size, "")) for row in reading.execute(notes)),
        tiles={(row.level, row.n): bytes(row.hashes) for row in reading.execute(hashes)},
        waiting=tuple(map(detail_of, reading.execute(waiting))),
        journal=None,
        entries=_entries(reading),
    )


def _entries(reading: Reading) -> Iterator[CopiedEntry]:
    joined = log_entry.outerjoin(event_detail, event_detail.c.event_id == log_entry.c.event_id)
    columns = (log_entry.c.idx, log_entry.c.event_id.label("named"), log_entry.c.leaf, *DETAIL)
    query = select(*columns).select_from(joined).order_by(log_entry.c.idx).execution_options(yield_per=_AT_A_TIME)
    with reading.execute(query) as rows:
        for row in rows:
            told = leaf.told(detail_of(row)) if row.kind is not None else None
            yield CopiedEntry(row.idx, row.named, bytes(row.leaf), told)


def detail_of(row: Row[*tuple[object, ...]]) -> Detail:
    """Return the detail in a row that has the columns ``DETAIL``."""
    told = {column.name: getattr(row, column.name) for column in DETAIL}
    id_, at, facts = told.pop("event_id"), told.pop("at"), told.pop("details")
    return Detail(id=id_, at=leaf.microseconds(at), facts=facts, **told)

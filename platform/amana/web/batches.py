"""Contributions as their own committee sees them: rows about a batch and what was found in it; never what is inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from amana.db import Reading
from amana.errors import NotFound
from amana.findings import Finding, Severity
from amana.intake import tables
from amana.rows import RowSet

_LISTED: Final = 200  # batches on one page: years of a committee's work


@dataclass(frozen=True)
class Batch:
    """One contribution."""

    id: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    state: str
    received_at: datetime
    received_event: str
    judged_at: datetime | None
    dry_run: bool
    preview: str | None

    @property
    def told(self) -> Mapping[str, Any] | None:
        """What a dry run told of a sound file: its risk, and how much of it a release would hide."""
        return json.loads(self.preview) if self.preview else None


_COLUMNS: Final = tuple(tables.batch.c[name] for name in Batch.__dataclass_fields__)


def find(reading: Reading, batch: str) -> Batch:
    """Return a batch. Raises NotFound."""
    row = reading.execute(select(*_COLUMNS).where(tables.batch.c.id == batch)).mappings().one_or_none()
    if row is None:
        raise NotFound(kind="batch", id=batch)
    return _batch(row)


def of_committee(reading: Reading, committee: str) -> tuple[Batch, ...]:
    """Return what a committee has sent, newest first."""
    table = tables.batch
    query = select(*_COLUMNS).where(table.c.committee == committee)
    rows = reading.execute(query.order_by(table.c.received_at.desc(), table.c.id).limit(_LISTED))
    return tuple(_batch(row) for row in rows.mappings())


def findings(reading: Reading, batch: str, *, whole: bool = False) -> tuple[Finding, ...]:
    """Return what was found in a batch, in the order in which it was found. whole: with every row of each."""
    table = tables.finding
    columns = [column for column in table.c if whole or column is not table.c.rows]
    rows = reading.execute(select(*columns).where(table.c.batch_id == batch).order_by(table.c.number)).mappings()
    return tuple(
        Finding(
            rule=row["rule"],
            severity=Severity(row["severity"]),
            sheet=row["sheet"],
            row=row["row"],
            column=row["column"],
            letter=row["letter"],
            count=row["count"],
            facts=json.loads(row["facts"]),
            rows=RowSet.unpack(row["rows"]) if whole and row["rows"] else (),
        )
        for row in rows
    )


def _batch(row: Mapping[Any, Any]) -> Batch:
    return Batch(**{name: row[name] for name in Batch.__dataclass_fields__})

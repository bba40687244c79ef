"""Write down what was found in a batch: rules, places and counts, in the transaction that says what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, insert

from amana import canonical
from amana.db import Transaction
from amana.findings import Finding
from amana.intake.tables import finding
from amana.rows import RowSet

MOST: Final = 20_000  # findings that one batch may leave, each with all its rows; a file full of faults has hundreds


def write(tx: Transaction, batch_id: str, findings: Sequence[Finding]) -> None:
    """Write what was found, in place of what an earlier judgement of the same batch found."""
    if len(findings) > MOST:
        findings = [*findings[: MOST - 1], Finding("report.cut", count=len(findings) - MOST + 1)]
    tx.execute(delete(finding).where(finding.c.batch_id == batch_id))
    rows = [
        {
            "batch_id": batch_id,
            "number": number,
            "rule": one.rule,
            "severity": one.severity.value,
            "sheet": one.sheet,
            "row": one.row,
            "column": one.column,
            "letter": one.letter,
            "count": one.count,
            "facts": canonical.encode(dict(one.facts)).decode(),
            "rows": one.rows.pack() if isinstance(one.rows, RowSet) else None,
        }
        for number, one in enumerate(findings, start=1)
    ]
    if rows:
        tx.execute(insert(finding), rows)

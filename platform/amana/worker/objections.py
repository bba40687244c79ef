"""Who objected to being stored is left out of every later file; its sender is told at which rows."""

from __future__ import annotations

import polars as pl
from sqlalchemy import select

from amana.findings import Finding, Severity, at_rows
from amana.intake.tables import objection
from amana.rows import RowSet
from amana.validation.batch import Batch
from amana.vault.records import PSEUDONYM, pseudonymise
from amana.worker.claim import Claim
from amana.worker.workbench import Workbench

RULE = "objection.left_out"


class Objections:
    """The objections that a committee passed on for one dataflow, held against one file of its."""

    def __init__(self, hub: Workbench, claim: Claim) -> None:
        """Read them. What was asked before the file came has been carried out: see ``claim``."""
        mine = (objection.c.committee == claim.committee, objection.c.dataflow == claim.dataflow)
        with hub.database.read() as reading:
            self._persons = frozenset(reading.execute(select(objection.c.person).where(*mine)).scalars())
        self._key, self._claim = hub.pseudonym_key, claim
        self._rows = RowSet()
        self._place: tuple[str | None, str | None] = (None, None)

    def leave_out(self, batch: Batch) -> Batch:
        """Return the batch without the rows of those who object."""
        if not self._persons or PSEUDONYM not in batch:
            return batch
        about = (self._claim.committee, self._claim.dataflow, PSEUDONYM)
        macs = pseudonymise(self._key, *about, batch.cells(PSEUDONYM).to_list())
        objecting = pl.Series([mac.hex() in self._persons for mac in macs], dtype=pl.Boolean)
        self._rows |= RowSet.of(batch.rows.filter(objecting).to_numpy())
        self._place = (batch.sheet, batch.letters[PSEUDONYM])
        return batch.only(~objecting)

    def findings(self) -> tuple[Finding, ...]:
        """Return the warning that names the rows, where there were any."""
        if not self._rows:
            return ()
        sheet, letter = self._place
        found = Finding(RULE, Severity.WARNING, sheet=sheet, column=PSEUDONYM, letter=letter)
        return (at_rows(found, self._rows),)

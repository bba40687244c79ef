"""Who objected to being stored is left out of every later file, until that is lifted; its sender is told the rows."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from sqlalchemy import delete, select

from amana.db import Transaction
from amana.findings import Finding, Severity, at_rows
from amana.intake.tables import objection
from amana.rows import RowSet
from amana.validation.batch import Batch
from amana.vault.records import PSEUDONYM, pseudonymise
from amana.worker import holdings
from amana.worker.claim import Claim
from amana.worker.effect import Effect, Request, RequestRefused
from amana.worker.holdings import Asked
from amana.worker.workbench import Workbench

RULE = "objection.left_out"


def lifted(hub: Workbench, request: Request, asked: Asked) -> Effect:
    """Return the effect of lifting objections: later files may hold the persons again; what is gone stays gone.

    Raises RequestRefused where none of the persons had objected.
    """
    mine = (objection.c.committee == request.committee, objection.c.dataflow == request.dataflow)
    theirs = (*mine, objection.c.person.in_(asked.known_as))
    with hub.database.read() as reading:
        standing = frozenset(reading.execute(select(objection.c.person).where(*theirs)).scalars())
    if not standing:
        raise RequestRefused("request.no_objection")

    def write(tx: Transaction, _now: datetime) -> None:
        tx.execute(delete(objection).where(*theirs))

    return Effect(write, holdings.reached(asked, standing))


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

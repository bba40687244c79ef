"""Take back: a whole batch, or persons out of every file that they are in; and leave out for good who objects."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from amana import ids
from amana.db import Transaction
from amana.faults import point
from amana.intake.requests import Act
from amana.intake.states import BatchState
from amana.intake.tables import batch, objection
from amana.release import changed
from amana.vault.records import StoredFile
from amana.vault.rewrite import Change, persons_in, rewrite, without
from amana.vault.tables import holding, kept
from amana.worker import access, holdings, objections, rectify
from amana.worker.destroy import drop
from amana.worker.effect import Effect, Request, RequestRefused, Rewritten, close, end_holding, put_in_place
from amana.worker.holdings import Asked
from amana.worker.workbench import WORKER, Workbench


def batch_back(hub: Workbench, request: Request) -> Effect:  # noqa: ARG001 - as every act takes it
    """Return the effect of a batch's withdrawal: nothing of it counts, and its key is destroyed."""

    def write(tx: Transaction, now: datetime) -> None:
        state = tx.execute(select(batch.c.state).where(batch.c.id == request.batch).with_for_update()).scalar_one()
        if state != BatchState.ACCEPTED:
            raise RequestRefused("request.batch_moved_on")
        changed.lock(tx, request.dataflow)
        rows = tx.execute(select(holding).where(holding.c.batch_id == request.batch, kept()).with_for_update()).all()
        changed.refuse(tx, [row.id for row in rows], WORKER, now)
        for row in rows:
            end_holding(tx, row, request.event, now)
        close(tx, str(request.batch), BatchState.WITHDRAWN, now)

    return Effect(write)


def persons(hub: Workbench, request: Request) -> Effect:
    """Return the effect of a request about persons; new files are written by now, and do not count yet.

    Raises RequestRefused: nothing was changed.
    """
    asked = holdings.opened(hub, request)
    point("requests.opened")
    if request.act == Act.LIFT:
        return objections.lifted(hub, request, asked)
    if not asked.rows and request.act != Act.OBJECT:
        raise RequestRefused("request.no_records")
    if request.act == Act.ACCESS:
        return access.answer(hub, request, asked)
    if request.act == Act.RECTIFY:
        return rewritten(hub, request, asked, rectify.corrections(hub, request, asked))
    leave_out = without(asked.known_as)
    objecting = tuple(asked.known_as) if request.act == Act.OBJECT else ()
    return rewritten(hub, request, asked, lambda _: leave_out, objecting)


def rewritten(
    hub: Workbench,
    request: Request,
    asked: Asked,
    change: Callable[[Any], Change],
    objecting: Collection[str] = (),
) -> Effect:
    """Write every file anew that holds one of the persons, each under a key of its own, and return the effect.

    change:    a holding's row → what becomes of its records.
    objecting: persons whom no later file may bring back.
    """
    found: set[str] = set()
    made: list[Rewritten] = []
    for row in asked.rows:
        here = persons_in(holdings.source(hub, row), asked.known_as)
        found |= here
        if here:
            made.append(_rewritten(hub, request, row, change(row)))
            point("requests.file_written")

    def write(tx: Transaction, now: datetime) -> None:
        put_in_place(tx, tuple(made), request.event, now)
        _object(tx, request, objecting)

    files = tuple(one.file for one in made if one.file is not None)
    return Effect(write, holdings.reached(asked, frozenset(found)), files)


def _rewritten(hub: Workbench, request: Request, row: Any, change: Change) -> Rewritten:  # noqa: ANN401 - a row
    before = holdings.source(hub, row)
    facts = replace(before.facts, holding=ids.new("hld"))
    key_id = hub.keys.make(request.committee)
    point("requests.key_made")
    file: StoredFile | None = rewrite(before, change, facts, f"{request.id}.{request.attempt}.{key_id}", key_id)
    if file is not None and file.rows == 0:
        drop(hub, file.file, file.key_id)
        file = None
    return Rewritten(row, facts, file)


def _object(tx: Transaction, request: Request, objecting: Collection[str]) -> None:
    about = {"committee": request.committee, "dataflow": request.dataflow}
    mine = [objection.c[name] == value for name, value in about.items()]
    known = set(tx.execute(select(objection.c.person).where(*mine)).scalars())
    new = [{**about, "person": one, "request_id": request.id} for one in objecting if one not in known]
    if new:
        tx.execute(insert(objection), new)

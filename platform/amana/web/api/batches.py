"""Contributions over the API: send one, follow it, read what was found in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from amana.audit.events import BatchRead, FindingsRead
from amana.intake.findings import Finding
from amana.policy.decide import Resource
from amana.web import batches as rows
from amana.web import guard
from amana.web.api import schemas
from amana.web.api.releases import EVERY, own_committee
from amana.web.batches import Batch
from amana.web.hub import hub
from amana.web.locale import language
from amana.wording.load import sentence

blueprint = Blueprint("api_batches", __name__, url_prefix="/api/v1/batches", description="A committee's contributions")


def asked(batch: str) -> Batch:
    """Return a batch once the policy lets the reader look at it. Raises NotFound, AccessRefused."""
    guard.someone()
    with hub().database.read() as reading:
        found = rows.find(reading, batch)
    about = Resource("batch", found.id, committee=found.committee, dataflow=found.dataflow, period=found.period)
    guard.ask("read_batch", about)
    return found


def listed() -> tuple[Batch, ...]:
    """Return what the reader's committee has sent, newest first, once it is journalled that it is read."""
    guard.ask("read_batch", Resource("batch", EVERY, committee=guard.someone().principal.committee))
    committee = own_committee()
    guard.note(BatchRead(EVERY, committee))
    with hub().database.read() as reading:
        return rows.of_committee(reading, committee)


def found_in(batch: Batch) -> tuple[Finding, ...]:
    """Return what was found in a batch, once it is journalled that it is read."""
    guard.note(FindingsRead(batch.id, batch.committee))
    with hub().database.read() as reading:
        return rows.findings(reading, batch.id)


def message(finding: Finding) -> str:
    """Return what a rule found, in the reader's language."""
    return sentence(f"rule.{finding.rule}", language(), finding.told)


@blueprint.get("")
@blueprint.response(200, schemas.BatchesFields)
def batch_list() -> dict[str, Any]:
    """List what the reader's committee has sent, newest first."""
    return {"batches": [asdict(one) for one in listed()]}


@blueprint.get("/<batch>")
@blueprint.response(200, schemas.BatchFields)
def batch(batch: str) -> dict[str, Any]:
    """Show where a contribution stands."""
    found = asked(batch)
    guard.note(BatchRead(found.id, found.committee))
    return asdict(found)


@blueprint.get("/<batch>/findings")
@blueprint.response(200, schemas.FindingsFields)
def findings(batch: str) -> dict[str, Any]:
    """List what was found in a contribution: rules and places, never values."""
    found = asked(batch)
    told = [{**asdict(one), "message": message(one)} for one in found_in(found)]
    return {"batch": found.id, "state": found.state, "findings": told}

"""Versions over the API: what a held one would change, and its owner's word about it or about any batch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g

from amana.audit.events.contributions import DifferenceRead
from amana.errors import NotFound
from amana.ids import is_id
from amana.intake import requests, versions
from amana.intake.requests import Act, OwnerRequest
from amana.intake.states import BatchState
from amana.intake.versions import Difference, Version
from amana.policy.decide import Resource
from amana.web import batches as rows
from amana.web import guard
from amana.web.api.routes import described
from amana.web.api.schemas import requests as schemas
from amana.web.batches import Batch
from amana.web.hub import hub

blueprint = described("api_versions", "/api/v1/batches", "Versions of a contribution, and taking one back")


def asked(batch: str, action: str) -> Batch:
    """Return a batch once the policy lets the reader do ``action`` to it. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(batch, "bat"):
        raise NotFound(kind="batch")
    with hub().database.read() as reading:
        found = rows.find(reading, batch)
    about = Resource("batch", found.id, committee=found.committee, dataflow=found.dataflow, period=found.period)
    guard.ask(action, about)
    return found


def changes(batch: Batch) -> tuple[Difference | None, tuple[Version, ...]]:
    """Return what a batch would change, and the history of its dataset, once it is journalled that they are read."""
    guard.note(DifferenceRead(batch.id, batch.committee))
    with hub().database.read() as reading:
        shown = versions.shown(reading, batch.id)
        return shown, versions.history(reading, batch.committee, batch.dataflow, batch.period)


def seen(batch: Batch) -> str | None:
    """Return the name of the difference that is shown now."""
    with hub().database.read() as reading:
        return versions.named(reading, batch.id)


def say(batch: Batch, act: Act, seen: str | None = None) -> OwnerRequest:
    """Enter the owner's word about a batch, and return the request. Raises Conflict.

    seen: the name of the difference that she was shown. To take back what is only held is to discard it.
    """
    if act is Act.WITHDRAW and batch.state == BatchState.HELD:
        act = Act.DISCARD
    g.noted = True
    with hub().database.write() as tx:
        request = versions.ask(tx, batch.id, act, guard.actor(), hub().now(), seen=seen)
        return requests.find(tx, request)


@blueprint.get("/<batch>/difference")
@blueprint.response(200, schemas.DifferenceFields)
def difference(batch: str) -> dict[str, Any]:
    """Show what a held version would change; the figures are the committee's own, and nobody else may see them."""
    found = asked(batch, "read_difference")
    shown, history = changes(found)
    told = asdict(shown) if shown else None
    files = [asdict(one) for one in history]
    return {"batch": found.id, "state": found.state, "seen": seen(found), "difference": told, "versions": files}


@blueprint.post("/<batch>/replacement")
@blueprint.arguments(schemas.ReplacementBody)
@blueprint.response(202, schemas.OwnerRequestFields)
def replacement(body: dict[str, Any], batch: str) -> dict[str, Any]:
    """Say whether a held version takes the earlier one's place, or is discarded."""
    return asdict(say(asked(batch, "decide_version"), Act(body["decision"]), body["seen"]))


@blueprint.post("/<batch>/withdrawal")
@blueprint.response(202, schemas.OwnerRequestFields)
def withdrawal(batch: str) -> dict[str, Any]:
    """Take a contribution back: nothing of it counts from now on, and its key is destroyed."""
    return asdict(say(asked(batch, "withdraw_batch"), Act.WITHDRAW))

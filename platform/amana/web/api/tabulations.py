"""What committees that keep their records at home are asked to tabulate, over the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from amana.audit.events.contributions import BatchRead
from amana.policy.decide import Resource
from amana.release import again
from amana.release.again import Tabulation
from amana.web import guard
from amana.web.api.releases import EVERY, own_committee
from amana.web.api.routes import described
from amana.web.hub import hub

blueprint = described("api_tabulations", "/api/v1/tabulations", "Tables that a committee is asked for")


class TabulationFields(Schema):
    """One request: count this year's file by this plan, and send the tables before the deadline."""

    release_id = fields.String(required=True)
    dataflow = fields.String(required=True)
    period = fields.String(required=True)
    plan = fields.String(required=True)
    plan_digest = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    deadline = fields.AwareDateTime(required=True)


class TabulationsFields(Schema):
    """What a committee is asked for at present, the most urgent first."""

    tabulations = fields.List(fields.Nested(TabulationFields), required=True)


def asked() -> tuple[Tabulation, ...]:
    """Return what the reader's committee is asked for, once it is journalled that it is read. Raises AccessRefused."""
    guard.ask("read_batch", Resource("batch", EVERY, committee=guard.someone().principal.committee))
    committee = own_committee()
    guard.note(BatchRead(EVERY, committee))
    with hub().database.read() as reading:
        return again.asked_of(reading, committee)


@blueprint.get("")
@blueprint.response(200, TabulationsFields)
def tabulations() -> dict[str, Any]:
    """List what the reader's committee is asked to tabulate, the most urgent first."""
    return {"tabulations": [asdict(one) for one in asked()]}

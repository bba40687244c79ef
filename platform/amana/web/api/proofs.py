"""Receipts to take away, and who witnesses the log: what a committee needs in order not to have to believe this hub."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Response

from amana.audit.events.witnesses import ProofTaken, WitnessesRead
from amana.audit.log import cosigned, public, receipt
from amana.audit.tlog import proof
from amana.audit.tlog.checkpoint import parse_note
from amana.audit.witness import quorum
from amana.web import auditing, guard
from amana.web.api import batches, releases, requests
from amana.web.api.routes import described
from amana.web.api.schemas import proofs as schemas
from amana.web.hub import hub
from amana.web.public import TEXT

DECIDED = ("candidate.approved", "candidate.refused")
blueprint = described("api_proofs", "/api/v1", "Receipts that anyone can check, and the log's witnesses")


@blueprint.get("/batches/<batch>/proof")
@blueprint.response(200, content_type="text/plain")
def of_batch(batch: str) -> Response:
    """Take away the proof (.tlog-proof) that a contribution's arrival stands in the log, with cosignatures."""
    found = batches.asked(batch)
    return _taken(found.id, found.received_event, found.committee)


@blueprint.get("/requests/<request>/proof")
@blueprint.response(200, content_type="text/plain")
def of_request(request: str) -> Response:
    """Take away the proof (.tlog-proof) that a request's arrival stands in the log, with cosignatures."""
    found = requests.asked(request)
    return _taken(found.id, found.received_event, found.committee)


@blueprint.get("/releases/<release>/proof")
@blueprint.response(200, content_type="text/plain")
def of_decision(release: str) -> Response:
    """Take away the proof (.tlog-proof) that one's committee decided about a release, with cosignatures."""
    found = releases.asked(release, "read_release")
    committee = releases.own_committee()
    with hub().auditor.read() as reading:
        event = receipt.event_of(reading, DECIDED, found.id, committee)
    return _taken(found.id, event, committee)


def as_file(of: str, text: str) -> Response:
    """Return a ``.tlog-proof`` as a file to keep, named after what it is about."""
    headers = {"Content-Disposition": f'attachment; filename="{of}.tlog-proof"'}
    return Response(text, content_type=TEXT, headers=headers)


def _taken(of: str, event: str, committee: str) -> Response:
    house = hub()
    with house.auditor.read() as reading:
        made = receipt.receipt_of(reading, event, house.panel, house.now())
    guard.note(ProofTaken(of, event, committee))
    return as_file(of, proof.render(made))


@blueprint.get("/audit/witnesses")
@blueprint.response(200, schemas.WitnessesFields)
def witnesses() -> dict[str, Any]:
    """Tell who witnesses the log, how far each has come, and whether the quorum is met."""
    return told()


def told() -> dict[str, Any]:
    """Return the witnesses and the quorum, once it is journalled that the reader, who may, looks at them."""
    house = hub()
    guard.ask("read_events", auditing.THE_LOG)
    guard.note(WitnessesRead())
    panel, now = house.panel, house.now()
    with house.auditor.read() as reading:
        last = {one.alias: cosigned.last_of(reading, one.alias) for one in panel.trust.witnesses}
        met = cosigned.newest_witnessed(reading, panel, now)
        size = public.size(reading)
    return {
        "quorum": panel.trust.rule.needed,
        "in_office": len({panel.committees[one.alias] for one in quorum.in_office(panel.trust, int(now.timestamp()))}),
        "size": size,
        "met": None if met is None else _met(*met),
        "witnesses": [{**asdict(one), "last": _last(last[one.name])} for one in house.policies.witnesses.all],
    }


def _met(note: str, standing: quorum.Standing) -> dict[str, Any]:
    complete = datetime.fromtimestamp(standing.complete_at(), UTC)
    return {"size": parse_note(note).size, "at": complete, "by": sorted(standing.cosigned)}


def _last(last: cosigned.Last | None) -> dict[str, Any] | None:
    return None if last is None else {**asdict(last), "at": datetime.fromtimestamp(last.at, UTC)}
